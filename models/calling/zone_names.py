"""Names of time zones that are no places, resolved where the number leaves no doubt what they mean.

EST says nothing of summer time, +10:00 is Brisbane or Sydney, and "Eastern Standard Time" is New York to
Windows and Sydney to an Australian. What stays in doubt is no knowledge.
"""

import csv
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from tzlocal.windows_tz import win_tz

_LED = re.compile(r"\((?:UTC|GMT)(?:\s*[+-]\d{1,2}:?\d{2})?\)\s*(\S.*)")
"""A name with its offset in front, as Windows and Rails show it."""
_OFFSET = re.compile(r"\(?(?:UTC|GMT)?\s*([+-])\s*(\d{1,2})(?::?([0-5]\d))?\)?", re.IGNORECASE)
_POSIX = re.compile(r"Etc/GMT([+-]\d{1,2})", re.IGNORECASE)
_NOUGHT: Final = ("utc", "uct", "universal", "zulu")
_ZERO: Final = frozenset({"z", *_NOUGHT, *(f"etc/{name}" for name in _NOUGHT)})
_ABBREVIATION = re.compile(r"(?:Etc/)?([A-Z]{2,5}?)(?:0|[+-]0|\d[A-Z]{3})?", re.IGNORECASE)
_SEASON = re.compile(r"(.+?) (?:Standard |Daylight )?Time( \(\w+\))?", re.IGNORECASE)
_SHORT: Final = {"ET": "EST", "CT": "CST", "MT": "MST", "PT": "PST", "AKT": "AKST", "GREENWICH": "GMT"}
"""Abbreviations without a season, by one that the zone database has."""
_MOST_HOURS = 14
_YEAR: Final = tuple(datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=7 * week) for week in range(53))
"""Moments by which zones are compared: each week of one year."""


def is_no_place(name: str) -> bool:
    """Tell whether a name of the zone database stands for an offset or an abbreviation and for no place."""
    plain = name.casefold()
    if plain in _ZERO or plain.startswith(("etc/", "posix/", "right/", "systemv/")):
        return True
    return "/" not in name and bool(_ABBREVIATION.fullmatch(name)) and name.upper() not in _COUNTRIES


_COUNTRIES: Final = frozenset(
    ["CUBA", "EGYPT", "EIRE", "GB", "IRAN", "JAPAN", "LIBYA", "NZ", "PRC", "ROC", "ROK"]
)
"""Short names of the zone database that are countries."""


def zones_meant(text: str, country: str, of_number: Iterable[str]) -> tuple[str, ...]:
    """Return every zone that a name may mean for a number of a country; none where that is in doubt.

    `of_number` are the zones that the number itself may be in. Several zones have to be open at once.
    """
    led = _LED.fullmatch(text)
    name = led[1].strip() if led else text
    if (offset := _offset(name)) is not None:
        return tuple(zone for zone in zones_of_country(country) if offset in _offsets(zone))
    if zone := _long_names().get(_plain(name)):
        return (zone,) if any(_clock(zone) == _clock(one) for one in zones_of_country(country)) else ()
    return tuple(zone for zone in of_number if _abbreviation(name) in _abbreviations(zone))


def _offset(name: str) -> timedelta | None:
    if name.casefold() in _ZERO:
        return timedelta()
    if posix := _POSIX.fullmatch(name):
        return timedelta(hours=-int(posix[1]))  # POSIX counts westward
    found = _OFFSET.fullmatch(name)
    if found is None or int(found[2]) > _MOST_HOURS:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return -offset if found[1] == "-" else offset


def _abbreviation(name: str) -> str:
    found = _ABBREVIATION.fullmatch(name)
    short = found[1].upper() if found else ""
    return _SHORT.get(name.upper(), short)


def _plain(name: str) -> str:
    """Return the key of a long name: without case, and with one word for all seasons."""
    name = " ".join(name.split()).casefold()
    if name in _rails():
        return name
    season = _SEASON.fullmatch(name)
    return f"{season[1]} standard time{season[2] or ''}" if season else name


@cache
def _rails() -> dict[str, str]:
    text = files("models").joinpath("data", "rails_zones.csv").read_text(encoding="utf-8")
    return {row["name"].casefold(): row["zone"] for row in csv.DictReader(text.splitlines())}


@cache
def _long_names() -> dict[str, str]:
    places = {name.casefold(): zone for name, zone in win_tz.items() if not zone.startswith("Etc/")}
    return {**places, **_rails()}


@cache
def zones_of_country(country: str) -> tuple[str, ...]:
    """Return the zones of a country by its ISO 3166 code, none where the zone database has no such one."""
    text = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if not line.startswith("#"))
    return tuple(row[2] for row in rows if row[0] == country)


@lru_cache(maxsize=1024)
def _clock(zone: str) -> tuple[timedelta | None, ...]:
    return tuple(moment.utcoffset() for moment in _year(zone))


@lru_cache(maxsize=1024)
def _offsets(zone: str) -> frozenset[timedelta | None]:
    return frozenset(_clock(zone))


@lru_cache(maxsize=1024)
def _abbreviations(zone: str) -> frozenset[str]:
    return frozenset(moment.tzname() or "" for moment in _year(zone))


def _year(zone: str) -> Iterator[datetime]:
    return (moment.astimezone(ZoneInfo(zone)) for moment in _YEAR)
