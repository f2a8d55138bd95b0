"""The verdict on one candidate: may it be dialled, as what, and if not, why not."""

from dataclasses import dataclass, field, replace
from typing import Final

from models.contacts.phones.fast import FastReader
from models.contacts.phones.ordinary import OrdinaryNumbers
from models.contacts.phones.patterns import SHORTEST
from models.contacts.phones.reading import Fit, NumberKind, NumberReading, UnreadableError
from models.contacts.phones.services import is_crisis_line, is_short_line, services
from models.contacts.phones.spellings import without_lapsed_prefix
from models.contacts.phones.territory import Territory, plan

_REMARKS: Final = {
    NumberKind.TOLL_FREE: "toll_free",
    NumberKind.SHARED_COST: "shared_cost",
    NumberKind.PAGER: "pager",
    NumberKind.UAN: "uan",
    NumberKind.VOICEMAIL: "voicemail",
}
_BY_FIT: Final = {
    Fit.POSSIBLE: "possible_not_valid",
    Fit.TOO_SHORT: "too_short",
    Fit.TOO_LONG: "too_long",
    Fit.LOCAL_ONLY: "local_only",
    Fit.WRONG_LENGTH: "wrong_length",
    Fit.UNKNOWN_COUNTRY: "unknown_country_code",
}
_UNCERTAIN: Final = frozenset({"ambiguous_country_code", "foreign_without_plus", "foreign_exit_code"})
"""Codes of numbers that may mean several: nobody can be recognised by them."""


@dataclass(frozen=True, slots=True)
class NumberVerdict:
    """What is known of one number: `e164` is set if and only if it may be dialled; `codes` are remarks.

    `read` is the number as it was understood, whether it may be dialled or not. `may_be_new` is True for a
    possible number of no known range against which nothing else speaks: the library's data lag behind.
    """

    e164: str | None = field(repr=False)
    codes: tuple[str, ...] = ()
    read: str | None = field(default=None, repr=False, compare=False)
    may_be_new: bool = field(default=False, compare=False)


class NumberChecker:
    """Judges candidates by the numbering plans, with `region` (two letters) as the file's own country.

    Without a region only numbers with a + are understood. Premium-rate numbers are held unless `premium`
    allows them. ValueError for a region that does not exist.
    """

    def __init__(self, region: str | None, *, premium: bool = False) -> None:
        self.region = region.strip().upper() if region else None
        self._reader = FastReader(self.region)
        if self.region and self._reader.home is None:
            raise ValueError(
                f"There is no region {self.region!r}: give the two letters of a country, such as AU or GB."
            )
        self._services = services(self.region)
        self._premium = premium
        self.ordinary = OrdinaryNumbers(self.region)
        """The shortest way from a clean cell to E.164; where it has no answer, `check` must look closer."""

    def check(self, text: str) -> NumberVerdict:
        """Return the verdict on a candidate: an optional + and ASCII digits."""
        repaired = self.ordinary.repaired(text)
        return NumberVerdict(repaired[0], repaired[1:]) if repaired else self.closely(text)

    def closely(self, text: str) -> NumberVerdict:
        """Return the verdict on a candidate without any shortcut."""
        if self._services.is_emergency(text):
            return _held("emergency")
        reading = self._read(text)
        if isinstance(reading, str):
            return _held(self._why_unreadable(text, reading))
        verdict = self._valid(text, reading) if reading.is_valid else self._not_valid(text, reading)
        return verdict if verdict.read else replace(verdict, read=verdict.e164 or _certain(verdict, reading))

    def _read(self, text: str) -> NumberReading | str:
        try:
            return self._reader.read(text)
        except UnreadableError as refusal:
            return str(refusal)

    def _why_unreadable(self, text: str, code: str) -> str:
        return "short_number" if self._services.is_short(text) else code

    def _valid(self, text: str, reading: NumberReading) -> NumberVerdict:
        if is_crisis_line(reading):
            return _held("crisis")
        if is_short_line(reading):
            return _held("short_number")
        if len(reading.e164) <= SHORTEST:
            return _held("too_short")
        codes = []
        if reading.kind is NumberKind.PREMIUM_RATE:
            if not self._premium:
                return _held("premium")
            codes.append("premium_allowed")
        elif reading.kind in _REMARKS:
            codes.append(_REMARKS[reading.kind])
        repair = self._repair(text, reading)
        if repair == "ambiguous_country_code":
            return _held(repair)
        return NumberVerdict(reading.e164, (*([repair] if repair else []), *codes))

    def _repair(self, text: str, reading: NumberReading) -> str | None:
        """Name what was missing from a valid number of the own country as it is written in the file."""
        home = self._reader.home
        if home is None or text.startswith("+") or str(reading.country_code) != home.code:
            return None
        if text == home.code + reading.national:
            return None if home.national_prefix == home.code else "missing_plus"
        if text != reading.national:
            return None
        if text.startswith(home.code) and self._is_own("+" + text, home):
            return "ambiguous_country_code"
        wanted = home.national_prefix == "0" and plan(reading.country_code).main.wants_prefix(text)
        return "lost_zero" if wanted else None

    def _is_own(self, text: str, home: Territory) -> bool:
        """Tell whether the text reads as a valid number of the own country."""
        found = self._reader.peek(text)
        return found is not None and found.is_valid and str(found.country_code) == home.code

    def _is_valid(self, text: str) -> bool:
        found = self._reader.peek(text)
        return found is not None and found.is_valid

    def _not_valid(self, text: str, reading: NumberReading) -> NumberVerdict:
        if is_crisis_line(reading):
            return _held("crisis")
        if text.startswith("+"):
            service = _service_abroad(reading)
        elif self._services.reaches_emergency(text):
            service = "emergency"
        else:
            service = "short_number" if self._services.is_short(text) else None
        if service:
            return _held(service)
        otherwise = self._lapsed(reading) or (None if text.startswith("+") else self._otherwise(text))
        return otherwise or NumberVerdict(None, (_BY_FIT[reading.fit],), may_be_new=_may_be_new(reading))

    def _lapsed(self, reading: NumberReading) -> NumberVerdict | None:
        """Take off a prefix that a country has given up, where a valid number is left."""
        found = without_lapsed_prefix(reading.e164)
        if found is None:
            return None
        verdict = self.check(found)
        return replace(verdict, codes=("old_prefix", *verdict.codes)) if verdict.e164 else verdict

    def _otherwise(self, text: str) -> NumberVerdict | None:
        """Look for the one reading under which an invalid number is valid; repair it only at home."""
        home = self._reader.home
        if home is None:
            return None
        if text.startswith("00") and self._is_valid("+" + text[2:]):
            return self._international("+" + text[2:], home, "exit_code", "foreign_exit_code")
        if self._is_valid("+" + text):
            return self._international("+" + text, home, "missing_plus", "foreign_without_plus")
        if text[0] != "0" and self._is_own("0" + text, home):
            return _held("lost_zero_unsure")
        return None

    def _international(self, text: str, home: Territory, at_home: str, foreign: str) -> NumberVerdict:
        if not self._is_own(text, home):
            return _held(foreign)
        verdict = self.check(text)
        return verdict if verdict.e164 is None else NumberVerdict(verdict.e164, (at_home, *verdict.codes))


def _service_abroad(reading: NumberReading) -> str | None:
    """Name the service that a national number is in any country of its code, None where it is none."""
    there = [services(name) for name in plan(reading.country_code).names]
    if any(one.is_emergency(reading.national) for one in there):
        return "emergency"
    return "short_number" if any(one.is_short(reading.national) for one in there) else None


def _may_be_new(reading: NumberReading) -> bool:
    rules = plan(reading.country_code).main
    is_long = len(reading.national) >= rules.shortest and len(reading.e164) > SHORTEST
    return reading.fit is Fit.POSSIBLE and is_long and not rules.looks_premium(reading.national)


def _certain(verdict: NumberVerdict, reading: NumberReading) -> str | None:
    return None if _UNCERTAIN.intersection(verdict.codes) else reading.e164


def _held(code: str) -> NumberVerdict:
    return NumberVerdict(None, (code,))
