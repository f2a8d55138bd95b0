"""A phone number as a job carries it, brought to E.164 or named as what is wrong with it."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberType, ValidationResult

CLEAN = re.compile(r"\+[1-9]\d{6,14}")
"""E.164 as ITU-T writes it: a plus, a country code, 15 digits at the most."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number after normalisation; `e164` is None where nobody may be dialled on it."""

    e164: str | None
    problem: str | None = None
    warning: str | None = None

    @property
    def prefix(self) -> str:
        """Return the first digits, enough to tell carriers and areas apart in a stratified sample."""
        return (self.e164 or "")[:6]


@lru_cache(maxsize=65_536)
def normalise(raw: str | None, region: str | None = None) -> Number:
    """Read a number as a platform stores it.

    A number the library calls possible but not valid is kept with a warning: new ranges lag in its
    data, and the platform has taken it. Emergency, short and premium numbers are never dialled.
    """
    text = (raw or "").strip()
    if not text:
        return Number(None, "the row has no number")
    if region and phonenumbers.is_emergency_number(text, region):
        return Number(None, "an emergency number is never dialled")
    try:
        parsed = phonenumbers.parse(text, region)
    except NumberParseException:
        return Number(None, "this is not a phone number")
    return _judge(parsed)


def _judge(parsed: phonenumbers.PhoneNumber) -> Number:
    reason = phonenumbers.is_possible_number_with_reason(parsed)
    if reason == ValidationResult.IS_POSSIBLE_LOCAL_ONLY:
        return Number(None, "the number lacks its area code")
    if reason != ValidationResult.IS_POSSIBLE:
        return Number(None, "the number has the wrong length for its country")
    e164 = phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    if not CLEAN.fullmatch(e164):
        return Number(None, "the number is too short to be dialled from abroad")
    kind = phonenumbers.number_type(parsed)
    if kind == PhoneNumberType.PREMIUM_RATE:
        return Number(None, "a premium-rate number is never dialled")
    if kind == PhoneNumberType.UNKNOWN:
        return Number(e164, warning="the number is possible but in no range that the library knows")
    return Number(e164)


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
