"""The shortest way to a verdict: clean cells whose number is dialled without a remark.

Most rows of most files are such cells, and one compiled expression decides each. What it does not match is
not judged here: it is looked at more closely, at less speed.
"""

import re
from collections.abc import Callable

from models.contacts.fast import home_of
from models.contacts.patterns import NEVER
from models.contacts.reading import Kind
from models.contacts.services import short_pattern
from models.contacts.territory import CALLING_CODES, Plan, Territory, plan, plan_of

_ORDINARY = frozenset(
    {Kind.FIXED_LINE, Kind.MOBILE, Kind.FIXED_LINE_OR_MOBILE, Kind.VOIP, Kind.PERSONAL_NUMBER}
)
_E164 = re.compile(r"\+[1-9][0-9]{6,14}").fullmatch
_WRITTEN = re.compile(r"[0-9(][0-9 ()-]{4,24}").fullmatch
_PUNCTUATION = str.maketrans("", "", " ()-")

_Test = Callable[[str], object]


class OrdinaryNumbers:
    """Finds the E.164 form of clean cells, international or as written in `region`."""

    def __init__(self, region: str | None) -> None:
        self._starts = _Starts()
        home = home_of(region)
        self._at_home = _HomeNumbers(region, home).e164 if region and home else None

    def e164(self, cell: str) -> str | None:
        """Return the number of a cell in E.164, or None where a closer look is needed.

        None says nothing about the number.
        """
        if cell[:1] != "+":
            return self._at_home(cell) if self._at_home else None
        if self._starts[cell[1:4]](cell):
            return cell
        bare = cell.translate(_PUNCTUATION)
        return bare if bare != cell and self._starts[bare[1:4]](bare) else None


class _Starts(dict[str, _Test]):
    """Tests of whole international numbers by their first three digits, made as they are needed."""

    def __missing__(self, start: str) -> _Test:
        found = plan_of(start) if start.isascii() and start.isdigit() else None
        test = self[start] = _test_of(found) if found else _never
        return test


def _never(_: str) -> None:
    return None


def _test_of(found: Plan) -> _Test:
    """Return a test that one expression answers for most numbers, and the whole plan for the others."""
    cut = 1 + len(found.main.code)
    main = found.main.ordinary if found.main.is_here is None else NEVER
    by_main_region = re.compile(rf"\+{found.main.code}{main}", re.ASCII).fullmatch

    def is_ordinary(cell: str) -> object:
        return by_main_region(cell) or (_E164(cell) and _is_ordinary(found, cell[cut:]))

    return is_ordinary


def _is_ordinary(found: Plan, national: str) -> bool:
    return found.kind(national) in _ORDINARY and found.main.significant(national) == national


class _HomeNumbers:
    """Numbers as they are written inside one region."""

    def __init__(self, region: str, home: Territory) -> None:
        self._home = home
        self._plan = plan(CALLING_CODES[home.code])
        # The library asks the main region first, so its expression alone is proof only there.
        self._is_main = self._plan.names[0] == region and home.is_here is None
        number = home.ordinary if self._is_main else "[0-9]{6,14}"
        # Where the country code is also the national prefix (+1), both readings of it give the same number.
        own_code = NEVER if home.national_prefix == home.code else home.code
        closer = rf"{own_code}|(?:{home.exit_pattern})|(?:{short_pattern(region)})\Z"
        pattern = rf"(?!{closer})(?P<prefix>{home.national_prefix})?(?P<number>{number})"
        self._match = re.compile(pattern, re.ASCII).fullmatch

    def e164(self, cell: str) -> str | None:
        """Return the number of a cell in E.164, or None where a closer look is needed."""
        if not _WRITTEN(cell):
            return None
        digits = cell.translate(_PUNCTUATION)
        match = self._match(digits)
        if match is None or not self._is_read_so(digits, match):
            return None
        return f"+{self._home.code}{match['number']}"

    def _is_read_so(self, digits: str, match: re.Match[str]) -> bool:
        """Tell whether the library reads the digits as this national number, written as people write it."""
        if match["prefix"] and self._is_main and self._home.has_simple_prefix:
            return True
        national = match["number"]
        if not self._is_main and self._plan.kind(national) not in _ORDINARY:
            return False
        if self._home.significant(digits) != national:
            return False
        return bool(match["prefix"]) or not self._plan.main.wants_prefix(national)
