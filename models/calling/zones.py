"""In which time zone a person is called: their own column, else what the number allows, else nobody knows."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers

from models.calling.zone_names import is_no_place, zones_meant
from models.contacts.phones.normalise import NOWHERE

_OF_THE_MACHINE = frozenset({"localtime", "posixrules", "factory"})
"""Names under which a system keeps its own zone, which says nothing about the person's."""
_NOWHERE = "Etc/Unknown"


@dataclass(frozen=True, slots=True)
class Zones:
    """Every zone the person may be in; without any, `why` says why nobody knows."""

    names: tuple[str, ...]
    why: str = ""


def zones_of(payload: Mapping[str, Any], field: str, e164: str, default: str | None) -> Zones:
    """Return the zones to call a person in, strictest knowledge first.

    A column that holds no place, or a name whose meaning the number leaves in doubt, is no knowledge: the
    contact waits for a person. So it does where the platform keeps two different ones.
    """
    own = _own(payload, field)
    if len(own) > 1:
        return Zones((), f"its {field} stands there twice, with different values")
    if own:
        return _named(own[0], field, e164)
    if of_number := zones_of_number(e164):
        return Zones(of_number)
    if default:
        return Zones((default,))
    return Zones(
        (), "neither the row nor the number tells its time zone, and the policy has no default_timezone"
    )


def _own(payload: Mapping[str, Any], field: str) -> list[str]:
    """Return what the contact's own column holds: at the top, or where ElevenLabs keeps the variables."""
    places = (payload, payload.get("dynamic_variables"))
    held = (
        str(value).strip().replace("\u2212", "-")
        for place in places
        if isinstance(place, Mapping)
        for name, value in place.items()
        if value is not None and name.casefold() == field.casefold()
    )
    return list(dict.fromkeys(value for value in held if value))


def _named(text: str, field: str, e164: str) -> Zones:
    place = known(text)
    if place and not is_no_place(place):
        return Zones((place,))
    meant = zones_meant(text, country_of(e164), zones_of_number(e164))
    if meant:
        return Zones(meant)
    if place:
        return Zones((), f"its {field} names no place, and the number does not tell which one is meant")
    return Zones((), f"its {field} is no IANA time zone, and the number does not tell what else it is")


@lru_cache(maxsize=4096)
def known(name: str) -> str | None:
    """Return the IANA name that is meant, None where the zone database has no such zone."""
    for spelling in (name, "/".join(part.title() for part in name.split("/")), name.upper()):
        if spelling.lower() in _OF_THE_MACHINE:
            return None
        try:
            ZoneInfo(spelling)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            continue
        return spelling
    return None


@lru_cache(maxsize=65_536)
def zones_of_number(e164: str) -> tuple[str, ...]:
    """Return every zone the number may be in by the library's data; none where it cannot tell.

    A number in no range that the library knows may be in any zone of the numbers that begin like it.
    """
    from phonenumbers import timezone  # noqa: PLC0415  0.1 s that only a calling window costs

    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ()
    names = timezone.time_zones_for_number(number)
    if _NOWHERE in names:
        names = timezone.time_zones_for_geographical_number(number)
    usable = tuple(name for name in names if name != _NOWHERE and known(name))
    return usable if len(usable) == len(names) else ()


@lru_cache(maxsize=65_536)
def country_of(e164: str) -> str:
    """Return the ISO 3166 code of a number's country, empty where it has none."""
    try:
        number = phonenumbers.parse(e164)
    except phonenumbers.NumberParseException:
        return ""
    # A number in no known range still has a country by its code.
    region = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )
    return "" if region in NOWHERE else region
