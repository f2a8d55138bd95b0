"""A file as it was handed over, and which of its columns tell what."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from models.contacts.phones.normalise import normalise
from models.contacts.sheet.columns import find_column
from models.contacts.sheet.names import key
from models.contacts.verdict import ContactFileError

SAMPLE = 50
"""Rows by which the number column is told."""
STATUS, ERROR, TIME, SECONDS, JOB = "status", "error", "time", "duration", "job"
NAMES: Mapping[str, tuple[str, ...]] = {
    STATUS: ("status", "callstatus", "outcome", "calloutcome", "result", "callresult"),
    ERROR: ("error", "errormessage", "failurereason", "errorreason"),
    TIME: ("endtime", "endedat", "timestamp", "calledat", "starttime", "startedat"),
    SECONDS: ("duration", "callduration", "durationseconds", "durations"),
    JOB: ("jobid", "batchjobid"),
}
"""Names by which a report's columns are taken for what they say, compared without case and punctuation."""


@dataclass(frozen=True, slots=True)
class Columns:
    """What a workspace's settings say of the files that it hands over; None leaves a column to its name.

    `values` says by a report's value what it means: `not_dialed`, `in_flight`, `reached`, or a disposition of
    a call that has ended.
    """

    upload_phone: str | None = None
    report_phone: str | None = None
    report: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    region: str | None = None
    """The country of numbers that are written without one."""


@dataclass(frozen=True)
class Table:
    """One upload or report: its header and its rows, cell for cell."""

    kind: str
    name: str
    digest: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = field(repr=False)

    @cached_property
    def filled(self) -> tuple[tuple[int, tuple[str, ...]], ...]:
        """Return the rows that hold anything, each with its place, counted from 1."""
        return tuple((n, row) for n, row in enumerate(self.rows, start=1) if any(map(str.strip, row)))


@dataclass(frozen=True, slots=True)
class FoundColumns:
    """Where a table's columns are, by what they tell; of the `doubtful` several could be meant."""

    phone: int
    places: Mapping[str, int] = field(default_factory=dict)
    doubtful: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def cell(self, row: Sequence[str], what: str) -> str:
        """Return what a row tells of something, empty where it has no such column."""
        place = self.places.get(what)
        return row[place].strip() if place is not None and place < len(row) else ""


def find_columns(table: Table, columns: Columns) -> FoundColumns:
    """Find a table's columns, by the settings and else by name; raises ContactFileError without numbers.

    A column that several names fit is none: which is meant stands in the settings.
    """
    named = columns.report_phone if table.kind == "report" else columns.upload_phone
    sample = [list(table.header), *(list(row) for _, row in table.filled[:SAMPLE])]
    phone = find_column(
        sample, named=named, preferred="phone_number", is_number=_reader(columns.region)
    ).index
    if table.kind != "report":
        return FoundColumns(phone)
    places, doubtful = {}, {}
    for what, names in NAMES.items():
        if (chosen := columns.report.get(what)) is not None:
            places[what] = _named(table, chosen)
            continue
        fitting = [place for place, name in enumerate(table.header) if key(name) in names and place != phone]
        if len(fitting) == 1:
            places[what] = fitting[0]
        elif fitting:
            doubtful[what] = tuple(table.header[place] for place in fitting)
    return FoundColumns(phone, places, doubtful)


def _reader(region: str | None) -> Callable[[str], bool]:
    return lambda cell: normalise(cell, region).e164 is not None


def _named(table: Table, chosen: str) -> int:
    for place, name in enumerate(table.header):
        if key(name) == key(chosen):
            return place
    raise ContactFileError(
        f"The {table.kind} {table.name} has no column {chosen!r}, which the settings name."
    )


def person(cell: str, region: str | None) -> str:
    """Return whom a number cell means: the person behind the number, or the cell itself where it is none."""
    found = normalise(cell, region)
    return found.person or found.e164 or f"cell {key(cell)}"
