"""Jobs and rows of a mapped platform, read by its mapping."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from models.invariants import given
from models.mapping import reading
from models.mapping.document import ListingTable
from models.mapping.mapping import PlatformMapping
from models.mapping.paths import filled
from models.mapping.reading import RowCounts
from models.mapping.templates import NothingThereError, build
from models.platform import Contact, InvalidResponseError, Job, NoSuchJobError, PlatformError
from tasks.platforms.http import JsonAnswer, Reader
from tasks.platforms.mapped.joined import JoinedUpload
from tasks.platforms.mapped.listings import MappedListing


@dataclass(frozen=True)
class MappedReads:
    """Reads of one workspace; `upload` is where variables come from that rows do not show."""

    mapping: PlatformMapping
    read: Reader
    upload: JoinedUpload | None = None
    moved: dict[str, datetime] = field(default_factory=dict)
    """When anything of a job has moved last, by job, as far as jobs tell."""
    first: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    """Since when a row without times is as it is, by job and row: since this run first saw it so."""

    def job(self, job_id: str) -> Job:
        """Return a job with its counters; those that it does not show are counted from its rows."""
        document, table = self.mapping.document, self.mapping.document.job
        try:
            answer = self.get(self.path(table.path, job_id=job_id))
        except NoSuchJobError:
            raise NoSuchJobError(
                f"{self.mapping.name} knows no job {job_id} in this workspace. Check the id and the key."
            ) from None
        with self.as_mapped(f"job {job_id}"):
            body = answer.body if table.body is None else table.body.read(answer.body)
        found = self._job(JsonAnswer(body, answer.seen_at), job_id)
        if found.id != job_id:
            raise InvalidResponseError(
                f"{self.mapping.name} was asked for job {job_id} and answered with another one."
            )
        with self.as_mapped(f"job {job_id}"):
            if at := reading.moved_at(document, body):
                self.moved[job_id] = at
        return found

    def _job(
        self, answer: JsonAnswer, job_id: str | None = None, fields: Mapping[str, Any] | None = None
    ) -> Job:
        document = self.mapping.document
        with self.as_mapped(f"job {job_id}" if job_id else "a job"):
            found = reading.job(document, answer.body, answer.seen_at, counted=None, fields=fields)
        if reading.counts_itself(document.job.fields):
            return found
        counted = RowCounts.of(self.rows(found.id))
        with self.as_mapped(f"job {found.id}"):
            return reading.job(document, answer.body, answer.seen_at, counted=counted, fields=fields)

    def rows(self, job_id: str) -> Sequence[Contact]:
        """Return every row of a job, as the platform shows it."""
        document, problem = self.mapping.document, self.mapping.problem
        path = self.path(document.rows.path, job_id=job_id)
        answers = self.listed("rows", document.rows, path, self._row_key, {"job": {"id": job_id}})
        rows: dict[str, Contact] = {}
        for place, answer in enumerate(answers, start=1):
            with self.as_mapped(f"row {place} of job {job_id}"):
                row = reading.contact(document, answer.body, problem=problem)
            if row.id in rows:
                raise InvalidResponseError(
                    f"{self.mapping.name} shows two people under one id in job {job_id}: not to be trusted."
                )
            rows[row.id] = row if row.updated_at else self._timed(job_id, row, answer.seen_at)
        return tuple(rows.values())

    def _row_key(self, member: Any) -> str:
        # One id with another number is another member: it must not hide behind the first.
        read, at = reading.Reading(self.mapping.document, member), self.mapping.document.rows.fields
        return f"{read.need(at.id)}\0{read.phone(at.phone)}"

    def _timed(self, job_id: str, row: Contact, seen_at: datetime) -> Contact:
        if at := self.moved.get(job_id):
            return replace(row, updated_at=at)
        state, place = f"{row.raw_status}\0{row.call_id}", (job_id, row.id)
        if self.first.get(place, ("", seen_at))[0] != state:
            self.first[place] = (state, seen_at)
        return replace(row, updated_at=self.first[place][1], first_sight=True)

    def contacts(self, job_id: str) -> Iterator[Contact]:
        """Yield every row of a job with the variables of its call, wherever these stand."""
        rows = self.rows(job_id)
        if self.mapping.document.rows.payload != "upload":
            return iter(rows)
        return given(self.upload, "a mapping that joins an upload is opened with one").over(job_id, rows)

    def jobs(self, since: datetime) -> Iterator[Job]:
        """Return the workspace's jobs created at or after `since`, each once."""
        table = self.mapping.document.jobs
        if table is None:
            raise PlatformError(f"The mapping of {self.mapping.name} does not say how jobs are listed.")
        fields = table.fields or None
        at = (table.fields or {}).get("id") or self.mapping.document.job.fields.id

        def key(member: Any) -> str:
            return reading.Reading(self.mapping.document, member).need(at)

        answers = self.listed("jobs", table, table.path, key, {})
        if table.read_each:
            found = [self.job(key(answer.body)) for answer in answers]
        else:
            found = [self._job(answer, None, fields) for answer in answers]
        return iter([job for job in found if job.created_at >= since])

    def listed(
        self, what: str, table: ListingTable, path: str, key: Any, scope: Mapping[str, Any]
    ) -> list[JsonAnswer]:
        """Return every member of a listing."""
        scope = {**scope, "constants": self.mapping.document.constants}
        try:
            query = {name: build(value, scope) for name, value in table.query.items()}
        except NothingThereError as error:
            raise InvalidResponseError(f"{self.mapping.name} names no {error}, which {what} need.") from None
        asked = {name: value for name, value in query.items() if value is not None}
        listing = MappedListing(self.mapping.name, what, table, key)
        return listing.read_all(lambda paging: self.get(path, asked | dict(paging)))

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> JsonAnswer:
        """Return the JSON at a path; one that is nested without end is no answer."""
        try:
            return self.read.get(path, params)
        except RecursionError:
            raise InvalidResponseError(
                f"{self.mapping.name} answered JSON that is nested too deep."
            ) from None

    def path(self, template: str, **ids: str) -> str:
        """Return a path with its ids, quoted."""
        with self.as_mapped("a path"):
            return filled(template, ids)

    @contextmanager
    def as_mapped(self, what: str) -> Iterator[None]:
        """Turn what is not as the mapping says into one sentence, without a value of the answer."""
        try:
            yield
        except (ValueError, OverflowError, OSError) as error:
            why = str(error) if isinstance(error, ValueError) else type(error).__name__
            raise InvalidResponseError(
                f"{self.mapping.name} answered otherwise than its mapping says for {what}: {why}."
            ) from None
