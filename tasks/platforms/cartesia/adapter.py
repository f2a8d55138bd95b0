"""Cartesia's call batches behind the Protocol.

Facts: docs.cartesia.ai/api-reference/agents/call-batches and line/integrations/telephony/batch-calling, of
version 2026-03-01. A batch starts once it is created, and a cancelled one stays so; `completed` says that
every call was dispatched, and each call says by itself how it ended. What is open stands in `assumed.py`.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

import httpx

from models.enums import Absence
from models.moments import aware
from models.platform import (
    Call,
    Calls,
    Capabilities,
    Capacity,
    Config,
    Contact,
    Draft,
    InvalidResponseError,
    Job,
    NoSuchJobError,
    PlatformError,
    RawAnswer,
    SubmitOutcomeUnknownError,
)
from tasks.clock import Clock, WallClock
from tasks.platforms.cartesia import wire
from tasks.platforms.cartesia.assumed import ASSUMED
from tasks.platforms.cartesia.calls import NAME, BatchCalls
from tasks.platforms.cartesia.request import encoded
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import JsonAnswer, Reader, documented
from tasks.platforms.pages import Listing
from tasks.platforms.sending import Sender

VERSION = "2026-03-01"
PATH = "/agents/calls/batches"
PAGE = 100
"""Batches of one page; the most that is documented."""
BATCHES = Listing(NAME, "batches", "data", "following", lambda one: str(one["id"]))
NOTES = ("whether the number still exists is seen when a wave is refused",)


class Cartesia:
    """One organisation of Cartesia."""

    name = "cartesia"
    capabilities = Capabilities(
        can_list_jobs=True,
        can_list_calls=False,
        can_stop=True,
        has_live_count=False,
        has_limit=False,
        absence=Absence.EARNED,
        stop_overwrites_rows=True,
        max_rows=5_000,
    )
    declared = capabilities
    assumptions = ASSUMED

    def __init__(
        self,
        url: str,
        key: str,
        *,
        clock: Clock | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 30.0,
        first_pause: float = 0.5,
    ) -> None:
        """Open a client that follows no redirect; `transport` is the seam for tests."""
        clock = clock or WallClock()
        headers = {"authorization": f"Bearer {key}", "Cartesia-Version": VERSION}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, transport=transport)
        self._read = Reader(self._http, clock, NAME, first_pause=first_pause)
        self._send = Sender(self._read)
        self._clock, self._gaps = clock, Gaps()
        self._calls = BatchCalls(self._read, self._gaps)

    def __repr__(self) -> str:
        """Name the address and never the key."""
        return f"Cartesia({self._http.base_url})"

    def get_job(self, job_id: str) -> Job:
        """Return the batch with its counters."""
        return self._job(self._batch(job_id))

    def list_contacts(self, job_id: str) -> Iterator[Contact]:
        """Yield the recipients of a batch; the platform sends all of them in one body."""
        answer = self._batch(job_id)
        seen: set[str] = set()
        with documented(NAME, f"the recipients of batch {job_id}"):
            moved_at = self._moved_at(answer.body)
            rows = [wire.contact(one, moved_at) for one in _list(answer.body["recipients"])]
        for row in rows:
            if row.id in seen:
                raise InvalidResponseError(
                    f"{NAME} shows two people under one id in batch {job_id}; it cannot be trusted."
                )
            seen.add(row.id)
        return iter(rows)

    @staticmethod
    def _moved_at(body: Mapping[str, Any]) -> datetime:
        return aware(body["last_updated_at"])

    def _batch(self, job_id: str) -> JsonAnswer:
        try:
            return self._read.get(_path(job_id))
        except NoSuchJobError:
            raise NoSuchJobError(f"{NAME} knows no batch {job_id}. Check the id and the key.") from None

    def _job(self, answer: JsonAnswer) -> Job:
        named = answer.body.get("id") if isinstance(answer.body, dict) else None
        with documented(NAME, f"batch {named}" if named else "a batch"):
            return wire.batch(answer.body, answer.seen_at)

    def get_call(self, call_id: str) -> Call:
        """Return one call with the reason for its end."""
        return self._calls.get(call_id)

    def answer_about(self, call_id: str) -> RawAnswer:
        """Return the platform's answer about one call as it comes."""
        return self._calls.raw(call_id)

    def get_calls(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Return many calls by id; a forgotten one is left out, an unreadable one has an unknown status."""
        return self._calls.get_many(call_ids)

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Return the batches created at or after `since`, each once; raises where no end can be trusted."""
        jobs = [self._job(answer) for answer in BATCHES.read_all(self._page)]
        return iter([job for job in jobs if job.created_at >= since])

    def _page(self, cursor: str | None) -> JsonAnswer:
        answer = self._read.get(PATH, {"limit": PAGE, **({"starting_after": cursor} if cursor else {})})
        members = answer.body.get("data") if isinstance(answer.body, dict) else None
        if not isinstance(members, list) or not members:
            return answer  # read as it is: nothing to go on from
        with documented(NAME, "a page of batches"):
            last = str(members[-1]["id"])
        return JsonAnswer({**answer.body, "following": last}, answer.seen_at)

    def list_calls(self, job: Job, since: datetime, known: frozenset[str]) -> Calls:  # noqa: ARG002  as above
        """Return nothing, which is not all there may be: calls do not tell their batch."""
        return Calls(complete=False)

    def get_capacity(self, agent_id: str | None = None) -> Capacity:  # noqa: ARG002  as the Protocol has it
        """Return nothing: no read tells how many calls are in the air, nor their limit."""
        return Capacity(live=None)

    def get_config(self, job: Job) -> Config:
        """Return whether the agent still exists, as far as it can be read."""
        notes, exists = Gaps(), None
        if job.agent_id:
            with notes.aside(f"agent {job.agent_id} could not be read"):
                exists = self._agent_exists(job.agent_id)
        for note in notes.all():
            self._gaps.say(note)
        return Config(exists, None, notes=(*NOTES, *notes.all()))

    def _agent_exists(self, agent_id: str) -> bool:
        try:
            self._read.get(f"/agents/{quote(agent_id, safe='')}")
        except NoSuchJobError:
            return False
        return True

    def gaps(self) -> tuple[str, ...]:
        """Return what could not be read so far beside the batches themselves, each as a clause."""
        return self._gaps.all()

    def create_job(self, draft: Draft) -> Job:
        """Create one batch, once; it starts by itself. Only a proved refusal is a refusal."""
        body = self._send.create(PATH, encoded(draft))
        try:
            return self._job(JsonAnswer(body, self._clock.now()))
        except InvalidResponseError:
            raise SubmitOutcomeUnknownError("the create was answered, but not readably") from None

    def stop_job(self, job_id: str) -> None:
        """Cancel the batch, for good; calls in the air finish, and a second cancel changes nothing."""
        self._send.stop(f"{_path(job_id)}/cancel", f"batch {job_id}", lambda: self._stands(job_id))

    def _stands(self, job_id: str) -> bool:
        try:
            return self.get_job(job_id).is_stopped
        except PlatformError:
            return False

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()


def _path(job_id: str) -> str:
    return f"{PATH}/{quote(job_id, safe='')}"


def _list(found: Any) -> list[Any]:
    if not isinstance(found, list):
        raise TypeError
    return found
