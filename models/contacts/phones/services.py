"""Emergency, crisis and short service numbers, which nobody's contact file or job may make us dial."""

import csv
from functools import cache
from importlib.resources import files
from typing import Final

import phonenumbers
from phonenumbers.phonemetadata import PhoneMetadata

from models.contacts.phones.patterns import exact_matcher, matcher
from models.contacts.phones.reading import NumberKind, NumberReading

EVERYWHERE: Final = frozenset({"000", "112", "911", "999"})
"""Emergency numbers that many networks redirect whatever the country."""
_SERVICE_KINDS = frozenset(
    {NumberKind.TOLL_FREE, NumberKind.SHARED_COST, NumberKind.PREMIUM_RATE, NumberKind.UAN}
)
_SHORT = 6
"""Digits up to which a service line is dialled like a short code: Australia's 13 11 14 is a crisis line.

No emergency number in the library's metadata is longer either."""


class ServiceNumbers:
    """The emergency and short numbers of one region; without a region only those known everywhere."""

    def __init__(self, region: str | None) -> None:
        meta = PhoneMetadata.short_metadata_for_region(region) if region else None
        self._region = region if meta else None
        self._general = exact_matcher(meta.general_desc if meta else None)
        self._short = exact_matcher(meta.short_code if meta else None)
        self._emergency = matcher(meta.emergency.national_number_pattern if meta and meta.emergency else None)

    def is_emergency(self, digits: str) -> bool:
        """Tell whether the digits are exactly an emergency number."""
        if digits in EVERYWHERE:
            return True
        if self._region is None or len(digits) > _SHORT:
            return False
        return phonenumbers.is_emergency_number(digits, self._region)

    def reaches_emergency(self, digits: str) -> bool:
        """Tell whether dialling the digits might connect to an emergency service, further digits ignored."""
        if self._region is None or not self._emergency(digits):
            return False
        return phonenumbers.connects_to_emergency_number(digits, self._region)

    def is_short(self, digits: str) -> bool:
        """Tell whether the digits are a short code of the region."""
        return bool(self._general(digits) and self._short(digits))


@cache
def services(region: str | None) -> ServiceNumbers:
    """Return the service numbers of a region."""
    return ServiceNumbers(region)


@cache
def crisis_lines() -> frozenset[str]:
    """Return the crisis lines of the packaged list, `models/data/crisis_lines.csv`, as E.164 has them.

    Short ones stand with their country code in front, as `NumberReading.e164` writes them.
    """
    text = files("models").joinpath("data", "crisis_lines.csv").read_text(encoding="utf-8")
    return frozenset(f"+{row['code']}{row['number']}" for row in csv.DictReader(text.splitlines()))


def crisis_lines_of(code: str) -> list[str]:
    """Return the national numbers of the crisis lines behind a calling code."""
    return sorted(line[1 + len(code) :] for line in crisis_lines() if line.startswith(f"+{code}"))


def is_crisis_line(reading: NumberReading) -> bool:
    """Tell whether people in need call this number: a machine must not keep its line busy."""
    return reading.e164 in crisis_lines()


def is_short_line(reading: NumberReading) -> bool:
    """Tell whether a valid number is a service line that is dialled like a short code."""
    return reading.kind in _SERVICE_KINDS and len(reading.national) <= _SHORT


def short_pattern(region: str) -> str:
    """Return a pattern of the region's short and emergency numbers."""
    meta = PhoneMetadata.short_metadata_for_region(region)
    descs = [meta.short_code, meta.emergency] if meta else []
    return "|".join(
        [*EVERYWHERE, *(d.national_number_pattern for d in descs if d and d.national_number_pattern)]
    )
