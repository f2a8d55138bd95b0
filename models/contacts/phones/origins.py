"""The country that a row tells beside its number: a dial code, a country, or several that must agree."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from models.contacts.phones.countries import Country, country_of, is_nothing
from models.contacts.sheet.names import key, tokens

_DIAL_KEYS: Final = frozenset(
    {
        *("phonecode", "dialcode", "dialingcode", "diallingcode", "callingcode", "countrycallingcode"),
        *("countrydialcode", "countrydialingcode", "isdcode", "isd", "phoneprefix", "countryprefix"),
        *("countryphonecode", "internationalprefix", "intlprefix", "intlcode", "internationalcode"),
        *("dialprefix", "landesvorwahl", "landervorwahl", "laendervorwahl", "indicatifpays", "codigopais"),
        *("codigodepais", "landnummer", "phonecountryprefix", "ctrycode", "phoneccode", "phonecc"),
    }
)
_BESIDE: Final = frozenset(
    {"code", "cc", "prefix", "ccode", "isd", "idd", "ddi", "ctry", "indicatif", "prefijo"}
)
"""Names that mean a dial code only right before the numbers, and only where the cells are dial codes."""
_COUNTRY: Final = frozenset({"country", "countries", "pays", "pais", "paese", "nation", "land", "staat"})
_ABOUT_COUNTRY: Final = frozenset(
    {
        *(
            "code",
            "name",
            "region",
            "iso",
            "iso2",
            "iso3",
            "alpha",
            "2",
            "3",
            "the",
            "of",
            "de",
            "full",
            "cd",
        ),
        *("billing", "shipping", "mailing", "home", "business", "work", "other", "address", "delivery"),
        *("contact", "customer", "default", "primary", "residence", "company", "lead", "person", "user", "1"),
        *("account", "client", "current", "patient", "member", "student", "location", "ship", "bill", "to"),
        *("invoice", "payment", "store", "office", "private", "personal", "main", "short", "territory"),
    }
)
_ABOUT_PHONE: Final = frozenset(
    {"phone", "mobile", "cell", "tel", "telephone", "number", "dial", "dialing", "calling", "isd", "whatsapp"}
)
_QUALIFIERS: Final = frozenset(
    {
        *(
            "phone",
            "mobile",
            "cell",
            "tel",
            "telephone",
            "whatsapp",
            "billing",
            "shipping",
            "mailing",
            "home",
        ),
        *("business", "work", "other", "delivery", "default", "office", "private", "personal"),
    }
)
_MOST_REMEMBERED: Final = 4096


@dataclass(frozen=True, slots=True)
class Origin:
    """How a row's number is read: national ones in `region`, or not at all where `code` says why not.

    `dial` is how a number with a + must start (+44) where a column about the number itself says so.
    """

    region: str | None
    dial: str = ""
    code: str = ""

    @property
    def is_told(self) -> bool:
        """Tell whether a dial code stands beside the number, so that it lacks its zero with good reason."""
        return bool(self.dial)


@dataclass(frozen=True, slots=True)
class OriginColumn:
    """A column that tells the country, and whether it speaks of the number rather than of an address."""

    index: int
    name: str
    is_of_number: bool


def origin_columns(
    header: Sequence[str], rows: Sequence[Sequence[str]], number: int
) -> tuple[OriginColumn, ...]:
    """List the columns that tell the country of the numbers in one column.

    Billing Country goes with Billing Phone: columns that share a word with the number's name, and those
    without any such word, are taken before all.
    """
    found = [
        OriginColumn(index, name, is_of_number=kind == "number")
        for index, name in enumerate(header)
        if index != number and (kind := _kind(name, index, rows, number))
    ]
    ours = set(tokens(header[number])) & _QUALIFIERS
    near = [one for one in found if ours & set(tokens(one.name))]
    plain = [one for one in found if not set(tokens(one.name)) & _QUALIFIERS]
    return tuple(sorted([*near, *plain], key=lambda one: one.index)) if near or plain else tuple(found)


def _kind(name: str, index: int, rows: Sequence[Sequence[str]], number: int) -> str:
    known, words = key(name), set(tokens(name))
    if known in _DIAL_KEYS:
        return "number"
    if known in _BESIDE and index == number - 1 and _are_dial_codes(rows, index):
        return "number"
    if "countryregion" in known or not words.isdisjoint(_COUNTRY):
        rest = words - _COUNTRY - {"countryregion"}
        if rest <= _ABOUT_COUNTRY | _ABOUT_PHONE:
            return "address" if rest.isdisjoint(_ABOUT_PHONE) else "number"
    return ""


def _are_dial_codes(rows: Sequence[Sequence[str]], index: int) -> bool:
    cells = [row[index] for row in rows if index < len(row) and not is_nothing(row[index])]
    return bool(cells) and all(country_of(cell) is not None for cell in cells)


class Origins:
    """Reads the country of each row for the numbers of one column; `region` is the file's own."""

    def __init__(self, columns: Sequence[OriginColumn], region: str | None) -> None:
        self._columns = columns
        self._region = region
        self._known: dict[tuple[str, ...], Origin] = {}
        self._regions: set[int] = set()
        home = country_of(region) if region else None
        self._home = home.code if home else None

    def learn(self, cells: Sequence[str]) -> None:
        """Remember which countries the file names: a row without one is not taken for the file's own then."""
        for column in self._columns:
            country = country_of(self._cell(cells, column))
            if country:
                self._regions.add(country.code)

    def of(self, cells: Sequence[str]) -> Origin:
        """Return how the number of a row is read."""
        texts = tuple([self._cell(cells, column) for column in self._columns])
        found = self._known.get(texts)
        if found is None:
            if len(self._known) >= _MOST_REMEMBERED:
                self._known.clear()
            found = self._known[texts] = self._judge(texts)
        return found

    @staticmethod
    def _cell(cells: Sequence[str], column: OriginColumn) -> str:
        return cells[column.index] if column.index < len(cells) else ""

    def _judge(self, texts: Sequence[str]) -> Origin:
        told = [
            (column, country_of(text))
            for column, text in zip(self._columns, texts, strict=True)
            if not is_nothing(text)
        ]
        countries = [country for _, country in told if country is not None]
        of_number = {country.code for column, country in told if column.is_of_number and country is not None}
        if len(of_number) > 1:
            return Origin(None, dial="-", code="country_contradicts")
        dial = f"+{min(of_number)}" if of_number else ""
        if len({country.code for country in countries}) > 1:
            return Origin(None, dial, "country_contradicts")
        if len(countries) < len(told):
            return Origin(None, dial, "country_unknown")
        if not countries:
            return (
                Origin(None, code="country_missing") if self._regions - {self._home} else Origin(self._region)
            )
        return Origin(self._best(countries), dial)

    def _best(self, countries: Sequence[Country]) -> str:
        """Choose among countries of one calling code: the file's own, or one named by its letters."""
        regions = [country.region for country in countries]
        return self._region if self._region and countries[0].code == self._home else regions[-1]
