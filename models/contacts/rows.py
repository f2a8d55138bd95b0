"""The verdict on rows, a batch at a time: cells in, numbers and problems out, duplicates remembered."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from models.contacts.clean import NumberCandidate, clean
from models.contacts.consent import consent_columns
from models.contacts.phones.numbers import NumberChecker
from models.contacts.phones.origins import Origin, Origins, origin_columns
from models.contacts.phones.spellings import TWICE, person_of
from models.contacts.refusals import Refusals
from models.contacts.sentences import (
    HELD,
    SENTENCES,
    cell_too_long,
    duplicate,
    other_column,
    refused_elsewhere,
    several_numbers,
)
from models.contacts.sheet.areas import area_column, area_of
from models.contacts.sheet.columns import shown_name
from models.contacts.sheet.endings import TOTALS, is_ending
from models.contacts.sheet.labels import Labels, label_columns
from models.contacts.sheet.names import is_number_name, key
from models.contacts.verdict import CheckedRow, RowProblem

_NO_NUMBER = frozenset({"empty_row", "unclosed_quote", "total_line"})
"""Codes of rows in which no cell is worth a look."""
_HELD = frozenset({*HELD, "cell_too_long"}) - {"empty"}
_OWN_WAY = ("lost_zero", "missing_plus")
"""Repairs that are none where a dial code stands beside the number."""
_Found = dict[str, str]


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
    problems: Mapping[int, tuple[RowProblem, ...]]

    def checked(self, at: int) -> CheckedRow:
        """Return the verdict on the row at one position."""
        cells = self.rows.cells[at]
        raw = cells[self.column] if self.column < len(cells) else ""
        return CheckedRow(
            self.rows.first + at, self.rows.lines[at], raw, self.numbers[at], self.problems.get(at, ())
        )


@dataclass(frozen=True, slots=True)
class Shape:
    """What rows should look like: the header's cells (or as many empty ones) and the place of the number.

    `spare` are the places of numbers that help out; `region` is the file's own country; `sample` are some
    rows by which unclear headers are understood.
    """

    header: Sequence[str]
    column: int
    platform: str = ""
    cell_limits: Mapping[int, int] = field(default_factory=dict)
    spare: tuple[int, ...] = ()
    region: str | None = None
    sample: Sequence[Sequence[str]] = field(default=(), repr=False)

    @property
    def least(self) -> int:
        """Cells that a row must have: unnamed columns at the end of the header may be left out."""
        named = [index for index, name in enumerate(self.header) if name.strip()]
        return max([*named[-1:], self.column]) + 1


class RowChecker:
    """Judges rows in the order of the file; it remembers each person it let through, as digits and row.

    `checker_of` gives the checker of numbers for a region. Where `must_learn`, all rows are to be learnt
    before the first is checked.
    """

    def __init__(self, checker_of: Callable[[str | None], NumberChecker], shape: Shape) -> None:
        self._checker_of = checker_of
        self._home = Origin(shape.region)
        self._shape = shape
        self._least = shape.least
        self._columns = (shape.column, *shape.spare)
        self._name = key(shape.header[shape.column])
        self._seen: dict[int, int] = {}
        self._unwanted: dict[int, tuple[int, str]] = {}
        self._refusing: list[tuple[int, str, Sequence[str]]] = []
        self.refusals = Refusals(consent_columns(shape.header))
        self._origins = dict(self._told_origins())
        self._labels = Labels(label_columns(shape.header, self._columns))
        areas = {column: area_column(shape.header, shape.sample, column) for column in self._columns}
        self._areas = {column: area for column, area in areas.items() if area is not None}

    def _told_origins(self) -> Iterator[tuple[int, Origins]]:
        shape = self._shape
        for column in self._columns:
            if found := origin_columns(shape.header, shape.sample, column):
                yield column, Origins(found, shape.region)

    @property
    def must_learn(self) -> bool:
        """Tell whether what one row says may change what is right for another."""
        return bool(self._origins or self.refusals.plain)

    def learn(self, rows: Rows) -> None:
        """Take in what rows tell of the file as a whole: its countries, and who refuses calls."""
        for cells in rows.cells:
            for origins in self._origins.values():
                origins.learn(cells)
            self.refusals.learn(cells)
        for at in set(self.refusals.suspects(rows.cells)):
            codes = set(self.refusals.of(rows.cells[at])) - {"consent_missing"}
            for code in codes:
                self._refusing.append((rows.first + at, code, rows.cells[at]))

    def learnt(self) -> None:
        """Note the numbers of who refuses calls, once all countries are known: no row with one is dialled."""
        for row, code, cells in sorted(self._refusing, key=lambda one: one[0]):
            for column in self._columns:
                number, _ = self._read(column, cells)
                if number is not None:
                    self._unwanted.setdefault(_person(number), (row, code))
        self._refusing.clear()

    def check(self, rows: Rows) -> Batch:
        """Return the verdicts on a batch."""
        numbers = self._ordinary(rows)
        problems: dict[int, tuple[RowProblem, ...]] = {}
        seen, first, twice = self._seen, rows.first, TWICE
        for row, e164 in enumerate(numbers, first):
            if e164 is None:
                at = row - first
                numbers[at], found = self._closely(rows, at)
                if found:
                    problems[at] = found
                continue
            # As `_person`, without its call: it is the only work that every single row needs here.
            person = int(person_of(e164) if e164[1:3] in twice else e164)
            if (earlier := seen.setdefault(person, row)) != row:
                at = row - first
                numbers[at] = None
                text = duplicate(earlier)
                problems[at] = (RowProblem(row, rows.lines[at], "duplicate", text, repaired=False),)
        return Batch(rows, self._shape.column, numbers, problems)

    def _ordinary(self, rows: Rows) -> list[str | None]:
        """Return the numbers of rows that need no closer look."""
        if rows.swallowed or self._shape.cell_limits:
            return [None] * len(rows.cells)
        column, width = self._shape.column, len(self._shape.header)
        cells = [
            cells[column] if len(cells) == width and cells[0] not in TOTALS else "" for cells in rows.cells
        ]
        for at in self._suspects(rows):
            cells[at] = ""
        if column in self._origins:
            numbers = self._by_country(self._origins[column], rows, cells)
        else:
            numbers = self._checker_of(self._shape.region).ordinary.many(cells)
        if self._unwanted:
            return [None if e164 and _person(e164) in self._unwanted else e164 for e164 in numbers]
        return numbers

    def _suspects(self, rows: Rows) -> Iterator[int]:
        """List the positions of rows in which something beside the number may change its verdict."""
        column = self._shape.column
        if self.refusals.is_any:
            yield from self.refusals.suspects(rows.cells)
        yield from self._labels.suspects(column, rows.cells)
        if column in self._areas:
            yield from (at for at, cells in enumerate(rows.cells) if self._area(column, cells))

    def _area(self, column: int, cells: Sequence[str]) -> str:
        """Return the area code that a row tells beside its number, empty where it tells none."""
        place = self._areas.get(column, len(cells))
        return area_of(cells[place]) if place < len(cells) else ""

    def _by_country(self, origins: Origins, rows: Rows, cells: Sequence[str]) -> list[str | None]:
        """Return the numbers of cells as their rows' countries write them."""
        numbers: list[str | None] = [None] * len(cells)
        places: dict[Origin, list[int]] = {}
        for at, row in enumerate(rows.cells):
            if cells[at]:
                places.setdefault(origins.of(row), []).append(at)
        for origin, some in places.items():
            found = self._checker_of(origin.region).ordinary.many([cells[at] for at in some])
            for at, e164 in zip(some, found, strict=True):
                numbers[at] = e164 if e164 and e164.startswith(origin.dial) else None
        return numbers

    def _closely(self, rows: Rows, at: int) -> tuple[str | None, tuple[RowProblem, ...]]:
        """Judge one row with everything that can be wrong with it."""
        row, cells = rows.first + at, rows.cells[at]
        found = self._of_row(cells, swallowed=at in rows.swallowed)
        number = None
        if _NO_NUMBER.isdisjoint(found):
            if self._shape.cell_limits:
                found |= self._too_long(cells)
            if self.refusals.is_any:
                found |= self.refusals.of(cells)
            number, found = self._of_numbers(cells, found)
        if number is not None:
            number, found = self._once(number, row, found)
        line, ok = rows.lines[at], number is not None
        return number, tuple(RowProblem(row, line, code, text, ok) for code, text in found.items())

    def _once(self, number: str, row: int, found: _Found) -> tuple[str | None, _Found]:
        """Let a number through the first time, and never where a row with it refuses calls."""
        person = _person(number)
        if person in self._unwanted:
            other, code = self._unwanted[person]
            return None, {**found, code: refused_elsewhere(other)}
        if (first := self._seen.setdefault(person, row)) != row:
            return None, {**found, "duplicate": duplicate(first)}
        return number, found

    def _of_row(self, cells: Sequence[str], *, swallowed: bool) -> _Found:
        """Name what is wrong with the row as a whole."""
        column, width = self._shape.column, len(self._shape.header)
        if swallowed:
            return _said("unclosed_quote")
        if is_ending(cells, self._columns, width):
            return _said("total_line")
        if len(cells) > width and any(cell.strip() for cell in cells[width:]):
            return _said("extra_cells")
        if column >= len(cells) or not cells[column].strip():
            return _said("empty" if any(cell.strip() for cell in cells) else "empty_row")
        return _said("missing_cells") if len(cells) < self._least else {}

    def _of_numbers(self, cells: Sequence[str], found: _Found) -> tuple[str | None, _Found]:
        """Read the row's number, or where it has none to dial the first one of the columns that help out."""
        is_empty = "empty" in found
        number, more = (None, {}) if is_empty else self._read(self._shape.column, cells)
        if not _HELD.isdisjoint(found):
            return None, found | more
        if number is not None or "header_again" in more:
            return number, found | more
        for column in self._shape.spare:
            if column < len(cells) and cells[column].strip():
                spare, remarks = self._read(column, cells)
                if spare is not None:
                    why = "empty" if is_empty else next((code for code in more if code in HELD), "unusable")
                    name = shown_name(self._shape.header[column])
                    said = {code: text for code, text in found.items() if code != "empty"}
                    return spare, {**said, "other_column": other_column(name, why), **remarks}
        return None, found | more

    def _read(self, column: int, cells: Sequence[str]) -> tuple[str | None, _Found]:
        """Read one cell in the country that its row tells."""
        cell = cells[column] if column < len(cells) else ""
        origin = self._origins[column].of(cells) if column in self._origins else self._home
        if self._labels.forbid(column, cells):
            return None, _said("not_for_calls")
        area = self._area(column, cells)
        number, found = self._with_area(cell, area, origin) if area else self._of_number(cell, origin)
        if number is not None and not number.startswith(origin.dial):
            return None, _said("country_contradicts")
        if origin.is_told and number is not None:
            found = {code: text for code, text in found.items() if code not in _OWN_WAY}
        return number, found

    def _with_area(self, cell: str, area: str, origin: Origin) -> tuple[str | None, _Found]:
        """Read a number that may lack the area code beside it: as it stands, with the code, or not at all."""
        alone, found = self._of_number(cell, origin)
        bare = clean(cell).text
        if bare is None or bare.startswith("+") or (alone and bare.lstrip("01").startswith(area.lstrip("0"))):
            return alone, found
        joined, more = self._of_number(area + bare, origin)
        if joined is None:
            return alone, found
        if alone is not None:
            return None, _said("area_unsure")
        return joined, more | _said("area_code")

    def _of_number(self, cell: str, origin: Origin) -> tuple[str | None, _Found]:
        candidate = clean(cell)
        if candidate.text is None:
            return None, _said("header_again") if self._is_header(cell) else self._found(candidate)
        if origin.code and not candidate.text.startswith("+"):
            return None, self._found(candidate) | _said(origin.code)
        checker = self._checker_of(origin.region)
        if candidate.text != cell and (e164 := checker.ordinary.one(candidate.text)):
            return e164, self._found(candidate)
        verdict = checker.check(candidate.text)
        return verdict.e164, self._found(candidate) | _said(*verdict.codes)

    def _found(self, candidate: NumberCandidate) -> _Found:
        found = _said(*candidate.codes)
        if "several_numbers" in found:
            found["several_numbers"] = several_numbers(candidate.count)
        return found

    def _is_header(self, cell: str) -> bool:
        return bool(key(cell)) and (key(cell) == self._name or is_number_name(cell))

    def _too_long(self, cells: Sequence[str]) -> _Found:
        for index, limit in self._shape.cell_limits.items():
            if index < len(cells) and len(cells[index]) > limit:
                name = self._shape.header[index]
                return {"cell_too_long": cell_too_long(name, limit, self._shape.platform)}
        return {}


def _said(*codes: str) -> _Found:
    return {code: SENTENCES.get(code, "") for code in codes} if codes else {}


def _person(e164: str) -> int:
    """Return the digits of the person behind a number; most countries write each number in one way only."""
    return int(person_of(e164) if e164[1:3] in TWICE else e164)
