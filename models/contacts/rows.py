"""The verdict on rows, a batch at a time: cells in, numbers and problems out, duplicates remembered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from models.contacts.clean import Candidate, clean
from models.contacts.columns import is_number_name, key
from models.contacts.numbers import NumberChecker
from models.contacts.sentences import HELD, SENTENCES, cell_too_long, duplicate, several_numbers
from models.contacts.verdict import Checked, Problem
from models.spellings import TWICE, person_of

_NO_NUMBER = frozenset({"empty_row", "empty", "unclosed_quote"})
"""Codes of rows whose number cell is not worth a look."""
_HELD = frozenset({*HELD, "cell_too_long"})


@dataclass(frozen=True, slots=True, repr=False)
class Rows:
    """Consecutive data rows as they were read.

    `first` is the row number of the first; `lines` is where each starts in the file; `swallowed` are the
    positions of rows that a stray quote stretches over other lines.
    """

    first: int
    cells: Sequence[Sequence[str]]
    lines: Sequence[int]
    swallowed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True, repr=False)
class Batch:
    """Rows and their verdicts: a number in E.164 or None for each, and the problems by position."""

    rows: Rows
    column: int
    numbers: Sequence[str | None]
    problems: Mapping[int, tuple[Problem, ...]]

    def checked(self, at: int) -> Checked:
        """Return the verdict on the row at one position."""
        cells = self.rows.cells[at]
        raw = cells[self.column] if self.column < len(cells) else ""
        return Checked(
            self.rows.first + at, self.rows.lines[at], raw, self.numbers[at], self.problems.get(at, ())
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """What rows should look like: the header's cells (or as many empty ones) and the place of the number."""

    header: Sequence[str]
    column: int
    platform: str = ""
    cell_limits: Mapping[int, int] = field(default_factory=dict)

    @property
    def least(self) -> int:
        """Cells that a row must have: unnamed columns at the end of the header may be left out."""
        named = [index for index, name in enumerate(self.header) if name.strip()]
        return max([*named[-1:], self.column]) + 1


class RowChecker:
    """Judges rows in the order of the file; it remembers each person it let through, as digits and row."""

    def __init__(self, checker: NumberChecker, shape: Shape) -> None:
        self._checker = checker
        self._shape = shape
        self._least = shape.least
        self._name = key(shape.header[shape.column])
        self._seen: dict[int, int] = {}

    def check(self, rows: Rows) -> Batch:
        """Return the verdicts on a batch."""
        numbers = self._ordinary(rows)
        problems: dict[int, tuple[Problem, ...]] = {}
        seen, first = self._seen, rows.first
        for row, e164 in enumerate(numbers, first):
            if e164 is None:
                at = row - first
                numbers[at], found = self._closely(rows, at)
                if found:
                    problems[at] = found
                continue
            person = person_of(e164) if e164[1:3] in TWICE else e164
            if (earlier := seen.setdefault(int(person), row)) != row:
                at = row - first
                numbers[at] = None
                text = duplicate(earlier)
                problems[at] = (Problem(row, rows.lines[at], "duplicate", text, repaired=False),)
        return Batch(rows, self._shape.column, numbers, problems)

    def _ordinary(self, rows: Rows) -> list[str | None]:
        """Return the numbers of rows that need no closer look."""
        if rows.swallowed or self._shape.cell_limits:
            return [None] * len(rows.cells)
        column, width = self._shape.column, len(self._shape.header)
        cells = [cells[column] if len(cells) == width else "" for cells in rows.cells]
        return self._checker.ordinary.many(cells)

    def _closely(self, rows: Rows, at: int) -> tuple[str | None, tuple[Problem, ...]]:
        """Judge one row with everything that can be wrong with it."""
        row, cells = rows.first + at, rows.cells[at]
        found = self._of_row(cells, swallowed=at in rows.swallowed)
        number = None
        if _NO_NUMBER.isdisjoint(found):
            found |= self._too_long(cells)
            is_held = not _HELD.isdisjoint(found)
            number, more = self._of_number(cells[self._shape.column])
            number, found = None if is_held else number, found | more
        if number is not None and (first := self._seen.setdefault(int(person_of(number)), row)) != row:
            number, found = None, {**found, "duplicate": duplicate(first)}
        line, ok = rows.lines[at], number is not None
        return number, tuple(Problem(row, line, code, text, ok) for code, text in found.items())

    def _of_row(self, cells: Sequence[str], *, swallowed: bool) -> dict[str, str]:
        """Name what is wrong with the row as a whole."""
        column, width = self._shape.column, len(self._shape.header)
        if swallowed:
            return _said("unclosed_quote")
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            return _said("extra_cells")
        if column >= len(cells) or not cells[column].strip():
            return _said("empty" if any(cell.strip() for cell in cells) else "empty_row")
        return _said("missing_cells") if len(cells) < self._least else {}

    def _of_number(self, cell: str) -> tuple[str | None, dict[str, str]]:
        candidate = clean(cell)
        if candidate.text is None:
            return None, _said("header_again") if self._is_header(cell) else self._found(candidate)
        if candidate.text != cell and (e164 := self._checker.ordinary.one(candidate.text)):
            return e164, self._found(candidate)
        verdict = self._checker.check(candidate.text)
        return verdict.e164, self._found(candidate) | _said(*verdict.codes)

    def _found(self, candidate: Candidate) -> dict[str, str]:
        found = _said(*candidate.codes)
        if "several_numbers" in found:
            found["several_numbers"] = several_numbers(candidate.count)
        return found

    def _is_header(self, cell: str) -> bool:
        return bool(key(cell)) and (key(cell) == self._name or is_number_name(cell))

    def _too_long(self, cells: Sequence[str]) -> dict[str, str]:
        for index, limit in self._shape.cell_limits.items():
            if index < len(cells) and len(cells[index]) > limit:
                name = self._shape.header[index]
                return {"cell_too_long": cell_too_long(name, limit, self._shape.platform)}
        return {}


def _said(*codes: str) -> dict[str, str]:
    return {code: SENTENCES.get(code, "") for code in codes} if codes else {}
