"""Ids of recoveries as people type them: whole, or their first characters."""

import re

MARK = "r_"
"""How every id of a recovery begins."""
SHORTEST = len(MARK) + 3
"""Fewer characters than this are a slip of the finger rather than an id."""

_WHOLE = re.compile(r"r_[0-9a-f]{10}")


def is_whole(given: str) -> bool:
    """Tell whether nothing is left out of an id, so that nobody has to be asked what it stands for."""
    return _WHOLE.fullmatch(given) is not None


def is_prefix(given: str) -> bool:
    """Tell whether a text can be the first characters of an id."""
    return given.startswith(MARK) and len(given) >= SHORTEST


def too_short(given: str) -> bool:
    """Tell whether a text begins like an id and ends too soon."""
    return given.startswith(MARK) and len(given) < SHORTEST
