"""Where the table of a contact file begins: reports put a title, a period and filters before its header."""

from collections.abc import Callable, Sequence
from typing import Final

from models.contacts.sheet.columns import looks_like_number
from models.contacts.sheet.names import is_vague

WITHIN: Final = 60
"""Rows among which the header is looked for."""
_AFTER = 10
"""Rows after a header by which it is told from a title that happens to hold its name."""


def table_start(rows: Sequence[Sequence[str]], is_name: Callable[[str], bool]) -> int:
    """Return the position of the table's first row: its header, or its first contact where it has none.

    `is_name` knows names of number columns. Rows that hold anything must be among `rows`.
    """
    filled = [at for at, cells in enumerate(rows) if any(cell.strip() for cell in cells)][:WITHIN]
    named = [at for at in filled if _is_header(rows[at], is_name)]
    first = filled[0]
    if not named:
        return _by_shape(rows, filled)
    telling = [at for at in named if _is_telling(rows[at], is_name)]
    best = next((at for at in telling if _is_borne_out(rows, at, is_name)), None)
    if best is None:
        best = max(telling or named, key=lambda at: _width(rows[at]))
    before = [at for at in filled if at < best]
    columns = _name_places(rows[best], is_name)
    contacts = [at for at in before if _holds_number(rows[at], columns)]
    return first if before and 2 * len(contacts) > len(before) else best


def _is_header(cells: Sequence[str], is_name: Callable[[str], bool]) -> bool:
    return any(map(is_name, cells)) and not any(map(looks_like_number, cells))


def _is_telling(cells: Sequence[str], is_name: Callable[[str], bool]) -> bool:
    return any(is_name(cell) and not is_vague(cell) for cell in cells)


def _is_borne_out(rows: Sequence[Sequence[str]], at: int, is_name: Callable[[str], bool]) -> bool:
    """Tell whether numbers stand under one of a header's names."""
    columns = _name_places(rows[at], is_name)
    return any(_holds_number(cells, columns) for cells in rows[at + 1 : at + 1 + _AFTER])


def _name_places(cells: Sequence[str], is_name: Callable[[str], bool]) -> list[int]:
    return [index for index, cell in enumerate(cells) if is_name(cell)]


def _holds_number(cells: Sequence[str], columns: Sequence[int]) -> bool:
    return any(index < len(cells) and looks_like_number(cells[index]) for index in columns)


def _by_shape(rows: Sequence[Sequence[str]], filled: Sequence[int]) -> int:
    """Skip narrow rows before a wider table whose header has no name that is known."""
    widths = sorted(_width(rows[at]) for at in filled)
    usual = widths[len(widths) // 2]
    for at in filled:
        if 2 * _width(rows[at]) > usual or any(map(looks_like_number, rows[at])):
            return at
    return filled[0]


def _width(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip())
