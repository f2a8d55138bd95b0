"""A phone number as a job carries it, brought to E.164 or named as what is wrong with it."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache, lru_cache

import phonenumbers

from models.contacts.clean import clean
from models.contacts.phones.fast import home_of
from models.contacts.phones.numbers import NumberChecker, NumberVerdict
from models.contacts.phones.spellings import person_of, spellings_of

__all__ = ["CLEAN", "NOWHERE", "Number", "country_code", "normalise", "person_of", "regions", "spellings_of"]

CLEAN = re.compile(r"\+[1-9]\d{6,14}")
"""E.164 as ITU-T writes it: a plus, a country code, 15 digits at the most."""

_PROBLEMS = {
    "empty": "the row has no number",
    "emergency": "an emergency number is never dialled",
    "crisis": "a crisis line is never dialled",
    "short_number": "a short or service number is never dialled",
    "premium": "a premium-rate number is never dialled",
    "local_only": "the number lacks its area code",
    "too_short": "the number has the wrong length for its country",
    "too_long": "the number has the wrong length for its country",
    "wrong_length": "the number has the wrong length for its country",
    "several_numbers": "the row holds several numbers; nobody knows which is meant",
    "possible_not_valid": "no line of its country has such a number",
    "lost_zero_unsure": "the number may have lost its leading zero",
    "foreign_without_plus": "without a + the number is only valid as one of another country",
    "foreign_exit_code": "with 00 instead of a + the number is only valid as one of another country",
    "ambiguous_country_code": "without a + the number can be read in two ways",
    "needs_region": "this is not a phone number with a country code, and the policy has no default_region",
}
_NO_NUMBER = "this is not a phone number"


@dataclass(frozen=True, slots=True)
class Number:
    """One number after normalisation; `e164` is None where nobody may be dialled on it."""

    e164: str | None
    problem: str | None = None
    warning: str | None = None
    read: str | None = field(default=None, repr=False)
    """What was understood where nobody may be dialled on it: an old spelling still tells the person."""

    @property
    def prefix(self) -> str:
        """Return the first digits, enough to tell carriers and areas apart in a stratified sample."""
        return (self.e164 or "")[:6]

    @property
    def person(self) -> str | None:
        """Return who is called on it, as `person_of` names people; None where it is nobody's number.

        An old spelling cannot be dialled any more, and is somebody's all the same.
        """
        if self.e164:
            return person_of(self.e164)
        person = person_of(self.read) if self.read else None
        return person if person != self.read else None


@lru_cache(maxsize=65_536)
def normalise(raw: str | None, region: str | None = None) -> Number:
    """Read a number as a platform stores it, by the rules that contact files are read by.

    A number the library calls possible but not valid is kept with a warning: new ranges lag in its
    data, and the platform has taken it. Emergency, crisis, short and premium numbers are never dialled.
    """
    cell = clean(raw or "")
    if cell.text is None or cell.count > 1:
        return _bad("several_numbers" if cell.count > 1 else cell.codes[-1])
    verdict = _checker(region).check(cell.text)
    return Number(verdict.e164) if verdict.e164 else _held(verdict)


def _held(verdict: NumberVerdict) -> Number:
    if verdict.may_be_new:
        return Number(verdict.read, warning="the number is possible but in no range that the library knows")
    return _bad(verdict.codes[-1], verdict.read)


def _bad(code: str, read: str | None = None) -> Number:
    return Number(None, _PROBLEMS.get(code, _NO_NUMBER), read=read)


@cache
def _checker(region: str | None) -> NumberChecker:
    code = (region or "").strip().upper()
    return NumberChecker(code if home_of(code) else None)


def regions(numbers: Iterable[str]) -> tuple[str, ...]:
    """Return the countries of some E.164 numbers, the most frequent first and ties by their code."""
    counted = Counter(country_code(number) for number in numbers)
    ordered = sorted(counted.items(), key=lambda item: (-item[1], item[0]))
    found = (phonenumbers.region_code_for_country_code(code) for code, _ in ordered)
    return tuple(region for region in found if region not in NOWHERE)


NOWHERE = frozenset({"ZZ", "001"})
"""What the library calls no country, and the codes of no country: satellites, international freephone."""


def country_code(e164: str) -> int:
    """Return the country code of an E.164 number, 0 where the library knows none; no code begins another."""
    codes = (int(e164[1:end]) for end in range(2, 5) if e164[1:end].isdecimal())
    return next((code for code in codes if code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE), 0)
