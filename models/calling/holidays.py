"""Public holidays of a country, from the `holidays` library (MIT), loaded when one is asked for."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Calendar:
    """Whose holidays count: a country by ISO 3166 code, empty for none; with all its parts where `regional`.

    A phone number does not tell the part of its country, so `regional` closes on the holidays of any part.
    """

    country: str = ""
    regional: bool = False

    def has(self, day: date) -> bool:
        """Tell whether the day is a public holiday; a country that the library does not know has none."""
        return day in _days(self.country, self.regional, day.year)


NO_HOLIDAYS = Calendar()


@lru_cache(maxsize=512)
def _days(country: str, regional: bool, year: int) -> frozenset[date]:
    if not country:
        return frozenset()
    import holidays  # noqa: PLC0415  0.2 s that only a calling window costs

    try:
        national = holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return frozenset()
    parts = national.subdivisions if regional else ()
    found = [holidays.country_holidays(country, subdiv=part, years=year) for part in parts]
    return frozenset(national).union(*found)
