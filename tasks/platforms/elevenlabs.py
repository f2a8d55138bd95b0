"""ElevenLabs batch calling behind the Protocol.

Wire facts: the platform's OpenAPI document (batch-calling, conversations, agents, phone numbers).
It has no idempotency key, no pause, no reason on a row; a cancel overwrites every row's status.
"""

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx

from models.platform import (
    Call,
    Capabilities,
    Capacity,
    Config,
    Contact,
    Draft,
    Garbled,
    Job,
    NoSuchJob,
    PlatformError,
    Refused,
    Unclear,
)
from models.words import Absence
from tasks.clock import Clock, WallClock
from tasks.platforms import elevenlabs_wire as wire
from tasks.platforms.reads import Answer, Reader, retry_after, short

BATCH = "/v1/convai/batch-calling"
CONVERSATIONS = "/v1/convai/conversations"
AT_ONCE = 6
"""Calls asked for side by side when reasons are refined."""


class ElevenLabs:
    """One workspace of ElevenLabs, or of anything that speaks its wire format."""

    name = "elevenlabs"
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
        self._read = Reader(self._http, self._clock, "ElevenLabs", first_pause=first_pause)

    def __repr__(self) -> str:
        """Name the workspace's address and never its key."""
        return f"ElevenLabs({self._http.base_url})"

    def get_job(self, job_id: str) -> Job:
        """Return the job with its counters."""
        return self._job(self._find(f"{BATCH}/{job_id}", f"job {job_id}"))

    def list_contacts(self, job_id: str) -> Iterator[Contact]:
        """Stream the rows of a job; the platform sends all of them in one body."""
        seen: set[str] = set()
        for row in self._read.rows(f"{BATCH}/{job_id}", "recipients"):
            with _documented():
                contact = wire.contact(row)
            if contact.id not in seen:
                seen.add(contact.id)
                yield contact

    def get_call(self, call_id: str) -> Call:
        """Return one conversation with its reasons: the SIP messages first, then its own error."""
        answer = self._find(f"{CONVERSATIONS}/{call_id}", f"call {call_id}")
        with _documented():
            return wire.call(answer.body, self._sip_messages)

    def get_calls(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Return many calls by id; a forgotten one is left out."""
        wanted = list(dict.fromkeys(call_ids))
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = pool.map(self._call_or_none, wanted)
            return {call.id: call for call in found if call}

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Stream the workspace's jobs, newest first, back to `since`; pages without an end raise."""
        cursor: str | None = None
        seen: set[str] = set()
        while True:
            params = {"limit": 100, **({"last_doc": cursor} if cursor else {})}
            answer = self._read.get(f"{BATCH}/workspace", params)
            jobs = [self._job(Answer(item, answer.seen_at)) for item in _items(answer.body, "batch_calls")]
            fresh = [job for job in jobs if job.id not in seen]
            seen.update(job.id for job in jobs)
            yield from (job for job in fresh if job.created_at >= since)
            following = answer.body.get("next_doc")
            if not answer.body.get("has_more") or (fresh and min(j.created_at for j in fresh) < since):
                return
            if not following or following == cursor:
                raise Garbled("ElevenLabs lists its jobs without an end; the listing cannot be trusted.")
            cursor = following

    def list_calls(self, job: Job, since: datetime, known: frozenset[str]) -> Iterator[Call]:
        """Stream the conversations of the job's agent since then that belong to the job and are not known."""
        cursor: str | None = None
        while True:
            params: dict[str, Any] = {"page_size": 100, "call_start_after_unix": int(since.timestamp())}
            params |= {"agent_id": job.agent_id} if job.agent_id else {}
            params |= {"cursor": cursor} if cursor else {}
            try:
                answer = self._read.get(CONVERSATIONS, params)
            except NoSuchJob:
                # A gateway that speaks only the batch part: say so rather than read silence as proof.
                self.capabilities = replace(self.capabilities, can_list_calls=False)
                return
            ids = [str(item["conversation_id"]) for item in _items(answer.body, "conversations")]
            calls = self.get_calls(i for i in ids if i not in known)
            yield from (call for call in calls.values() if call.job_id == job.id)
            following = answer.body.get("next_cursor")
            if not answer.body.get("has_more") or not following or following == cursor:
                return
            cursor = following

    def get_capacity(self) -> Capacity:
        """Return the live conversations; the platform does not tell the limit."""
        body = self._or_none("/v1/convai/analytics/live-count")
        with _documented():
            return Capacity(live=int(body["count"]) if body is not None else None)

    def get_config(self, job: Job) -> Config:
        """Return whether agent and number still exist and the agent's own limit."""
        agent = self._or_none(f"/v1/convai/agents/{job.agent_id}")
        listed = self._or_none("/v1/convai/phone-numbers")
        ours = [n for n in _items(listed or []) if n.get("phone_number_id") == job.number_id]
        known = listed is not None and job.number_id is not None
        return wire.config(agent, ours[0] if ours else None, has_number=known)

    def create_job(self, draft: Draft) -> Job:
        """Submit one wave, once; only a proved refusal is a refusal."""
        try:
            response = self._http.post(f"{BATCH}/submit", json=wire.submission(draft))
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout):
            raise Refused("ElevenLabs could not be reached; nothing was sent.") from None
        except httpx.HTTPError as error:
            raise Unclear(f"the answer to the submit was lost ({type(error).__name__})") from None
        return self._created(response)

    def stop_job(self, job_id: str) -> None:
        """Cancel the job; a lost answer is asked again, a cancelled job may be cancelled twice."""
        for attempt in range(self._read.tries):
            with suppress(httpx.HTTPError):
                response = self._http.post(f"{BATCH}/{job_id}/cancel")
                if response.is_success:
                    return
                if response.status_code in {401, 403, 404}:
                    raise PlatformError(f"ElevenLabs refused to stop job {job_id}: {short(response)}")
            self._clock.sleep(min(self._read.first_pause * 2**attempt, 5.0))
        raise PlatformError(f"ElevenLabs did not confirm that job {job_id} is stopped; stop it by hand.")

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def _created(self, response: httpx.Response) -> Job:
        code = response.status_code
        if response.is_success:
            try:
                return self._job(Answer(response.json(), self._clock.now()))
            except (ValueError, Garbled):
                raise Unclear("the submit was answered, but not readably") from None
        if code == httpx.codes.TOO_MANY_REQUESTS:
            raise Refused(
                "ElevenLabs is at its limit and took nothing (429).", retry_after=retry_after(response)
            )
        if code in wire.REFUSALS:
            raise Refused(f"ElevenLabs refused the wave ({code}): {short(response)}", fatal=True)
        raise Unclear(f"the submit was answered with {code}")

    def _job(self, answer: Answer) -> Job:
        with _documented():
            return wire.job(answer.body, answer.seen_at)

    def _find(self, path: str, what: str) -> Answer:
        try:
            return self._read.get(path)
        except NoSuchJob:
            raise NoSuchJob(
                f"ElevenLabs knows no {what} in this workspace. Check the id and the key."
            ) from None

    def _or_none(self, path: str) -> Any | None:
        try:
            return self._read.get(path).body
        except NoSuchJob:
            return None

    def _call_or_none(self, call_id: str) -> Call | None:
        try:
            return self.get_call(call_id)
        except NoSuchJob:
            return None

    def _sip_messages(self, call_id: str) -> list[str]:
        body = self._or_none(f"{CONVERSATIONS}/{call_id}/sip-messages") or {}
        return [str(m.get("raw_message") or "") for m in body.get("sip_messages") or []]


class _documented:  # noqa: N801  reads as a clause: with _documented()
    """Turn a surprise in an answer's shape into one sentence."""

    def __enter__(self) -> None:
        """Do nothing."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Raise `Garbled` for a missing or mistyped field."""
        if kind and issubclass(kind, (KeyError, TypeError, ValueError, AttributeError)):
            # What could not be read may be a person's number: a missing field is named, a value never.
            what = repr(error) if isinstance(error, KeyError) else kind.__name__
            raise Garbled(f"ElevenLabs answered without what it documents ({what:.80}).") from None


def _items(body: Any, key: str | None = None) -> list[dict[str, Any]]:
    found = body.get(key) if key and isinstance(body, dict) else body
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise Garbled(f"ElevenLabs answered without a list of {key or 'items'}.")
    return found
