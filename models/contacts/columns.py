"""Which column holds the numbers, and whether the first row is a header at all."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from models.contacts.clean import clean
from models.contacts.verdict import ContactFileError

SYNONYMS: Final = (
    *("phonenumber", "phone", "mobilenumber", "mobile", "contactnumber", "tophonenumber", "tonumber"),
    *("msisdn", "e164", "cell", "cellphone", "mobilephone", "telephonenumber", "telephone", "tel"),
    *("phoneno", "mobileno", "telefonnummer", "telefon", "rufnummer", "mobil", "handy", "portable"),
    *("telefono", "celular", "movil", "phone1", "mobile1", "number", "to"),
)
"""Names of number columns as platforms and CRMs spell them, best first; compared by `key`."""
_NUMBERED = re.compile(r"(?:phone|mobile|tel|telephone|phonenumber)[0-9]{1,2}")
_LEAST_DIGITS = 7
_MOST_SHOWN = 8
_DAMAGED = frozenset({"lost_digits", "scientific", "decimal_point", "several_numbers"})


@dataclass(frozen=True, slots=True)
class Column:
    """Where the numbers are: an index from 0, its name in the header, and other columns like it."""

    index: int
    name: str
    has_header: bool
    others: tuple[str, ...] = ()


def key(name: str) -> str:
    """Return a header name without case, accents, spaces and punctuation."""
    bare = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in bare if char.isalnum())


def is_number_name(name: str) -> bool:
    """Tell whether a header name is a known name for phone numbers."""
    return key(name) in SYNONYMS or _NUMBERED.fullmatch(key(name)) is not None


def looks_like_number(cell: str) -> bool:
    """Tell whether a cell is a phone number rather than a name for one, damaged or not."""
    candidate = clean(cell)
    if candidate.text:
        return len(candidate.text.lstrip("+")) >= _LEAST_DIGITS
    return not _DAMAGED.isdisjoint(candidate.codes)


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
    known = [index for index, name in enumerate(first) if _is_known(name, preferred)]
    if known:
        best, *others = sorted(known, key=lambda index: _rank(first[index], preferred))
        return Column(best, first[best], has_header=True, others=tuple(first[index] for index in others))
    return _unnamed(rows, is_number)


def _is_known(name: str, preferred: str | None) -> bool:
    return is_number_name(name) or (preferred is not None and key(name) == key(preferred))


def _rank(name: str, preferred: str | None) -> int:
    if preferred is not None and key(name) == key(preferred):
        return -1
    return SYNONYMS.index(key(name)) if key(name) in SYNONYMS else len(SYNONYMS)


def _named(first: Sequence[str], named: str) -> Column:
    for index, name in enumerate(first):
        if key(name) == key(named) and key(named):
            return Column(index, name, has_header=True)
    if named.strip().isdigit() and 1 <= int(named) <= len(first):
        cell = first[int(named) - 1]
        has_header = not any(looks_like_number(item) for item in first)
        return Column(int(named) - 1, cell if has_header else "", has_header=has_header)
    raise ContactFileError(
        f"The file has no column {_shown([named])}: name one of its columns ({_shown(first)}) "
        "or give its place, counted from 1."
    )


def _unnamed(rows: Sequence[Sequence[str]], is_number: Callable[[str], bool]) -> Column:
    """Choose by content: alone where the file has one column, or one column of the headerless first row."""
    first = rows[0]
    has_header = not any(looks_like_number(cell) for cell in first)
    if len(first) == 1 and (not has_header or len(rows) > 1):
        return Column(0, first[0] if has_header else "", has_header=has_header)
    likely = _likely(rows[1:] if has_header else rows, len(first), is_number)
    if has_header or len(likely) != 1:
        raise ContactFileError(_no_column(first, likely, has_header=has_header))
    return Column(likely[0], "", has_header=False)


def _likely(rows: Sequence[Sequence[str]], width: int, is_number: Callable[[str], bool]) -> list[int]:
    """List the columns in which at least half of the rows hold a number."""
    return [
        index
        for index in range(width)
        if rows and 2 * sum(1 for row in rows if index < len(row) and is_number(row[index])) >= len(rows)
    ]


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


def _shown(names: Sequence[str]) -> str:
    """Quote header names, shortened, and without any that may hold a number."""
    safe = [repr(name[:40]) if sum(map(str.isdigit, name)) < _LEAST_DIGITS else "'…'" for name in names]
    more = ", …" if len(safe) > _MOST_SHOWN else ""
    return ", ".join(safe[:_MOST_SHOWN]) + more
