"""Rows as people name them: `28` and `30-34`."""

import re
from collections.abc import Iterable

MOST = 100_000
_ONE = re.compile(r"(\d{1,7})(?:-(\d{1,7}))?")


def rows_in(words: Iterable[str]) -> tuple[int, ...]:
    """Return the rows that some words name, in order, each once; raises ValueError for what is no row."""
    found: dict[int, None] = {}
    for word in words:
        for part in filter(None, re.split(r"[\s,]+", word)):
            read = _ONE.fullmatch(part)
            first = int(read[1]) if read else 0
            last = int(read[2] or first) if read else 0
            if not 1 <= first <= last or last - first >= MOST:
                raise ValueError("A row is a number from 1 on, or a span such as 30-34.")
            found |= dict.fromkeys(range(first, last + 1))
    return tuple(found)


def spans(rows: Iterable[int]) -> tuple[str, ...]:
    """Return rows as people name them, in order, each once: `28`, `30-34`."""
    found: list[list[int]] = []
    for row in sorted(set(rows)):
        if found and row == found[-1][-1] + 1:
            found[-1][1:] = [row]
        else:
            found.append([row])
    return tuple("-".join(map(str, span)) for span in found)
