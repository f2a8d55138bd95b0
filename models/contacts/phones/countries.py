"""The country or dial code that a cell names, in letters, in words or in digits."""

import csv
import io
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS, country_code_for_region

from models.contacts.sheet.names import key

_SPELLINGS: Final = {
    "ascensionisland": "AC",
    **dict.fromkeys(("uae", "emirates"), "AE"),
    "bruneidarussalam": "BN",
    "boliviaplurinationalstateof": "BO",
    "thebahamas": "BS",
    **dict.fromkeys(("democraticrepublicofthecongo", "congodemocraticrepublicofthe", "drcongo"), "CD"),
    "ivorycoast": "CI",
    "czechia": "CZ",
    **dict.fromkeys(
        (
            "uk",
            "greatbritain",
            "britain",
            "england",
            "scotland",
            "wales",
            "northernireland",
            "unitedkingdomofgreatbritainandnorthernireland",
        ),
        "GB",
    ),
    "thegambia": "GM",
    **dict.fromkeys(("hongkongsarchina", "hongkongsar"), "HK"),
    **dict.fromkeys(("republicofireland", "eire"), "IE"),
    "iranislamicrepublicof": "IR",
    **dict.fromkeys(("republicofkorea", "korearepublicof"), "KR"),
    "laopeoplesdemocraticrepublic": "LA",
    "moldovarepublicof": "MD",
    "northmacedonia": "MK",
    "burma": "MM",
    **dict.fromkeys(("macau", "macaosarchina"), "MO"),
    **dict.fromkeys(("holland", "thenetherlands", "netherlandskingdomofthe"), "NL"),
    "palestinestateof": "PS",
    "russianfederation": "RU",
    "syrianarabrepublic": "SY",
    "eswatini": "SZ",
    "taiwanprovinceofchina": "TW",
    "tanzaniaunitedrepublicof": "TZ",
    **dict.fromkeys(("usa", "us", "unitedstatesofamerica", "america", "estadosunidosdeamerica"), "US"),
    "venezuelabolivarianrepublicof": "VE",
    "vietnamsocialistrepublicof": "VN",
    "kosovo": "XK",
}
"""Spellings beside those of the table, compared by `key`."""
_NOTHING = re.compile(
    r"[\s\-\u2013\u2014.]*|n/?a|null|none|nil|unknown|undefined|not set|select.*", re.IGNORECASE
)
_DIALLED = re.compile(r"(?:\+|00)?\s*([1-9][0-9]{0,2})(?:\.0+)?")
_NORTH_AMERICAN = re.compile(r"(?:\+|00)?\s*1[\s-]?[2-9][0-9]{2}")
_IN_DIGITS = re.compile(r"\(?\s*(?:\+|00)?\s*[0-9][0-9\s.\-]*\)?")


@dataclass(frozen=True, slots=True)
class Country:
    """A country by its two letters and its calling code; from a code alone, the code's main country."""

    region: str
    code: int


def is_nothing(cell: str) -> bool:
    """Tell whether a cell names no country at all."""
    return _NOTHING.fullmatch(cell.strip()) is not None


def country_of(cell: str) -> Country | None:
    """Return the country of a cell, or None where it is not known or says two things."""
    text = cell.strip().strip("'\"").strip()
    match = _IN_DIGITS.search(text)
    if match is None:
        return _named(text)
    code = _dialled(match[0].strip("() "))
    rest = (text[: match.start()] + text[match.end() :]).strip(" +()-:,;=/")
    if not rest or code is None:
        return code if not rest else None
    country = _named(rest)
    return country if country and country.code == code.code else None


def _dialled(text: str) -> Country | None:
    if _NORTH_AMERICAN.fullmatch(text):
        return Country("US", 1)
    match = _DIALLED.fullmatch(text)
    regions = COUNTRY_CODE_TO_REGION_CODE.get(int(match[1])) if match else None
    if match is None or not regions or regions[0] == "001":
        return None
    return Country(regions[0], int(match[1]))


def _named(text: str) -> Country | None:
    """Read letters: two, three, or a name in any language, with or without a remark in brackets."""
    bare = re.sub(r"\(.*?\)", "", text)
    for spelling in (text, bare, bare.split(",")[0]):
        region = _region(key(spelling))
        if region:
            return Country(region, country_code_for_region(region))
    return None


def _region(name: str) -> str | None:
    if name in _SPELLINGS:
        return _SPELLINGS[name]
    if name.upper() in SUPPORTED_REGIONS:
        return name.upper()
    return _table().get(name)


@cache
def _table() -> dict[str, str]:
    """Return regions by their alpha-3 code and by their names, each as `key` returns it."""
    text = files("models").joinpath("data", "countries.csv").read_text(encoding="utf-8")
    found = {}
    for row in csv.DictReader(io.StringIO(text)):
        for name in (row["alpha_3"], *row["names"].split("; ")):
            found[key(name)] = row["region"]
    del found[""]
    return found
