"""Which conversations may be a job's: what a listing says of each, read once for jobs looked at together."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from models.platform import Job
from tasks.platforms.port import CallOwners

ROUNDING = 1
"""Seconds; times come whole."""


class Summary(NamedTuple):
    """What a listing says for certain of one conversation."""

    agent: str | None
    inbound: bool
    started: int | None

    @classmethod
    def of(cls, shown: Mapping[str, Any]) -> "Summary":
        """Return what a listed conversation says; a field that is missing excludes nobody."""
        agent, started = shown.get("agent_id"), shown.get("start_time_unix_secs")
        return cls(
            str(agent) if agent else None,
            shown.get("direction") == "inbound",
            started if isinstance(started, int) else None,
        )

    def fits(self, job: Job, since: datetime) -> bool:
        """Tell whether it may be a call of the job begun since then."""
        if self.inbound or (self.agent and job.agent_id and self.agent != job.agent_id):
            return False
        return self.started is None or self.started >= int(since.timestamp()) - ROUNDING


class ListedOnce:
    """The conversations of each agent, listed once; whose they are leaves them one by one.

    `open` are those of nobody yet, so that a job's question is as large as its own calls and these.
    """

    def __init__(
        self, listing: Callable[[Job, datetime], Iterable[tuple[str, Summary]]], owners: CallOwners
    ) -> None:
        self._listing, self._owners = listing, owners
        self._news: dict[str, str] = {}
        self._since: dict[str | None, datetime] = {}
        self._open: dict[str | None, dict[str, Summary]] = {}
        self._of_job: dict[str, dict[str, Summary]] = {}

    def of(self, job: Job, since: datetime, known: frozenset[str]) -> dict[str, Summary]:
        """Return what may be calls of a job since then; the known ones are its own."""
        if job.agent_id not in self._since or since < self._since[job.agent_id]:
            self._since[job.agent_id] = since
            self._open[job.agent_id] = self._unsettled(job, since)
        theirs = self._open[job.agent_id]
        for call_id in known & theirs.keys():
            self._give(theirs, call_id, job.id)
        return {**theirs, **self._of_job.get(job.id, {})}

    def belongs(self, call_id: str, agent_id: str | None, job_id: str | None) -> None:
        """Note whose a call is, which does not change once it is over; None where it is no job's."""
        theirs = self._open.get(agent_id, {})
        self._news[call_id] = job_id or ""
        if call_id in theirs:
            self._give(theirs, call_id, job_id or "")

    def keep(self) -> None:
        """Let the owners know whose the calls are that were read."""
        if self._news:
            self._owners.keep(self._news)

    def _give(self, theirs: dict[str, Summary], call_id: str, job_id: str) -> None:
        self._of_job.setdefault(job_id, {})[call_id] = theirs.pop(call_id)

    def _unsettled(self, job: Job, since: datetime) -> dict[str, Summary]:
        settled = {call_id for one in self._of_job.values() for call_id in one}
        early = since - timedelta(seconds=ROUNDING)
        found = {call_id: one for call_id, one in self._listing(job, early) if call_id not in settled}
        for call_id, owner in self._owners.of(list(found)).items():
            self._give(found, call_id, owner)
        return found
