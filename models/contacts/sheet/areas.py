"""The area code in a column of its own, and the number beside it that is whole only with it."""

import re
from collections.abc import Sequence
from typing import Final

from models.contacts.phones.countries import is_nothing
from models.contacts.sheet.names import key, tokens

_AREA_ENDS: Final = (
    "areacode",
    "stdcode",
    "citycode",
    "ortsvorwahl",
    "ortskennzahl",
    "areaprefix",
    "cityprefix",
)
_AREAS: Final = frozenset(
    {
        *("area", "phonearea", "std", "npa", "vorwahl", "telefonvorwahl", "ddd", "lada", "indicativo"),
        *("kengetal", "netnummer", "prefisso", "prefix", "prefijo", "indicatif", "regionalcode", "localcode"),
    }
)
_CODE = re.compile(r"\(?\s*(0?[1-9][0-9]{0,4})\s*\)?(?:\.0+)?")
_OURS: Final = frozenset(
    {"home", "work", "business", "mobile", "cell", "office", "other", "billing", "shipping", "fax", "company"}
)


def area_column(header: Sequence[str], rows: Sequence[Sequence[str]], number: int) -> int | None:
    """Return the place of the column with the area codes of one column's numbers, None where it has none.

    A column is one where its name says so and its first cells are area codes. Home Area Code goes with Home
    Phone.
    """
    ours = set(tokens(header[number])) & _OURS
    found = [
        index
        for index, name in enumerate(header)
        if index != number and _is_name(name) and _are_codes(rows, index)
    ]
    same = [index for index in found if set(tokens(header[index])) & _OURS == ours]
    plain = [index for index in found if not set(tokens(header[index])) & _OURS]
    return next(iter([*same, *plain]), None)


def _is_name(name: str) -> bool:
    known = key(name)
    return known in _AREAS or known.endswith(_AREA_ENDS)


def _are_codes(rows: Sequence[Sequence[str]], index: int) -> bool:
    cells = [row[index] for row in rows if index < len(row) and not is_nothing(row[index])]
    return bool(cells) and all(map(area_of, cells))


def area_of(cell: str) -> str:
    """Return the digits of an area code, empty where a cell holds none."""
    match = _CODE.fullmatch(cell.strip())
    return match[1] if match else ""
