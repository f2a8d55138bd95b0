"""A platform that a mapping file describes, behind the Protocol."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import httpx

from models.mapping.document import Existence, StopTable
from models.mapping.mapping import PlatformMapping
from models.mapping.reading import Reading
from models.mapping.templates import build
from models.platform import (
    Call,
    Calls,
    Capacity,
    Config,
    Contact,
    Draft,
    Job,
    NoSuchJobError,
    PlatformError,
)
from tasks.clock import Clock, WallClock
from tasks.marks import struck
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import Reader, refused_stop, retry_after
from tasks.platforms.mapped.calls import MappedCalls
from tasks.platforms.mapped.client import make_client, words_by
from tasks.platforms.mapped.joined import JoinedUpload
from tasks.platforms.mapped.reads import MappedReads
from tasks.platforms.mapped.submit import submit

NAME = "http"
"""How settings and the ledger name every platform that is brought by a mapping."""


class Mapped:
    """One workspace of a platform that a mapping describes."""

    name = NAME

    def __init__(
        self,
        mapping: PlatformMapping,
        url: str,
        key: str,
        *,
        upload: JoinedUpload | None = None,
        clock: Clock | None = None,
        transport: httpx.BaseTransport | None = None,
        first_pause: float = 0.5,
    ) -> None:
        """Open a client; `upload` is for a mapping that joins one, `transport` the seam for tests."""
        self.mapping = mapping
        self.capabilities = self.declared = mapping.capabilities
        self._clock = clock or WallClock()
        self._http = make_client(mapping.document, url, key, transport)
        words = words_by(mapping.document.errors.message)
        self._read = Reader(self._http, self._clock, mapping.name, first_pause=first_pause, message_of=words)
        self._words = words
        self._gaps = Gaps()
        self.reads = MappedReads(mapping, self._read, upload)
        self._calls = MappedCalls(self.reads, self._gaps)

    def __repr__(self) -> str:
        """Name the platform and its address, and never the key."""
        return f"Mapped({self.mapping.name}, {self._http.base_url})"

    def get_job(self, job_id: str) -> Job:
        """Return the job with its counters."""
        return self.reads.job(job_id)

    def list_contacts(self, job_id: str) -> Iterator[Contact]:
        """Return the rows of a job, all of them, with the variables of their calls."""
        return self.reads.contacts(job_id)

    def get_call(self, call_id: str) -> Call:
        """Return one call with its reasons."""
        return self._calls.get(call_id)

    def get_calls(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Return many calls by id; a forgotten one is left out, an unreadable one has an unknown status."""
        return self._calls.get_many(call_ids)

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Return the workspace's jobs created at or after `since`, all of them."""
        return self.reads.jobs(since)

    def list_calls(self, job: Job, since: datetime, known: frozenset[str]) -> Calls:
        """Return the calls of a job begun since then, but for the known ones."""
        found = self._calls.list_of(job, since, known)
        if self._calls.refused:
            self.capabilities = replace(self.capabilities, can_list_calls=False)
        return found

    def get_capacity(self, agent_id: str | None = None) -> Capacity:  # noqa: ARG002  as the Protocol has it
        """Return the calls in the air and their limit, as far as the mapping says where they stand."""
        table, found = self.mapping.document.capacity, Capacity(live=None)
        if table is None:
            return found
        with self._gaps.aside("the calls in the air could not be counted"):
            body = self.reads.get(table.path).body
            with self.reads.as_mapped("the capacity"):
                read = Reading(self.mapping.document, body)
                found = Capacity(live=read.number(table.live), limit=read.number(table.limit))
        return found

    def get_config(self, job: Job) -> Config:
        """Return whether the job's agent and number still exist, as far as the mapping says how to ask."""
        notes, of = Gaps(), self.mapping.document
        agent = self._exists("agent", of.agent, job.agent_id, notes)
        number = self._exists("number", of.number, job.number_id, notes)
        return Config(agent_exists=agent, number_exists=number, notes=notes.all())

    def _exists(self, what: str, table: Existence | None, its_id: str | None, notes: Gaps) -> bool | None:
        if table is None or its_id is None:
            notes.say(f"{self.mapping.name} does not tell whether the job's {what} still exists")
            return None
        found: bool | None = None
        with notes.aside(f"{what} {its_id} could not be read"):
            try:
                self.reads.get(self.reads.path(table.path, **{f"{what}_id": its_id}))
                found = True
            except NoSuchJobError:
                found = False
        return found

    def gaps(self) -> tuple[str, ...]:
        """Return what could not be read so far beside the jobs themselves, each as a clause."""
        return self._gaps.all()

    def create_job(self, draft: Draft) -> Job:
        """Submit one wave, once; only a refusal that the platform documents is one."""
        return submit(self.mapping, self._read, self._clock, draft)

    def stop_job(self, job_id: str) -> None:
        """Stop the job; a lost answer is asked again, as the platform documents a stop to be harmless.

        Raises where the platform refuses or confirms nothing, and the job, read again, is not over.
        """
        table = self.mapping.document.stop
        if table is None:
            raise PlatformError(f"The mapping of {self.mapping.name} does not say how a job is stopped.")
        told = ""
        for attempt in range(self._read.tries):
            asked = None
            with suppress(httpx.HTTPError):
                response = self._ask_to_stop(table, job_id)
                if response.is_success:
                    return
                if told := self._refused_stop(job_id, response):
                    break
                asked = retry_after(response, self._clock.now())
            self._clock.sleep(min(self._read.pause(attempt, asked), 5.0))
        self._surely_over(job_id, told)

    def _ask_to_stop(self, table: StopTable, job_id: str) -> httpx.Response:
        path = self.reads.path(table.path, job_id=job_id)
        if table.body is None:
            return self._http.request(table.method, path)
        scope = {"job": {"id": job_id}, "constants": self.mapping.document.constants}
        with self.reads.as_mapped(f"the stop of job {job_id}"):
            body = build(table.body, scope)
        return self._http.request(table.method, path, json=body)

    def _refused_stop(self, job_id: str, response: httpx.Response) -> str:
        told = f"({response.status_code}: {self._words(response)})"
        words = f"{self.mapping.name} refused to stop job {job_id} {told}"
        return refused_stop(self.mapping.name, response, words, f"Job {job_id} was not stopped")

    def _surely_over(self, job_id: str, told: str) -> None:
        # A job that ended by itself refuses a stop: it is stopped all the same.
        told = told or f"{self.mapping.name} did not confirm that job {job_id} is stopped; stop it by hand."
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
