"""Finding a row of the reason tables by system and code, exactly or within a range of codes."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from models.reasons.ruling import Ruling

Key = tuple[str, str]

_RANGE = re.compile(r"([a-z]*)(\d+)-\1(\d+)")
_POINT = re.compile(r"([a-z]*)(\d+)")


@dataclass(frozen=True, slots=True)
class CodeRange:
    """A row's code that stands for several, such as 300-399 or D10-D17; both ends belong to it."""

    system: str
    prefix: str
    low: int
    high: int

    def holds(self, system: str, code: str) -> bool:
        """Tell whether a key, as `key` gives it, lies in the range."""
        point = _POINT.fullmatch(code)
        if point is None or (system, point[1]) != (self.system, self.prefix):
            return False
        return self.low <= int(point[2]) <= self.high


def code_range(system: str, code: str) -> CodeRange | None:
    """Return the range that a code stands for, or None where it is a single code."""
    system, code = key(system, code)
    span = _RANGE.fullmatch(code)
    return CodeRange(system, span[1], int(span[2]), int(span[3])) if span else None


@dataclass(frozen=True, slots=True)
class Index:
    """Rows by system and code, upper and lower case alike; an exact row goes before a range."""

    exact: Mapping[Key, Ruling]
    ranges: tuple[tuple[CodeRange, Ruling], ...]

    @classmethod
    def of(cls, rulings: Iterable[Ruling]) -> "Index":
        """Return the index of some rows; of two with one key the later one counts."""
        exact = {key(ruling.system, ruling.code): ruling for ruling in rulings}
        ranges = ((code_range(*place), ruling) for place, ruling in exact.items())
        held = tuple((span, ruling) for span, ruling in ranges if span)
        return cls(MappingProxyType(exact), held)

    def find(self, system: str, code: str) -> Ruling | None:
        """Return the row for a code, with the code itself where a range covers it, or None."""
        wanted = key(system, code)
        if wanted in self.exact:
            return self.exact[wanted]
        held = (ruling for span, ruling in self.ranges if span.holds(*wanted))
        return next((replace(ruling, code=code) for ruling in held), None)


def key(system: str, code: str) -> Key:
    """Return what a row is found by: both words trimmed and in lower case."""
    return system.strip().lower(), code.strip().lower()
