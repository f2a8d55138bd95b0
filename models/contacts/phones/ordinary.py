"""The shortest way to a verdict: clean cells whose number is dialled without a remark.

Most rows of most files are such cells, and one compiled expression decides each. What it does not match is
not judged here: it is looked at more closely, at less speed.
"""

import re
from collections.abc import Callable, Sequence

from models.contacts.phones.fast import home_of
from models.contacts.phones.patterns import NEVER
from models.contacts.phones.reading import NumberKind
from models.contacts.phones.services import crisis_lines, short_pattern
from models.contacts.phones.territory import CALLING_CODES, NumberingPlan, Territory, plan, plan_of

_ORDINARY = frozenset(
    {
        NumberKind.FIXED_LINE,
        NumberKind.MOBILE,
        NumberKind.FIXED_LINE_OR_MOBILE,
        NumberKind.VOIP,
        NumberKind.PERSONAL_NUMBER,
    }
)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}").fullmatch
_LONGEST = 40
"""Characters beyond which a cell is more than one number with its punctuation."""
_PUNCTUATION = str.maketrans("", "", " ()-")

_Test = Callable[[str], object]
_never: _Test = frozenset[str]().__contains__  # called once a row, so no function of ours


class OrdinaryNumbers:
    """Finds the E.164 form of clean cells, international or as written in `region`."""

    def __init__(self, region: str | None) -> None:
        self._starts = _OrdinaryStarts()
        home = home_of(region)
        self._home = _HomeNumbers(region, home) if region and home else None

    def many(self, cells: Sequence[str]) -> list[str | None]:
        """Return the number of each cell in E.164, or None where a closer look is needed.

        None says nothing about the number.
        """
        known, otherwise = self._starts.get, self._otherwise
        return [cell if known(cell[:4], _never)(cell) else otherwise(cell) for cell in cells]

    def one(self, cell: str) -> str | None:
        """Return the number of one cell; as `many`."""
        return self.many((cell,))[0]

    def repaired(self, text: str) -> tuple[str, str] | None:
        """Return the number of a candidate that needs one certain repair, and the repair's code.

        None says nothing about the number: it asks for a closer look.
        """
        return self._home.repaired(text) if self._home and text[:1] != "+" else None

    def _otherwise(self, cell: str) -> str | None:
        if cell[:1] != "+":
            return self._home.e164(cell) if self._home else None
        bare = cell.translate(_PUNCTUATION)
        if self._starts[bare[:4]](bare):
            return bare
        found = plan_of(bare[1:]) if _E164(bare) else None
        return bare if found and _is_ordinary(found, bare[1 + len(found.main.code) :]) else None


class _OrdinaryStarts(dict[str, _Test]):
    """Expressions for whole international numbers by their + and three digits, made as they are needed.

    Each knows the main region of a country code alone.
    """

    def __missing__(self, start: str) -> _Test:
        digits = start[1:]
        found = plan_of(digits) if digits.isascii() and digits.isdigit() else None
        if found is None or found.main.has_leading_digits:
            return _never
        test = self[start] = re.compile(rf"\+{found.main.code}{found.main.ordinary}", re.ASCII).fullmatch
        return test


def _is_ordinary(found: NumberingPlan, national: str) -> bool:
    return _is_plain(found, national) and found.main.significant(national) == national


def _is_plain(found: NumberingPlan, national: str) -> bool:
    return found.kind(national) in _ORDINARY and f"+{found.main.code}{national}" not in crisis_lines()


class _HomeNumbers:
    """Numbers as they are written inside one region."""

    def __init__(self, region: str, home: Territory) -> None:
        self._home = home
        self._plan = plan(CALLING_CODES[home.code])
        # The library asks the main region first, so its expression alone is proof only there.
        self._is_main = self._plan.names[0] == region and not home.has_leading_digits
        self._is_proof = self._is_main and home.has_simple_prefix
        number = home.ordinary if self._is_main else "[0-9]{6,14}"
        # Where the country code is also the national prefix (+1), both readings of it give the same number.
        own_code = NEVER if home.national_prefix == home.code else home.code
        closer = rf"{own_code}|(?:{home.exit_pattern})|(?:{short_pattern(region)})\Z"
        pattern = rf"(?!{closer})(?P<prefix>{home.national_prefix})?(?P<number>{number})"
        compiled = re.compile(pattern, re.ASCII)
        self._match = compiled.fullmatch
        self._groups = compiled.groupindex["prefix"], compiled.groupindex["number"]
        self._international = re.compile(rf"{own_code}(?:{number})", re.ASCII).fullmatch

    def e164(self, cell: str) -> str | None:
        """Return the number of a cell in E.164, or None where a closer look is needed."""
        if not cell.isdigit():
            if cell[:1] == "-" or len(cell) > _LONGEST:
                return None
            cell = cell.translate(_PUNCTUATION)
        match = self._match(cell)
        if match is None:
            return None
        prefix, number = match.group(*self._groups)
        if (prefix and self._is_proof) or self._is_read_so(cell, prefix, number):
            return f"+{self._home.code}{number}"
        return None

    def _is_read_so(self, digits: str, prefix: str | None, national: str) -> bool:
        """Tell whether the library reads the digits as this national number, written as people write it."""
        if not self._is_main and not _is_plain(self._plan, national):
            return False
        if self._home.significant(digits) != national:
            return False
        return bool(prefix) or not self._plan.main.wants_prefix(national)

    def repaired(self, digits: str) -> tuple[str, str] | None:
        """Return a number that lacks its + or its leading zero, and the code of the repair."""
        home = self._home
        if not self._is_main:
            return None
        if self._international(digits):
            # As a national number the digits are of no range, so the library takes the country code off.
            return None if home.is_general(digits) else (f"+{digits}", "missing_plus")
        is_bare = home.national_prefix == "0" and self._match(digits) and home.wants_prefix(digits)
        return (f"+{home.code}{digits}", "lost_zero") if is_bare else None
