"""An opt-out list of any shape as numbers: read with the eyes of a contact file, and stricter."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from models.contacts.characters import plain
from models.contacts.clean import clean
from models.contacts.consent import (
    ColumnKind,
    Says,
    consent_columns,
    is_of_other_channel,
    is_scope_name,
    says,
)
from models.contacts.phones.normalise import normalise
from models.contacts.phones.origins import Origins, origin_columns
from models.contacts.several import all_of
from models.contacts.sheet.columns import Column, find_column, is_written_as_number, looks_like_number
from models.contacts.sheet.endings import is_ending
from models.contacts.sheet.headers import table_start
from models.contacts.sheet.names import is_number_name, is_vague, key
from models.contacts.verdict import ContactFileError
from tasks.contact_files.records import open_stream
from tasks.contact_files.text import ContactFileSource, examine_content

_E164 = re.compile(r"\+[1-9][0-9]{6,14}")
_COMMENT = re.compile(r"\s*#(?!REF|N/A|VALUE|NAME|DIV|NUM|NULL)", re.IGNORECASE)
"""A line that is nobody; what a spreadsheet puts where a value is lost begins in the same way and is not."""
_OTHER_CHANNEL, _NO_OPT_OUT, _CLOSING = (
    "is of another channel than calls",
    "says no opt-out",
    "closes the list",
)


@dataclass(frozen=True, slots=True)
class OptOuts:
    """What a list says: its numbers, the column they stand in, and the lines that were not taken.

    `column` is its name, or its place where the list has no header. `passed_over` are lines that are read and
    forbid no call, with why; `odd` are lines in which somebody opted out and nobody knows who.
    """

    numbers: frozenset[str] = field(default=frozenset(), repr=False)
    column: str = ""
    passed_over: tuple[tuple[int, str], ...] = ()
    odd: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """One record of the list and the line it starts on."""

    line: int
    cells: Sequence[str]


def read_content(content: bytes, name: str, region: str | None) -> OptOuts:
    """Read the bytes of a list; ContactFileError says why its column cannot be found or its rows not read."""
    if not content.strip(b" \t\r\n\xef\xbb\xbf"):
        return OptOuts()
    lines, odd = _lines(examine_content(Path(name), content))
    if not lines:
        return OptOuts(odd=tuple(odd))
    rows = [line.cells for line in lines]
    start = table_start(rows, is_number_name)
    odd += [line.line for line in lines[:start] if any(map(looks_like_number, line.cells))]
    column = find_column(rows[start:], is_number=_reader(region))
    table = _Table(column, rows[start], lines[start + column.has_header :], region)
    table.refuse_guesses()
    return table.read(odd)


def _lines(source: ContactFileSource) -> tuple[list[_Line], list[int]]:
    """Return the records that hold something, but no comments, and the lines that a stray quote swallows."""
    lines, odd = [], []
    with open_stream(source, is_number_name) as stream:
        if stream.unread:
            raise ContactFileError("It is a workbook with several sheets: save the list as a file of one.")
        for batch in stream.batches:
            odd += [batch.lines[at] for at in batch.swallowed]
            for line, cells in zip(batch.lines, batch.cells, strict=True):
                if any(cell.strip() for cell in cells) and not _COMMENT.match(cells[0]):
                    lines.append(_Line(line, cells))
    return lines, odd


def _reader(region: str | None) -> Callable[[str], bool]:
    return lambda cell: bool(_numbers(cell, region))


def _numbers(cell: str, region: str | None) -> list[str]:
    """Return every number of a cell, or none where any part of it cannot be read."""
    if _E164.fullmatch(cell):
        return [cell]
    found = []
    for part in all_of(plain(cell)[0]):
        candidate = clean(part)
        text = candidate.text or ""
        read = normalise(text, region)
        number = text if _E164.fullmatch(text) else read.e164 or read.person
        if not number or candidate.count > 1:
            return []
        found.append(number)
    return found


class _Table:
    """The rows of a list under its header."""

    def __init__(
        self, column: Column, first: Sequence[str], lines: Sequence[_Line], region: str | None
    ) -> None:
        self._header = first if column.has_header else [""] * len(first)
        self._column = column
        self._lines = lines
        self._region = region
        also = [i for i, name in enumerate(self._header) if is_number_name(name) and not is_vague(name)]
        self._places = list(dict.fromkeys((column.index, *also)))
        rows = [line.cells for line in lines]
        self._origins = {
            place: Origins(columns, region)
            for place in self._places
            if (columns := origin_columns(self._header, rows, place))
        }
        for origins in self._origins.values():
            for cells in rows:
                origins.learn(cells)
        self._refusals = [one for one in consent_columns(self._header) if one.kind is ColumnKind.REFUSAL]
        self._scopes = [index for index, name in enumerate(self._header) if is_scope_name(name)]

    def refuse_guesses(self) -> None:
        """Refuse bare digits beside other columns where no name says that they are phone numbers.

        They may as well be the ids of customers: whoever opted out would be called.
        """
        name = self._header[self._column.index]
        if len(self._header) == 1 or (is_number_name(name) and not is_vague(name)):
            return
        cells = [_cell(line.cells, self._column.index) for line in self._lines]
        sure = [cell for cell in cells if is_written_as_number(cell) or self._is_international(cell)]
        if 2 * len(sure) < len(cells):
            raise ContactFileError(
                f"Column {self._column.index + 1} may hold numbers or ids: call the column phone_number."
            )

    def _is_international(self, cell: str) -> bool:
        return ["+" + (clean(cell).text or "")] == _numbers(cell, self._region)

    def read(self, odd: list[int]) -> OptOuts:
        """Read every row; `odd` are lines that could not be read before."""
        numbers: set[str] = set()
        passed_over = []
        for line in self._lines:
            if why := self._why_not(line.cells):
                passed_over.append((line.line, why))
            elif found := self._of_row(line.cells):
                numbers.update(found)
            else:
                odd.append(line.line)
        name = self._header[self._column.index] or f"column {self._column.index + 1}"
        return OptOuts(frozenset(numbers), name, tuple(passed_over), tuple(sorted(odd)))

    def _why_not(self, cells: Sequence[str]) -> str:
        """Say why a row forbids no call, in so many words of its own; a doubt forbids it."""
        if key(_cell(cells, self._column.index)) == key(self._header[self._column.index]) != "":
            return "is the header again"
        if is_ending(cells, self._places, len(self._header)):
            return _CLOSING
        if any(is_of_other_channel(_cell(cells, index)) for index in self._scopes):
            return _OTHER_CHANNEL
        for column in self._refusals:
            cell = _cell(cells, column.index)
            if cell.strip() and says(ColumnKind.REFUSAL, cell) is Says.NOTHING:
                return _OTHER_CHANNEL if is_of_other_channel(cell) else _NO_OPT_OUT
        return ""

    def _of_row(self, cells: Sequence[str]) -> list[str]:
        """Return the row's numbers, or none where it has none or any of them cannot be read."""
        found: list[str] = []
        for place in self._places:
            cell = _cell(cells, place)
            if cell.strip():
                numbers = _numbers(cell, self._region_of(place, cells))
                if not numbers:
                    return []
                found += numbers
        return found

    def _region_of(self, place: int, cells: Sequence[str]) -> str | None:
        return self._origins[place].of(cells).region if place in self._origins else self._region


def _cell(cells: Sequence[str], index: int) -> str:
    return cells[index] if index < len(cells) else ""
