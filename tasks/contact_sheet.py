"""A contact file as data rows: header found, number column found, rows counted from 1."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from models.contacts.columns import Column, find_column, is_number_name, key
from models.contacts.rows import Rows
from models.contacts.verdict import ContactFileError
from tasks.contact_batches import Records
from tasks.contact_records import Stream, open_stream
from tasks.contact_text import Source, examine

_SAMPLE = 50


@dataclass(frozen=True, slots=True)
class Sheet:
    """An open contact file.

    `header` has one name for each column, empty ones where the file has no header; `rows` can be walked once.
    """

    source: Source
    delimiter: str | None
    header: tuple[str, ...]
    column: Column
    rows: Iterator[Rows]
    position: Callable[[], int]


@contextmanager
def open_sheet(
    path: Path, *, named: str | None, preferred: str | None, is_number: Callable[[str], bool]
) -> Iterator[Sheet]:
    """Open a contact file and find its number column; ContactFileError says what to do about a bad file."""
    source = examine(path)

    known = {key(name) for name in (named, preferred) if name}

    def is_name(cell: str) -> bool:
        return is_number_name(cell) or key(cell) in known

    with open_stream(source, is_name) as stream:
        yield _sheet(source, stream, named, preferred, is_number)


def _sheet(
    source: Source,
    stream: Stream,
    named: str | None,
    preferred: str | None,
    is_number: Callable[[str], bool],
) -> Sheet:
    leading, batch = _first_rows(source.path, stream.batches)
    rows = [cells for cells in batch.cells[leading : leading + _SAMPLE] if not _is_blank(cells)]
    column = find_column(rows, named=named, preferred=preferred, is_number=is_number)
    header = tuple(rows[0]) if column.has_header else ("",) * len(rows[0])
    data = chain([_from(batch, leading + column.has_header)], stream.batches)
    return Sheet(source, stream.delimiter, header, column, _numbered(data), stream.position)


def _first_rows(path: Path, batches: Iterator[Records]) -> tuple[int, Records]:
    """Return the first batch that holds anything, and the position of its first row that does."""
    for batch in batches:
        for at, cells in enumerate(batch.cells):
            if not _is_blank(cells):
                return at, batch
    raise ContactFileError(f"{path.name} holds no rows: export the contacts again.")


def _is_blank(cells: list[str]) -> bool:
    return not any(cell.strip() for cell in cells)


def _from(batch: Records, start: int) -> Records:
    swallowed = {at - start for at in batch.swallowed if at >= start}
    return Records(batch.cells[start:], batch.lines[start:], swallowed)


def _numbered(batches: Iterator[Records]) -> Iterator[Rows]:
    """Count data rows from 1; blank rows count only where a row with content follows them.

    Spreadsheets export thousands of blank rows after the last one.
    """
    first, blank = 1, Records()
    for batch in batches:
        end = len(batch.cells)
        while end and _is_blank(batch.cells[end - 1]):
            end -= 1
        if end:
            first, rows = _joined(first, blank, batch, end)
            yield rows
            blank = Records()
        blank.cells.extend([] for _ in batch.cells[end:])
        blank.lines = [*blank.lines, *batch.lines[end:]]


def _joined(first: int, blank: Records, batch: Records, end: int) -> tuple[int, Rows]:
    """Put held-back blank rows before a batch; return the next row number and the rows."""
    before = len(blank.cells)
    rows = Rows(
        first,
        blank.cells + batch.cells[:end] if before else batch.cells[:end],
        [*blank.lines, *batch.lines[:end]] if before else batch.lines[:end],
        frozenset(at + before for at in batch.swallowed),
    )
    return first + before + end, rows
