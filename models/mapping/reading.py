"""A platform's JSON in our words, by a mapping: pure, and strict about types.

Raises ValueError with a clause for what is not as the mapping says; no value of an answer stands in one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from models.enums import ContactStatus, JobStatus
from models.mapping.document import CallTable, JobFields, MappingDocument, ReasonAt
from models.mapping.selectors import Selector
from models.moments import unix
from models.plan.markers import VARIABLE
from models.platform import Call, Contact, Job, Reason

MILLI = 1000.0


@dataclass(frozen=True, slots=True)
class RowCounts:
    """What the rows of a job say where it shows no counter itself."""

    total: int = 0
    dispatched: int = 0
    finished: int = 0

    @classmethod
    def of(cls, rows: Sequence[Contact]) -> "RowCounts":
        """Count rows."""
        untried = {ContactStatus.NOT_DIALED, ContactStatus.UNKNOWN, ContactStatus.CANCELLED}
        tried = sum(1 for row in rows if row.call_id or row.status not in untried)
        return cls(len(rows), tried, sum(1 for row in rows if row.status.is_over))


@dataclass(frozen=True)
class Reading:
    """One object of an answer, read field by field."""

    document: MappingDocument
    body: Any

    def any(self, selector: Selector | None) -> Any:
        """Return what is there, None for nothing."""
        return None if selector is None else selector.read(self.body)

    def text(self, selector: Selector | None) -> str | None:
        """Return a text; a whole number counts as one, and an empty text as nothing."""
        found = self.any(selector)
        if found is None or found == "":
            return None
        if isinstance(found, bool) or not isinstance(found, str | int):
            raise ValueError(f"{_at(selector)} is no text")  # noqa: TRY004  a clause
        return str(found)

    def need(self, selector: Selector) -> str:
        """Return a text that has to be there."""
        found = self.text(selector)
        if found is None:
            raise ValueError(f"{selector.text} is missing")
        return found

    def number(self, selector: Selector | None) -> int | None:
        """Return a whole number that is not negative."""
        found = self.any(selector)
        if found is None:
            return None
        if isinstance(found, float) and found.is_integer():
            found = int(found)
        if isinstance(found, bool) or not isinstance(found, int) or found < 0:
            raise ValueError(f"{_at(selector)} is no count")
        return found

    def phone(self, selector: Selector) -> str | None:
        """Return a phone number as it is written; one that is no text is not guessed at."""
        found = self.any(selector)
        if found is not None and not isinstance(found, str):
            raise ValueError(f"{selector.text} is no text")
        return found or None

    def moment(self, selector: Selector | None) -> datetime | None:
        """Return a time; one without a zone that nobody has documented is none."""
        found = self.any(selector)
        if found is None or found == "":
            return None
        form = self.document.times.form
        if form == "iso":
            return self._iso(found, selector)
        if isinstance(found, bool) or not isinstance(found, int | float):
            raise ValueError(f"{_at(selector)} is no time in {form}")  # noqa: TRY004
        return unix(found / MILLI if form == "unix_ms" else found)

    def _iso(self, found: Any, selector: Selector | None) -> datetime:
        try:
            moment = datetime.fromisoformat(found)
        except (TypeError, ValueError):
            raise ValueError(f"{_at(selector)} is no ISO 8601 time") from None
        if moment.tzinfo is None:
            if self.document.times.zone is None:
                raise ValueError(f"{_at(selector)} is a time without a zone, which tells no moment")
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC)

    def structure(self, selector: Selector | None) -> Mapping[str, Any]:
        """Return an object; nothing counts as an empty one."""
        found = self.any(selector)
        if found is not None and not isinstance(found, Mapping):
            raise ValueError(f"{_at(selector)} is no object")
        return found or {}

    def reasons(self, places: Sequence[ReasonAt]) -> tuple[Reason, ...]:
        """Return every reason that is told."""
        found = ((place, self.text(place.code)) for place in places)
        return tuple(
            Reason(place.system.strip().lower(), code, self.text(place.text) or "")
            for place, code in found
            if code is not None
        )


def _at(selector: Selector | None) -> str:
    return selector.text if selector else "a field"


def job(
    document: MappingDocument,
    body: Any,
    seen_at: datetime,
    *,
    counted: RowCounts | None,
    fields: Mapping[str, Selector] | None = None,
) -> Job:
    """Return a job; `counted` stands in for counters that it does not show.

    `fields` are places of a listing's members that differ from those of the job itself.
    """
    own = document.job.fields
    at = own if not fields else own.model_copy(update=dict(fields))
    read, rows = Reading(document, body), counted or RowCounts()
    raw, created = read.need(at.status), read.moment(at.created_at)
    if created is None:
        raise ValueError(f"{at.created_at.text} is missing")
    dispatched = _counter(read, at.dispatched, rows.dispatched)
    return Job(
        id=read.need(at.id),
        name=read.text(at.name) or "",
        status=_status(document, raw, waits=dispatched == 0),
        raw_status=raw,
        total=_counter(read, at.total, rows.total),
        dispatched=dispatched,
        finished=_counter(read, at.finished, rows.finished),
        created_at=created,
        seen_at=seen_at,
        scheduled_at=read.moment(at.scheduled_at),
        timezone=read.text(at.timezone),
        retries=read.number(at.retries) or 0,
        cap=read.number(at.cap),
        agent_id=read.text(at.agent_id),
        number_id=read.text(at.number_id),
        campaign_id=read.text(at.campaign_id),
        upload_id=read.text(at.upload_id),
        settings=dict(read.structure(at.settings)),
        provider=read.text(at.provider),
    )


def _status(document: MappingDocument, raw: str, *, waits: bool) -> JobStatus:
    found = document.job.statuses.get(raw, JobStatus.UNKNOWN)
    told = document.job.starts is not None or document.job.fields.scheduled_at is not None
    if found is JobStatus.RUNNING and waits and not told:
        return JobStatus.UNKNOWN  # it may wait for a time that nobody tells: that is no stall
    return found


def _counter(read: Reading, selector: Selector | None, counted: int) -> int:
    if selector is None:
        return counted
    found = read.number(selector)
    if found is None:
        raise ValueError(f"{selector.text} is missing")
    return found


def counts_itself(fields: JobFields) -> bool:
    """Tell whether a job shows every counter, so that its rows need not be read for them."""
    return None not in {fields.total, fields.dispatched, fields.finished}


def moved_at(document: MappingDocument, body: Any) -> datetime | None:
    """Return when anything of a job has moved last, None where it does not tell."""
    return Reading(document, body).moment(document.job.fields.updated_at)


def contact(document: MappingDocument, body: Any, *, problem: str | None = None) -> Contact:
    """Return a row as a contact; our own variable is its marker and no part of its payload."""
    rows, read = document.rows, Reading(document, body)
    at, raw = rows.fields, read.need(rows.fields.status)
    payload = dict(read.structure(at.payload))
    own = payload.pop(VARIABLE, None)
    marker = read.text(at.marker) or (own if isinstance(own, str) else None)
    return Contact(
        id=read.need(at.id),
        phone=read.phone(at.phone),
        status=rows.statuses.get(raw, ContactStatus.UNKNOWN),
        raw_status=raw,
        call_id=read.text(at.call_id),
        created_at=read.moment(at.created_at),
        updated_at=read.moment(at.updated_at),
        reasons=read.reasons(rows.reasons),
        payload=payload,
        marker=marker,
        problem=problem,
    )


def call(document: MappingDocument, table: CallTable, body: Any) -> Call:
    """Return a call."""
    read, at = Reading(document, body), table.fields
    raw = read.need(at.status)
    status = table.statuses.get(raw, ContactStatus.UNKNOWN)
    seconds = read.number(at.seconds)
    return Call(
        id=read.need(at.id),
        status=status,
        raw_status=raw,
        answered=_answered(read, at.answered, status, seconds),
        reasons=() if status.is_in_flight else read.reasons(table.reasons),
        job_id=read.text(at.job_id),
        contact_id=read.text(at.contact_id),
        started_at=read.moment(at.started_at),
        seconds=seconds,
        carrier_id=read.text(at.carrier_id),
        marker=read.text(at.marker),
    )


def _answered(
    read: Reading, selector: Selector | None, status: ContactStatus, seconds: int | None
) -> bool | None:
    found = read.any(selector)
    if found is not None and not isinstance(found, bool):
        raise ValueError(f"{_at(selector)} is neither true nor false")
    if found or seconds or status in {ContactStatus.LIVE, ContactStatus.REACHED}:
        return True
    if found is False:
        return None if status.is_in_flight else False
    return False if status is ContactStatus.NOT_REACHED else None
