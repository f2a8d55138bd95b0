"""What a report says of each person, by the words that are documented or that the settings map."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from models.contacts.sheet.names import key
from models.enums import ContactStatus, Disposition
from models.handovers.tables import (
    ERROR,
    SECONDS,
    STATUS,
    TIME,
    Columns,
    FoundColumns,
    Table,
    find_columns,
    person,
)
from models.masking.quotes import plain_word, without_numbers
from models.platform import Reason

VALUES, ERRORS = "voqo.report", "voqo.error"
"""The systems of the reason tables under which a report's values and the texts of errors are looked up."""
DOCUMENTED: Mapping[str, ContactStatus] = {
    "completed": ContactStatus.REACHED,
    "success": ContactStatus.REACHED,
    "failed": ContactStatus.NOT_REACHED,
    "failure": ContactStatus.NOT_REACHED,
    "created": ContactStatus.IN_DOUBT,
    "initiated": ContactStatus.IN_DOUBT,
    "connected": ContactStatus.LIVE,
    "inprogress": ContactStatus.LIVE,
}
"""What the statuses of single calls are called; that reports use the same words is not confirmed."""
WORDS: Mapping[str, ContactStatus] = {
    "not_dialed": ContactStatus.NOT_DIALED,
    "in_flight": ContactStatus.IN_DOUBT,
    "reached": ContactStatus.REACHED,
}
MEANINGS = frozenset(WORDS) | {one.value for one in Disposition} - {
    Disposition.MALFORMED,
    Disposition.DUPLICATE,
}
"""What a value may be mapped to in the settings."""
LONGEST_TEXT = 80
OVER = frozenset({ContactStatus.REACHED, ContactStatus.NOT_REACHED})
CONTRADICTED = "two reports contradict each other about this person"


@dataclass(frozen=True, slots=True)
class Reported:
    """What one report says of one person; `since` is the hand-over that was the first to say so."""

    status: ContactStatus
    raw: str
    since: datetime
    reasons: tuple[Reason, ...] = ()
    at: datetime | None = None
    mapped: bool = True
    """False where nobody has said what the value means."""


def read_report(table: Table, columns: Columns, handed_at: datetime) -> Mapping[str, Reported]:
    """Return what a report says, by person; raises ContactFileError where it has no column of numbers.

    Of several rows of one person that disagree nobody knows which holds.
    """
    found = find_columns(table, columns)
    told: dict[str, Reported] = {}
    for _, row in table.filled:
        who = person(row[found.phone] if found.phone < len(row) else "", columns.region)
        one = _row(row, found, columns, handed_at)
        told[who] = _both(told[who], one) if who in told else one
    return told


def _row(row: Sequence[str], found: FoundColumns, columns: Columns, handed_at: datetime) -> Reported:
    value = found.cell(row, STATUS)
    status, mapped = meaning(value, columns.values)
    reasons: tuple[Reason, ...] = ()
    if status is ContactStatus.NOT_REACHED:
        reasons = _reasons(value, found.cell(row, ERROR), columns.values)
    if _took_time(found.cell(row, SECONDS)) and status in {
        ContactStatus.NOT_DIALED,
        ContactStatus.NOT_REACHED,
    }:
        # Whoever was on the line for a while may have been reached, whatever the row is called.
        return Reported(ContactStatus.UNKNOWN, f"{value} with a duration", handed_at)
    at = read_moment(found.cell(row, TIME))
    return Reported(status, value or "no value", handed_at, reasons, at, mapped)


def meaning(value: str, values: Mapping[str, str]) -> tuple[ContactStatus, bool]:
    """Return what a report's value means, and whether anybody has said so; else it is unknown."""
    chosen = {key(name): word for name, word in values.items()}.get(key(value))
    if chosen is not None and value.strip():
        return WORDS.get(chosen, ContactStatus.NOT_REACHED), True
    known = DOCUMENTED.get(key(value))
    return (known, True) if known else (ContactStatus.UNKNOWN, False)


def _reasons(value: str, text: str, values: Mapping[str, str]) -> tuple[Reason, ...]:
    if key(value) in {key(name) for name in values}:
        return (Reason(VALUES, key(value)),)
    return (error_reason(text),)


def error_reason(text: str) -> Reason:
    """Return the reason that a free text of an error is: only a workspace's own table knows it."""
    word = plain_word(" ".join(text.lower().split()))[:LONGEST_TEXT]
    return Reason(ERRORS, word or "no reason given", without_numbers(text)[:LONGEST_TEXT])


def _took_time(cell: str) -> bool:
    return any(character in "123456789" for character in cell)


def read_moment(cell: str) -> datetime | None:
    """Return the aware time of an ISO 8601 text; one without a zone tells no moment."""
    try:
        found = datetime.fromisoformat(cell)
    except ValueError:
        return None
    return found.astimezone(UTC) if found.tzinfo else None


def _both(one: Reported, other: Reported) -> Reported:
    if one.status is other.status:
        return one if one.mapped else other
    if ContactStatus.REACHED in {one.status, other.status}:
        return one if one.status is ContactStatus.REACHED else other
    return replace(one, status=ContactStatus.UNKNOWN, raw="several rows that disagree", reasons=(), at=None)


def merge(reports: Iterable[Mapping[str, Reported]]) -> Mapping[str, Reported]:
    """Return what several reports say together, the oldest first: who was reached once stays so."""
    told: dict[str, Reported] = {}
    for report in reports:
        for who, before in told.items():
            told[who] = _after(before, report.get(who))
        told |= {who: one for who, one in report.items() if who not in told}
    return told


def _after(before: Reported, now: Reported | None) -> Reported:
    if now is not None and now.status is before.status:
        return replace(now, since=before.since)
    if before.status is ContactStatus.REACHED or (now is None and before.status is ContactStatus.NOT_DIALED):
        return before
    if goes_back(before, now) or now is None:
        return replace(before, status=ContactStatus.UNKNOWN, raw=CONTRADICTED, reasons=(), at=None)
    return now


def goes_back(before: Reported, now: Reported | None) -> bool:
    """Tell whether a later report takes back what an earlier one has said of a person: that cannot be."""
    if now is None:
        return before.status is not ContactStatus.NOT_DIALED
    was_tried = before.status in OVER or before.status.is_in_flight
    return was_tried and (
        now.status is ContactStatus.NOT_DIALED or (before.status in OVER and now.status.is_in_flight)
    )
