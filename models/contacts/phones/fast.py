"""Reading candidates at speed, with the verdicts of the phonenumbers library.

A candidate is an optional + and ASCII digits, so most of what the library does (finding a number in prose,
vanity letters, extensions, other scripts) cannot happen to it. What remains is mirrored here on compiled
patterns. Where the library would refuse the candidate, `read` asks the library itself for the reason.
"""

from phonenumbers.phonemetadata import PhoneMetadata

from models.contacts.phones import library
from models.contacts.phones.reading import Fit, NumberReading
from models.contacts.phones.territory import CALLING_CODES, NumberingPlan, Territory, plan, plan_of, territory

_SHORTEST_NATIONAL = 2
_LONGEST_NATIONAL = 17  # the library's own bounds for a national number


class FastReader:
    """Reads candidates as a person in `region` would mean them; without a region only those with a +."""

    def __init__(self, region: str | None) -> None:
        self.region = region
        self.home = home_of(region)

    def read(self, text: str) -> NumberReading:
        """Return what a candidate reads as; UnreadableError where the library refuses it."""
        return self.peek(text) or library.read(text, self.region)

    def peek(self, text: str) -> NumberReading | None:
        """Return what a candidate reads as, or None for the few that only the library can judge."""
        return _international(text[1:]) if text[:1] == "+" else self._dialled(text)

    def _dialled(self, digits: str) -> NumberReading | None:
        """Read digits without a + (`_maybe_extract_country_code` and what follows it in `parse`)."""
        home = self.home
        if home is None:
            return None
        exit_prefix = home.exit_prefix(digits)
        if exit_prefix and digits[exit_prefix.end() :][:1] != "0":
            return _international(digits[exit_prefix.end() :])
        here = plan(CALLING_CODES[home.code])
        bare = _without_own_code(home, digits)
        return _reading(here, digits, home) if bare is None else _reading(here, bare, here.main)


def home_of(region: str | None) -> Territory | None:
    """Return the rules of a region by its two letters, or None where there is none."""
    meta = PhoneMetadata.metadata_for_region(region) if region else None
    return territory(meta.country_code or 0, meta.id) if meta else None


def _international(digits: str) -> NumberReading | None:
    found = plan_of(digits)
    if found is None or len(digits) <= _SHORTEST_NATIONAL:
        return None
    return _reading(found, digits[len(found.main.code) :], found.main)


def _without_own_code(home: Territory, digits: str) -> str | None:
    """Return the number behind the region's own country code where that is the better reading, else None."""
    if not digits.startswith(home.code):
        return None
    bare = home.stripped(digits[len(home.code) :])
    if not home.is_general(digits) and home.is_general(bare):
        return bare
    return bare if home.fit(digits) is Fit.TOO_LONG else None


def _reading(found: NumberingPlan, number: str, rules: Territory) -> NumberReading | None:
    """Finish a reading by the rules that hold for it; None where the library would refuse the length."""
    if len(number) < _SHORTEST_NATIONAL:
        return None
    national = rules.significant(number)
    if not _SHORTEST_NATIONAL <= len(national) <= _LONGEST_NATIONAL:
        return None
    return NumberReading(found.country_code, national, found.kind(national), found.main.fit(national))
