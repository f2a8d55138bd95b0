"""A contact file as data rows: header found, number column found, rows counted from 1."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from models.contacts.rows import Rows
from models.contacts.sheet.columns import Column, find_column
from models.contacts.sheet.headers import table_start
from models.contacts.sheet.names import is_number_name, key
from models.contacts.verdict import ContactFileError
from tasks.contact_files.batches import Records
from tasks.contact_files.records import Stream, open_stream
from tasks.contact_files.text import ContactFileSource

_SAMPLE = 50


@dataclass(frozen=True, slots=True)
class Sheet:
    """An open contact file.

    `header` has one name for each column, empty ones where the file has no header; `rows` can be walked once.
    `lead_in` are the lines before the table that hold something, `sample` its first rows, and `unread` names
    a workbook's other sheets.
    """

    source: ContactFileSource
    delimiter: str | None
    header: tuple[str, ...]
    column: Column
    rows: Iterator[Rows]
    position: Callable[[], int]
    lead_in: tuple[int, ...]
    sample: tuple[list[str], ...]
    unread: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Search:
    """How the number column is looked for: as for `models.contacts.sheet.columns.find_column`."""

    named: str | None
    preferred: str | None
    is_number: Callable[[str], bool]

    def is_name(self, cell: str) -> bool:
        """Tell whether a cell may be the number column's name."""
        asked = {key(name) for name in (self.named, self.preferred) if name}
        return is_number_name(cell) or (bool(cell) and key(cell) in asked)


@contextmanager
def open_sheet(source: ContactFileSource, search: Search) -> Iterator[Sheet]:
    """Open a contact file and find its number column; ContactFileError says what to do about a bad file."""
    with open_stream(source, search.is_name) as stream:
        yield _sheet(source, stream, search)


def _sheet(source: ContactFileSource, stream: Stream, search: Search) -> Sheet:
    batch = _first_rows(source.path, stream.batches)
    start = table_start(batch.cells, search.is_name)
    rows = [cells for cells in batch.cells[start : start + _SAMPLE] if not _is_blank(cells)]
    column = find_column(rows, named=search.named, preferred=search.preferred, is_number=search.is_number)
    header = tuple(rows[0]) if column.has_header else ("",) * len(rows[0])
    lead_in = [line for at, line in enumerate(batch.lines[:start]) if not _is_blank(batch.cells[at])]
    return Sheet(
        source,
        stream.delimiter,
        header,
        column,
        _numbered(chain([_from(batch, start + column.has_header)], stream.batches)),
        stream.position,
        tuple(lead_in),
        tuple(rows[column.has_header :]),
        stream.unread,
    )


def _first_rows(path: Path, batches: Iterator[Records]) -> Records:
    """Return the first batch that holds anything, blank ones before it left out."""
    for batch in batches:
        if not all(map(_is_blank, batch.cells)):
            return batch
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
