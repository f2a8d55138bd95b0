"""The conversations of ElevenLabs: side reads all of them, which become gaps where they fail."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from models.plan.markers import VARIABLE, read_marker
from models.platform import (
    UNREAD,
    Call,
    Calls,
    InvalidResponseError,
    Job,
    NoSuchJobError,
    PlatformDownError,
    PlatformError,
    RawAnswer,
)
from tasks.marks import struck
from tasks.platforms.elevenlabs import wire
from tasks.platforms.elevenlabs.listed_calls import ListedOnce, Summary
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import JsonAnswer, Reader, documented
from tasks.platforms.pages import Listing
from tasks.platforms.port import CallOwners
from tasks.platforms.side_calls import SideCalls

NAME = "ElevenLabs"
CONVERSATIONS = "/v1/convai/conversations"
MOST_READS = 200
"""Conversations that are read one by one for one listing; a summary does not tell whose job it belongs to."""
CALLS = Listing(
    NAME, "conversations", "conversations", "next_cursor", lambda one: str(one["conversation_id"])
)
SIP = Listing(NAME, "SIP messages", "sip_messages", "next_cursor", lambda one: repr(sorted(one.items())))


class Conversations(SideCalls):
    """Reads calls one by one, many at once, and by listing; `providers` are the carriers of jobs by id."""

    def __init__(self, read: Reader, gaps: Gaps, providers: Mapping[str, str]) -> None:
        super().__init__(self.get, gaps, "a conversation")
        self._read = read
        self._providers = providers
        self._whose: dict[str, str] = {}
        """The job of each call that is over and was read for another job; empty where it is no job's."""
        self._once: ListedOnce | None = None
        self.refused = False
        """True once the platform has refused the listing: it is not for this key, or not there."""

    @contextmanager
    def many(self, owners: CallOwners) -> Iterator[None]:
        """List each agent's conversations once while this is open, and open none whose owner is known."""
        once = self._once = ListedOnce(lambda job, since: self._listed(job, since, {}).items(), owners)
        try:
            yield
            once.keep()
        finally:
            self._once = None

    def get(self, call_id: str) -> Call:
        """Return one call with its reasons: the SIP messages first, then the platform's own error."""
        return self._one(call_id)

    def raw(self, call_id: str) -> RawAnswer:
        """Return the answer about one call as it comes."""
        return self._read.raw(f"{CONVERSATIONS}/{call_id}")

    def _one(self, call_id: str, job_id: str | None = None) -> Call:
        """Read a call; where it turns out not to be a given job's, nothing more is asked about it."""
        body = self._read.get(f"{CONVERSATIONS}/{call_id}").body
        with documented(NAME, f"conversation {call_id}"):
            asked = self._sip_messages if job_id in {None, wire.job_of(body)} else _no_messages
            return wire.call(body, asked, lambda job: self._providers.get(job or ""))

    def list_of(self, job: Job, since: datetime, known: frozenset[str]) -> Calls:
        """Return the calls of a job begun since then, but for the known ones."""
        try:
            shown = self._once.of(job, since, known) if self._once else self._listed(job, since, {})
        except PlatformError as error:
            self.refused = not isinstance(error, PlatformDownError | InvalidResponseError)
            struck("conversations.unlisted")
            self._gaps.say(f"the conversations could not be listed, so calls may be missing: {error}")
            return Calls(complete=False)
        mine = (i for i in shown if i not in known and self._whose.get(i, job.id) == job.id)
        wanted = [i for i in mine if shown[i].fits(job, since)]
        if len(wanted) > MOST_READS:
            wanted = self._narrowed(job, since, known.intersection(shown), wanted)
        left = len(wanted) - MOST_READS
        if left > 0:
            struck("conversations.bound")
            self._gaps.say(f"{left:,} conversations that may belong to job {job.id} were not read")
        return self._of_job(job, wanted[:MOST_READS], complete=left <= 0)

    def _of_job(self, job: Job, wanted: Sequence[str], *, complete: bool) -> Calls:
        calls = self.get_many(wanted, lambda call_id: self._one(call_id, job.id))
        for call_id, call in calls.items():
            if call.status.is_over and call.job_id != job.id:
                self._whose[call_id] = call.job_id or ""  # that does not change once it is over
                if self._once:
                    self._once.belongs(call_id, job.agent_id, call.job_id)
        unread = any(call.raw_status == UNREAD for call in calls.values())
        ours = tuple(call for call in calls.values() if call.job_id == job.id)
        return Calls(ours, complete=complete and not unread)

    def _narrowed(self, job: Job, since: datetime, known: frozenset[str], wanted: list[str]) -> list[str]:
        # These filters are in the SDK and not in the older document: believed where they show every call of
        # the job that is known already, for what is not known is then shown as well.
        filters: dict[str, Any] = {"phone_number_ids": job.number_id} if job.number_id else {}
        if read_marker(job.name):
            filters["dynamic_variable_params"] = f"{VARIABLE}:eq:{job.name}"
        if not filters or not known:
            return wanted
        narrow: dict[str, Summary] = {}
        with self._gaps.aside("the conversations could not be listed by number"):
            narrow = self._listed(job, since, filters)
        return [call_id for call_id in wanted if call_id in narrow] if known <= narrow.keys() else wanted

    def _listed(self, job: Job, since: datetime, filters: Mapping[str, Any]) -> dict[str, Summary]:
        agent = {"agent_id": job.agent_id} if job.agent_id else {}
        params = {"page_size": 100, "call_start_after_unix": int(since.timestamp()), **agent, **filters}
        found = CALLS.read_all(self._page(CONVERSATIONS, params))
        return {CALLS.key(answer.body): Summary.of(answer.body) for answer in found}

    def _page(self, path: str, params: Mapping[str, Any]) -> Callable[[str | None], JsonAnswer]:
        return lambda cursor: self._read.get(path, {**params, **({"cursor": cursor} if cursor else {})})

    def _sip_messages(self, call_id: str) -> list[str]:
        found: list[JsonAnswer] = []
        page = self._page(f"{CONVERSATIONS}/{call_id}/sip-messages", {"page_size": 20})
        with self._gaps.aside("the SIP messages of a call could not be read"), suppress(NoSuchJobError):
            found = SIP.read_all(page)  # where none were kept the platform knows nothing of them
        return [str(one.body.get("raw_message") or "") for one in found]


def _no_messages(_call_id: str) -> list[str]:
    return []
