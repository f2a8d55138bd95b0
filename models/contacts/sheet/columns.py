"""Which column holds the numbers, and whether the first row is a header at all."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from models.contacts.clean import clean
from models.contacts.sheet.names import is_company, is_foreign, is_number_name, is_vague, key, rank
from models.contacts.verdict import ContactFileError

_LEAST_DIGITS = 7
_MOST_SHOWN = 8
_DAMAGED = frozenset({"lost_digits", "scientific", "decimal_point", "several_numbers"})
_SELDOM = 5
"""A column of which less than one filled cell in five looks like a number does not hold numbers."""
_Rank = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Column:
    """Where the numbers are: an index from 0, its name in the header, and other columns like it.

    `spare` are the places of columns that help out in rows where this one has no number to dial, best first.
    `overruled` is the name of a column whose header says number and whose cells say otherwise; `by_content`
    tells that no name but the cells alone decided.
    """

    index: int
    name: str
    has_header: bool
    others: tuple[str, ...] = ()
    spare: tuple[int, ...] = ()
    overruled: str = ""
    by_content: bool = False


@dataclass(frozen=True, slots=True)
class _Seen:
    """What some rows hold in one column: filled cells, and how many look like, are and are written as one."""

    filled: int
    like: int
    valid: int
    written: int

    @property
    def is_sure(self) -> bool:
        """Tell whether half of the filled cells are numbers, written as nothing else is."""
        return self.filled > 0 and 2 * self.written >= self.filled


@lru_cache(maxsize=4096)
def looks_like_number(cell: str) -> bool:
    """Tell whether a cell is a phone number rather than a name for one, damaged or not."""
    candidate = clean(cell)
    if candidate.text:
        return len(candidate.text.lstrip("+")) >= _LEAST_DIGITS
    return not _DAMAGED.isdisjoint(candidate.codes)


def is_written_as_number(cell: str) -> bool:
    """Tell whether a cell is spelt as only phone numbers are: a + or a zero in front, groups of digits."""
    text = clean(cell).text or ""
    return text.startswith(("+", "0")) or (
        bool(text) and any(char in "( -/)." for char in cell.strip(" '\""))
    )


def find_column(
    rows: Sequence[Sequence[str]],
    *,
    named: str | None = None,
    preferred: str | None = None,
    is_number: Callable[[str], bool] = looks_like_number,
) -> Column:
    """Find the number column from the first rows of a file.

    `named` is the user's choice, a header name or a number counted from 1; `preferred` is the name the
    platform uses. ContactFileError says what to do where there is no one answer.
    """
    first = rows[0]
    if named is not None:
        return _named(first, named)
    ranks = _ranked(first, preferred)
    if ranks:
        seen = [_look(rows[1:], index, is_number) for index in range(len(first))]
        return _known(first, ranks, seen)
    return _unnamed(rows, is_number)


def _ranked(first: Sequence[str], preferred: str | None) -> list[int]:
    """List the columns with known names, the best first."""
    ranks: dict[int, _Rank] = {}
    for index, name in enumerate(first):
        is_preferred = preferred is not None and key(name) == key(preferred)
        found = (-1, 0) if is_preferred else rank(name)
        if found is not None:
            ranks[index] = found
    return sorted(ranks, key=lambda index: ranks[index])


def _look(rows: Sequence[Sequence[str]], index: int, is_number: Callable[[str], bool]) -> _Seen:
    cells = [row[index] for row in rows if index < len(row) and row[index].strip()]
    valid = [cell for cell in cells if is_number(cell)]
    like = sum(map(looks_like_number, cells))
    return _Seen(len(cells), like, len(valid), sum(map(is_written_as_number, valid)))


def _known(first: Sequence[str], ranks: Sequence[int], seen: Sequence[_Seen]) -> Column:
    """Choose among columns with known names; one whose cells say otherwise loses."""
    honest = [index for index in ranks if seen[index].filled and not _lies(first[index], seen[index])]
    unnamed = [
        index
        for index, name in enumerate(first)
        if index not in ranks and seen[index].is_sure and not is_foreign(name)
    ]
    best, by_content = ranks[0], False
    if honest:
        best = honest[0]
    elif len(unnamed) == 1 and seen[best].filled:
        best, by_content = unnamed[0], True
    others = [index for index in (*ranks, *unnamed) if index != best]
    is_overruled = best != ranks[0] and seen[ranks[0]].filled > 0
    return Column(
        best,
        first[best],
        has_header=True,
        others=tuple(first[index] for index in others),
        spare=tuple(index for index in others if index in ranks and _may_help(first[index], seen[index])),
        overruled=first[ranks[0]] if is_overruled else "",
        by_content=by_content,
    )


def _lies(name: str, seen: _Seen) -> bool:
    """Tell whether a column holds something else than its name says.

    `Number` may stand over records, seats or streets, so it needs numbers that are written as such.
    """
    if is_vague(name):
        return not seen.is_sure
    return _SELDOM * seen.like < seen.filled


def _may_help(name: str, seen: _Seen) -> bool:
    return (
        not is_company(name)
        and not (seen.filled and _lies(name, seen))
        and not (is_vague(name) and not seen.filled)
    )


def _named(first: Sequence[str], named: str) -> Column:
    for index, name in enumerate(first):
        if key(name) == key(named) and key(named):
            return Column(index, name, has_header=True, others=_also(first, index))
    if named.strip().isdigit() and 1 <= int(named) <= len(first):
        index = int(named) - 1
        has_header = not any(looks_like_number(item) for item in first)
        others = _also(first, index) if has_header else ()
        return Column(index, first[index] if has_header else "", has_header=has_header, others=others)
    raise ContactFileError(
        f"The file has no column {_shown([named])}: name one of its columns ({_shown(first)}) "
        "or give its place, counted from 1."
    )


def _also(first: Sequence[str], chosen: int) -> tuple[str, ...]:
    return tuple(name for index, name in enumerate(first) if index != chosen and is_number_name(name))


def _unnamed(rows: Sequence[Sequence[str]], is_number: Callable[[str], bool]) -> Column:
    """Choose by content: the file's one column, or the one column that holds numbers and nothing else."""
    first = rows[0]
    has_header = not any(looks_like_number(cell) for cell in first)
    if len(first) == 1 and (not has_header or len(rows) > 1):
        return Column(0, first[0] if has_header else "", has_header=has_header)
    data = rows[1:] if has_header else rows
    seen = [_look(data, index, is_number) for index in range(len(first))]
    likely = [index for index, one in enumerate(seen) if data and 2 * one.valid >= len(data)]
    sure = [index for index in likely if seen[index].is_sure]
    if has_header:
        sure = [index for index in sure if not is_foreign(first[index])]
        if len(sure) == 1:
            return Column(sure[0], first[sure[0]], has_header=True, by_content=True)
    elif len(likely) == 1 or len(sure) == 1:
        return Column((sure or likely)[0], "", has_header=False)
    raise ContactFileError(_no_column(first, likely, has_header=has_header))


def _no_column(first: Sequence[str], likely: Sequence[int], *, has_header: bool) -> str:
    ways = ", ".join(f"column {index + 1}" for index in likely)
    if not has_header:
        seen = f"several columns could hold the numbers ({ways})" if likely else "no column holds numbers"
        return f"The file has no header and {seen}: add a header, or give the column's place with --column."
    hint = f" ({ways} looks like it)" if likely else ""
    return (
        f"The file has no column known to hold phone numbers among {_shown(first)}{hint}: "
        "name it with --column, or call it phone_number."
    )


def _shown(names: Iterable[str]) -> str:
    """Quote header names, shortened, and without any that may hold a number."""
    safe = [shown_name(name) for name in names]
    more = ", …" if len(safe) > _MOST_SHOWN else ""
    return ", ".join(safe[:_MOST_SHOWN]) + more


def shown_name(name: str) -> str:
    """Quote one header name, shortened; one that may hold a number is not shown."""
    return repr(name[:40]) if sum(map(str.isdigit, name)) < _LEAST_DIGITS else "'…'"
