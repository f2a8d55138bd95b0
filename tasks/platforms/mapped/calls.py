"""Calls of a mapped platform: side reads all of them, which become gaps where they fail."""

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

from models.invariants import given
from models.mapping import reading
from models.platform import (
    Call,
    Calls,
    InvalidResponseError,
    Job,
    NoSuchJobError,
    PlatformDownError,
    PlatformError,
    unread,
)
from tasks.platforms.gaps import Gaps
from tasks.platforms.mapped.reads import MappedReads

AT_ONCE = 6
ROUNDING = timedelta(seconds=1)


class MappedCalls:
    """Reads calls one by one, many at once, and by listing."""

    def __init__(self, reads: MappedReads, gaps: Gaps) -> None:
        self._reads = reads
        self._gaps = gaps
        self.refused = False
        """True once the platform has refused the listing: it is not for this key, or not there."""

    def get(self, call_id: str) -> Call:
        """Return one call with its reasons; raises NoSuchJobError where calls are not read, or not known."""
        name, document = self._reads.mapping.name, self._reads.mapping.document
        table = document.call
        if table is None:
            raise NoSuchJobError(f"The mapping of {name} does not say how a call is read.")
        answer = self._reads.get(self._reads.path(table.path, call_id=call_id))
        with self._reads.as_mapped(f"call {call_id}"):
            body = answer.body if table.body is None else table.body.read(answer.body)
            found = reading.call(document, table, body)
        if found.id != call_id:
            raise InvalidResponseError(f"{name} was asked for call {call_id} and answered with another one.")
        return found

    def get_many(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Return many calls by id: a forgotten one is left out, one that cannot be read is `unread`."""
        wanted = list(dict.fromkeys(call_ids))
        if self._reads.mapping.document.call is None:
            return {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = list(pool.map(self._or_unread, wanted))
        return {call_id: call for call_id, call in zip(wanted, found, strict=True) if call}

    def _or_unread(self, call_id: str) -> Call | None:
        try:
            return self.get(call_id)
        except NoSuchJobError:
            return None
        except PlatformError as error:
            self._gaps.say(f"a call could not be read: {error}")
            return unread(call_id)

    def list_of(self, job: Job, since: datetime, known: frozenset[str]) -> Calls:
        """Return the calls of a job begun since then, but for the known ones."""
        try:
            found = self._listed(job)
        except PlatformError as error:
            self.refused = not isinstance(error, PlatformDownError | InvalidResponseError)
            self._gaps.say(f"the calls could not be listed, so calls may be missing: {error}")
            return Calls(complete=False)
        ours = (call for call in found if call.job_id == job.id and call.id not in known)
        fresh = (call for call in ours if call.started_at is None or call.started_at >= since - ROUNDING)
        return Calls(tuple(fresh))

    def _listed(self, job: Job) -> list[Call]:
        document = self._reads.mapping.document
        table = given(document.calls, "calls are listed only where the mapping says how")
        call = given(document.call, "calls that are listed are read as a call is")
        path = self._reads.path(table.path, job_id=job.id)

        def key(member: Any) -> str:
            return reading.Reading(document, member).need(call.fields.id)

        found = []
        scope = {"job": {"id": job.id, "agent_id": job.agent_id, "number_id": job.number_id}}
        for answer in self._reads.listed("calls", table, path, key, scope):
            with self._reads.as_mapped("a call in a listing"):
                found.append(reading.call(document, call, answer.body))
        return found
