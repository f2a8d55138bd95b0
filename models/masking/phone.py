"""What is shown of a phone number outside the ledger: a mask for people, a token for matching."""

import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

NOT_A_NUMBER = "•••"
SHORTEST, LONGEST = 8, 15
"""Digits of a number with its country code; ITU-T E.164 allows 15 at the most."""

_SHOWN = 2
_HIDDEN_AT_LEAST = 5
_WRITTEN = re.compile(r"\+?[\d\s().\-/]+")
SHORTEST_KNOWN = 7
"""Digits of a number we know; fewer identify nobody."""

_SHORTEST_TAIL = 8
_TRUNKS = ("0", "")
_ABROAD = ("011", "00", "")


def ascii_digits(text: str) -> str:
    """Return the decimal digits of a text in ASCII, whatever script they are written in."""
    return "".join(str(int(char)) for char in text if char.isdecimal())


def country_code(digits: str) -> str:
    """Return the calling code that the digits begin with, or their first three where none is assigned."""
    codes = (digits[:size] for size in (1, 2, 3))
    return next((code for code in codes if code and int(code) in COUNTRY_CODE_TO_REGION_CODE), digits[:3])


def mask_phone(e164: str) -> str:
    """Mask a phone number: `+61•••••••78` keeps the country code and the last two digits.

    The last two are hidden as well where fewer than five would stay hidden (short national numbers). A
    number without its plus keeps two leading digits; anything that is not a number becomes `•••`.
    """
    text = e164.strip()
    digits = ascii_digits(text)
    if not _WRITTEN.fullmatch(text) or not SHORTEST <= len(digits) <= LONGEST:
        return NOT_A_NUMBER
    head = country_code(digits) if text.startswith("+") else digits[:2]
    rest = digits[len(head) :]
    tail = rest[-_SHOWN:] if len(rest) - _SHOWN >= _HIDDEN_AT_LEAST else ""
    plus = "+" if text.startswith("+") else ""
    return f"{plus}{head}{'•' * (len(rest) - len(tail))}{tail}"


def phone_token(key: bytes, e164: str) -> str:
    """Return `c_` and 8 hex digits of HMAC-SHA256: the same number under the same key gives the same token.

    Keyed, because a plain hash of a number is undone by trying them all. 32 bits tell contacts apart inside
    one job: two of 10,000 share a token in about one job of a hundred, so a token is a hint, not an identity.
    """
    digits = ascii_digits(e164)
    message = f"+{digits}" if digits else e164.strip()
    return "c_" + hmac.new(key, message.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:8]


def workspace_key(secret: bytes, workspace: str) -> bytes:
    """Return the key of a workspace's tokens, so that nobody is followed from one to another."""
    return hmac.new(
        secret, b"phone tokens of " + workspace.encode("utf-8", "replace"), hashlib.sha256
    ).digest()


def masked(e164: str, key: bytes) -> str:
    """Return mask and token together, as they stand inside a text."""
    return f"{mask_phone(e164)}[{phone_token(key, e164)}]"


@dataclass(frozen=True, slots=True)
class KnownNumbers:
    """The numbers of a job by the digits that give each away, with or without its country code.

    `tails` maps national digits to the numbers that end so; `lengths` are the sizes to look for, longest
    first. Fewer than seven digits identify nobody: such numbers are left to the patterns.
    """

    tails: dict[str, tuple[str, ...]]
    lengths: tuple[int, ...]

    @classmethod
    def of(cls, numbers: frozenset[str]) -> "KnownNumbers":
        """Index the numbers, written in E.164 or as the platform stores them."""
        tails: dict[str, tuple[str, ...]] = {}
        for number in sorted(numbers):
            tail = _tail(number)
            if len(tail) >= SHORTEST_KNOWN:
                tails[tail] = (*tails.get(tail, ()), number)
        return cls(tails, tuple(sorted({len(tail) for tail in tails}, reverse=True)))

    def find(self, digits: str) -> Iterator[tuple[int, int, str]]:
        """Yield (start, end, number) for every known number in a run of digits, left to right."""
        place = done = 0
        while place < len(digits):
            size = next((n for n in self.lengths if self._is_tail(digits[place : place + n], n)), 0)
            if size:
                start, number = self._whole(digits[done:place], digits[place : place + size])
                yield done + start, place + size, number
                done = place + size
            place += size or 1

    def _is_tail(self, digits: str, size: int) -> bool:
        """Tell whether the digits are a tail; a slice at the end of a run may be too short."""
        return len(digits) == size and digits in self.tails

    def _whole(self, before: str, tail: str) -> tuple[int, str]:
        """Return where the number begins and which it is: its prefix may stand before its tail."""
        for number in self.tails[tail]:
            code = ascii_digits(number).removesuffix(tail)
            for prefix in _prefixes(code):
                if before.endswith(prefix):
                    return len(before) - len(prefix), number
        trunk = before.endswith("0")
        return len(before) - trunk, self.tails[tail][0]


def _tail(number: str) -> str:
    """Return the digits that identify a number: the national ones where they are long enough."""
    digits = ascii_digits(number)
    if not number.strip().startswith("+"):
        return digits.lstrip("0")
    national = digits[len(country_code(digits)) :]
    return national if len(national) >= _SHORTEST_TAIL else digits


def _prefixes(code: str) -> tuple[str, ...]:
    """Return what may stand before national digits, longest first."""
    if not code.strip("0"):
        return _ABROAD[:-1]
    return tuple(abroad + code + trunk for abroad in _ABROAD for trunk in _TRUNKS)
