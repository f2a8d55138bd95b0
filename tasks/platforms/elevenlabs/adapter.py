"""ElevenLabs batch calling behind the Protocol.

Wire facts: the platform's OpenAPI document (batch-calling, conversations, agents, phone numbers).
It has no idempotency key, no pause, no reason on a row; a cancel overwrites every row's status.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx

from models.enums import Absence
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
from tasks.marks import struck
from tasks.platforms.elevenlabs import wire
from tasks.platforms.elevenlabs.calls import NAME, Conversations
from tasks.platforms.elevenlabs.submit import encoded
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import JsonAnswer, Reader, documented, refused_stop, retry_after, short
from tasks.platforms.pages import Listing
from tasks.platforms.port import CallOwners
from tasks.platforms.sending import Sender
from tasks.platforms.side_calls import AT_ONCE

BATCH = "/v1/convai/batch-calling"
JOBS = Listing(NAME, "jobs", "batch_calls", "next_doc", lambda one: str(one["id"]))


class ElevenLabs:
    """One workspace of ElevenLabs, or of anything that speaks its wire format."""

    name = "elevenlabs"
    at_once = AT_ONCE
    capabilities = Capabilities(
        can_list_jobs=True,
        can_list_calls=True,
        can_stop=True,
        has_live_count=True,
        has_limit=False,
        absence=Absence.EARNED,
        stop_overwrites_rows=True,
        max_rows=10_000,
    )
    declared = capabilities

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
        """Open a client; `transport` is the seam for tests."""
        self._clock = clock or WallClock()
        self._http = httpx.Client(
            base_url=url, headers={"xi-api-key": key}, timeout=timeout, transport=transport
        )
        self._read = Reader(self._http, self._clock, NAME, first_pause=first_pause)
        self._send = Sender(self._read)
        self._gaps = Gaps()
        self._providers: dict[str, str] = {}
        self._calls = Conversations(self._read, self._gaps, self._providers)
        self._once: dict[str, JsonAnswer] | None = None

    def __repr__(self) -> str:
        """Name the workspace's address and never its key."""
        return f"ElevenLabs({self._http.base_url})"

    @contextmanager
    def many(self, owners: CallOwners) -> Iterator[None]:
        """List conversations and read agents and numbers once while jobs are only looked at."""
        self._once = {}
        try:
            with self._calls.many(owners):
                yield
        finally:
            self._once = None

    def _set_up(self, path: str) -> JsonAnswer:
        if self._once is None:
            return self._read.get(path)
        if path not in self._once:
            self._once[path] = self._read.get(path)
        return self._once[path]

    def get_job(self, job_id: str) -> Job:
        """Return the job with its counters."""
        return self._job(self._find(f"{BATCH}/{job_id}", f"job {job_id}"))

    def list_contacts(self, job_id: str) -> Iterator[Contact]:
        """Stream the rows of a job; the platform sends all of them in one body."""
        path = f"{BATCH}/{job_id}"
        seen: dict[str, str | None] = {}
        for place, row in enumerate(self._read.rows(path, "recipients"), start=1):
            with documented(NAME, f"row {place} of job {job_id}"):
                contact = wire.contact(row)
            if contact.id not in seen:
                seen[contact.id] = contact.phone
                yield contact
            elif seen[contact.id] != contact.phone:
                raise InvalidResponseError(
                    f"{NAME} shows two people under one id in job {job_id}; it cannot be trusted."
                )
        if not seen:
            self._truly_empty(path, job_id)

    def _truly_empty(self, path: str, job_id: str) -> None:
        with documented(NAME, f"job {job_id}"):
            rows = self._read.get(path).body["recipients"]
        if rows or not isinstance(rows, list):
            raise InvalidResponseError(
                f"{NAME} showed no row of job {job_id}, and then something else. Try again later."
            )

    def get_call(self, call_id: str) -> Call:
        """Return one conversation with its reasons: the SIP messages first, then its own error."""
        try:
            return self._calls.get(call_id)
        except NoSuchJobError:
            raise _unknown(f"call {call_id}") from None

    def answer_about(self, call_id: str) -> RawAnswer:
        """Return the platform's answer about one call as it comes."""
        return self._calls.raw(call_id)

    def get_calls(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Return many calls by id; a forgotten one is left out, an unreadable one has an unknown status."""
        return self._calls.get_many(call_ids)

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Return the workspace's jobs created at or after `since`, each once, in the order shown.

        Every page is read before the first job is handed on; a listing without a trustworthy end raises.
        """
        answers = JOBS.read_all(
            lambda cursor: self._read.get(
                f"{BATCH}/workspace", {"limit": 100, **({"last_doc": cursor} if cursor else {})}
            )
        )
        return iter([job for answer in answers if (job := self._job(answer)).created_at >= since])

    def list_calls(self, job: Job, since: datetime, known: frozenset[str]) -> Calls:
        """Return the conversations of the job's agent since then that belong to the job and are not known."""
        found = self._calls.list_of(job, since, known)
        if self._calls.refused:
            # A gateway that speaks only the batch part, or a key that may not: silence is no proof.
            self.capabilities = replace(self.capabilities, can_list_calls=False)
        return found

    def get_capacity(self, agent_id: str | None = None) -> Capacity:
        """Return the live conversations, those of one agent too; the platform does not tell the limit."""
        return Capacity(live=self._count(), agent_live=self._count(agent_id) if agent_id else None)

    def _count(self, agent_id: str | None = None) -> int | None:
        live: int | None = None
        params = {"agent_id": agent_id} if agent_id else None
        with self._gaps.aside("the live conversations could not be counted"):
            body = self._read.get("/v1/convai/analytics/live-count", params).body
            with documented(NAME, "the live count"):
                live = _natural(body["count"])
        return live

    def get_config(self, job: Job) -> Config:
        """Return whether agent and number still exist and the agent's own limit, as far as it can be read."""
        notes = Gaps()
        agent, numbers, agent_read = None, None, False
        with notes.aside(f"agent {job.agent_id} could not be read"):
            agent, agent_read = self._agent(f"/v1/convai/agents/{job.agent_id}"), True
        with notes.aside("the phone numbers could not be read"):
            numbers = _items(self._set_up("/v1/convai/phone-numbers").body)
        number = next((n for n in numbers or () if n.get("phone_number_id") == job.number_id), None)
        numbers_read = numbers is not None and job.number_id is not None
        found = Config(agent_exists=None, number_exists=None)
        with notes.aside("the set-up could not be read"), documented(NAME, f"agent {job.agent_id}"):
            found = wire.config(agent, number, agent_read=agent_read, numbers_read=numbers_read)
        for note in notes.all():
            self._gaps.say(note)
        return replace(found, notes=notes.all())

    def gaps(self) -> tuple[str, ...]:
        """Return what could not be read so far beside the jobs themselves, each as a clause."""
        return self._gaps.all()

    def create_job(self, draft: Draft) -> Job:
        """Submit one wave, once; only a proved refusal is a refusal."""
        answer = self._submitted(f"{BATCH}/submit", encoded(draft))
        try:
            return self._job(answer)
        except InvalidResponseError:
            raise SubmitOutcomeUnknownError("the submit was answered, but not readably") from None

    def _submitted(self, path: str, body: bytes) -> JsonAnswer:
        """Send a create once and return its answer; only a proved refusal is a refusal."""
        return JsonAnswer(self._send.create(path, body), self._clock.now())

    def stop_job(self, job_id: str) -> None:
        """Cancel the job; a lost answer is asked again, a cancelled job may be cancelled twice.

        Raises where the platform refuses or confirms nothing, and the job, read again, is not over.
        """
        told = ""
        for attempt in range(self._read.tries):
            asked = None
            with suppress(httpx.HTTPError):
                response = self._http.post(f"{BATCH}/{job_id}/cancel")
                if response.is_success:
                    return
                if told := self._refused_stop(job_id, response):
                    break
                asked = retry_after(response, self._clock.now())
            self._clock.sleep(min(self._read.pause(attempt, asked), 5.0))
        self._surely_over(job_id, told)

    def _refused_stop(self, job_id: str, response: httpx.Response) -> str:
        words = f"ElevenLabs refused to stop job {job_id}: {short(response)}"
        return refused_stop(NAME, response, words, f"Job {job_id} was not stopped")

    def _surely_over(self, job_id: str, told: str) -> None:
        # A job that ended by itself refuses a cancel: it is stopped all the same.
        told = told or f"ElevenLabs did not confirm that job {job_id} is stopped; stop it by hand."
        try:
            job = self.get_job(job_id)
        except PlatformError:
            raise PlatformError(told) from None
        if not job.status.is_over:
            raise PlatformError(f"{told} It still says {job.raw_status}.")
        struck("stop.over_already")

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def _job(self, answer: JsonAnswer) -> Job:
        named = answer.body.get("id") if isinstance(answer.body, dict) else None
        with documented(NAME, f"job {named}" if named else "a job"):
            job = wire.job(answer.body, answer.seen_at)
        if job.provider:
            self._providers[job.id] = job.provider
        return job

    def _find(self, path: str, what: str) -> JsonAnswer:
        try:
            return self._read.get(path)
        except NoSuchJobError:
            raise _unknown(what) from None

    def _agent(self, path: str) -> Mapping[str, Any] | None:
        try:
            found = self._set_up(path).body
        except NoSuchJobError:
            return None
        if not isinstance(found, dict) or "agent_id" not in found:
            raise InvalidResponseError(f"{NAME} answered something that is no agent.")
        return found


def _unknown(what: str) -> NoSuchJobError:
    return NoSuchJobError(f"ElevenLabs knows no {what} in this workspace. Check the id and the key.")


def _natural(value: Any) -> int:
    if isinstance(value, bool) or int(value) < 0:
        raise ValueError
    return int(value)


def _items(found: Any) -> list[dict[str, Any]]:
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise InvalidResponseError(f"{NAME} answered without a list of items.")
    return found
