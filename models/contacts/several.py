"""Several numbers in one cell: which is the first, and how many there are."""

import re

_BETWEEN = re.compile(
    r":::|[;,|\n\r\t\\&]|\s(?:or|and|oder|und|ou|et|o|y|e)\s|(?<=[0-9)])\s+(?=\(?\+)", re.IGNORECASE
)
_WHOLE = 7
"""Digits from which a part before a slash is a number of its own: `030/123456` is one German number."""


def all_of(text: str) -> tuple[str, ...]:
    """Return every number of a cell as it is written, or the whole text where it holds one at the most."""
    parts = [part for piece in _BETWEEN.split(text) if piece.strip() for part in _slashed(piece.strip())]
    return tuple(parts) if len(parts) > 1 and all(_digits(part) >= _WHOLE for part in parts) else (text,)


def _slashed(text: str) -> list[str]:
    """Split a text at the slashes that stand between whole numbers."""
    pieces = [piece.strip() for piece in text.split("/")]
    return pieces if all(_digits(piece) >= _WHOLE for piece in pieces) else [text]


def first_of(text: str) -> tuple[str, int]:
    """Return the first number of a cell and how many numbers the cell holds.

    Words after a separator stay with the number, so that they are seen and questioned.
    """
    parts = [part for part in (piece.strip() for piece in _BETWEEN.split(text)) if part]
    if not parts:
        return text, 1
    words = [part for part in parts[1:] if not _digits(part)]
    first, slashed = _before_slash(parts[0])
    return " ".join([first, *words]), len(parts) - len(words) + slashed


def _before_slash(text: str) -> tuple[str, int]:
    """Return a text up to the slash that ends its first number, and how many parts follow it."""
    pieces = text.split("/")
    first = pieces.pop(0)
    while pieces and _digits(first) < _WHOLE:
        first += "/" + pieces.pop(0)
    return first, sum(1 for piece in pieces if piece.strip())


def _digits(text: str) -> int:
    return sum(char.isdigit() for char in text)
