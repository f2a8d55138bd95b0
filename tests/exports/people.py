"""People of made-up exports: their numbers by country, and the ways in which files spell these."""

from dataclasses import dataclass, field
from random import Random

COUNTRIES = {
    "AU": ("61", "0", "412{:06d}", ("Australia", "AU", "AUS")),
    "GB": ("44", "0", "74001{:05d}", ("United Kingdom", "GB", "GBR")),
    "US": ("1", "", "212555{:04d}", ("United States", "US", "USA")),
    "FR": ("33", "0", "612{:06d}", ("France", "FR", "FRA")),
    "DE": ("49", "0", "1512{:07d}", ("Germany", "DE", "Deutschland")),
    "IN": ("91", "0", "98765{:05d}", ("India", "IN", "IND")),
    "NZ": ("64", "0", "21{:06d}", ("New Zealand", "NZ", "NZL")),
}
"""By region: dial code, trunk prefix, a national number to fill in, and names of the country."""
SURE = ("e164", "spaced", "national", "grouped", "formula", "apostrophe", "tel")
"""Spellings that leave no doubt in the number's own country."""
UNSURE = ("bare", "no_plus", "float", "lost", "short", "words", "date")
"""Spellings in which something is lost: either the right number comes out of them, or none."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number: its region and its national part without a trunk prefix."""

    region: str
    national: str

    @property
    def e164(self) -> str:
        """The number as it is dialled."""
        return f"+{COUNTRIES[self.region][0]}{self.national}"

    def spelt(self, form: str) -> str:
        """Return the number as a file spells it."""
        dial, trunk, *_ = COUNTRIES[self.region]
        n = self.national
        forms = {
            "e164": self.e164,
            "spaced": f"+{dial} {n[:3]} {n[3:6]} {n[6:]}",
            "national": trunk + n,
            "grouped": f"({trunk}{n[:3]}) {n[3:6]}-{n[6:]}",
            "formula": f'="{self.e164}"',
            "apostrophe": f"'{self.e164}",
            "tel": f"tel:{self.e164}",
            "bare": n,
            "no_plus": dial + n,
            "float": f"{dial}{n}.0",
            "lost": f"{float(dial + n):.2E}",
            "short": n[:5],
            "words": "ask Kim",
            "date": "2026-05-01",
        }
        return forms[form]


@dataclass(slots=True)
class Person:
    """One row: what it says, the numbers that are right for it, and whether it must come out dialled."""

    number: Number
    may_call: bool = True
    must: bool = False
    right: set[str] = field(default_factory=set)


class Crowd:
    """Makes people, none with another's number."""

    def __init__(self, dice: Random) -> None:
        self.dice = dice
        self._used = dice.randrange(1, 1000)

    def number(self, region: str) -> Number:
        """Return a number that nobody has yet."""
        self._used += 1
        return Number(region, COUNTRIES[region][2].format(self._used * 7 % 10_000))

    def form(self) -> str:
        """Return a way of spelling, mostly one that leaves no doubt."""
        return self.dice.choice(SURE if self.dice.random() < 0.8 else UNSURE)

    def name(self) -> str:
        """Return a first name, some with what trips careless readers."""
        return self.dice.choice(
            ["Ann", "Björn", "Chloé", "O'Brien", 'Eve "Evi"', "Smith, Jo", "Copy, Al", "Zoë"]
        )
