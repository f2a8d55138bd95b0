"""Finding numbers in text, in whatever spelling, down to their last seven digits; and secrets."""

import base64
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

SHORTEST = 7
"""Digits that are a number still: who knows a town has the rest."""
COUNTRY = "61"
"""Of the numbers of the sandbox."""
_BETWEEN = re.compile(r"(?<=\d)[\s().\-\u2010-\u2015\u00a0]+(?=\d)")
_SPELLED = re.compile(r"(?<![\w.])\d(?:[ ().\-\u2010-\u2015\u00a0]{0,3}\d){6,30}(?!\w)")
"""Digits that stand alone, together or in groups: what a person reads as one number."""
_MEASURES = re.compile(r"\d\.\d+[ \u00a0]+\d")
"""Points and blanks side by side: coordinates of a drawing, which by chance hold any seven digits."""
_MOST_GROUPS = 12


@dataclass(frozen=True, slots=True)
class Hit:
    """Where something stands that must not; what it is, masked."""

    place: str
    what: str


@dataclass(frozen=True)
class Search:
    """The numbers and secrets of one world; `numbers` are in E.164."""

    numbers: Iterable[str]
    secrets: Mapping[str, bytes]

    def __post_init__(self) -> None:
        """Spell everything once."""
        national = {_digits(phone).removeprefix(COUNTRY) for phone in self.numbers if phone}
        object.__setattr__(self, "_national", national)
        object.__setattr__(self, "_last", {one[-SHORTEST:]: one for one in national})
        spelled = {name: tuple(_spellings(secret)) for name, secret in self.secrets.items()}
        object.__setattr__(self, "_spelled", spelled)

    def in_text(self, place: str, text: str) -> Iterator[Hit]:
        """Yield what a text holds that it must not."""
        tight = _BETWEEN.sub("", text)
        found = {one for one in self._of("_national") if one in tight} | self._tails(text)
        yield from (Hit(place, f"a number that ends in {one[-2:]}") for one in sorted(found))
        yield from (
            Hit(place, name) for name, ways in self._of("_spelled").items() if any(w in text for w in ways)
        )

    def _tails(self, text: str) -> set[str]:
        """Return numbers of which the last seven digits or more stand alone."""
        last = self._of("_last")
        found = set()
        for run in _SPELLED.finditer(text):
            if _MEASURES.search(run[0]):
                continue
            groups = re.findall(r"\d+", run[0])[:_MOST_GROUPS]
            for first in range(len(groups)):
                for end in range(first + 1, len(groups) + 1):
                    digits = "".join(groups[first:end]).lstrip("0")
                    whole = last.get(digits[-SHORTEST:])
                    if whole and f"{COUNTRY}{whole}".endswith(digits):
                        found.add(whole)
        return found

    def _of(self, name: str) -> dict[str, str]:
        found: dict[str, str] = getattr(self, name)
        return found


def _digits(phone: str) -> str:
    return "".join(filter(str.isdecimal, phone))


def _spellings(secret: bytes) -> Iterator[str]:
    yield secret.decode("utf-8", "replace")
    yield secret.hex()
    yield base64.b64encode(secret).decode().rstrip("=")
    yield base64.urlsafe_b64encode(secret).decode().rstrip("=")
