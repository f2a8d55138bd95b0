"""How long to wait after a failed try, in seconds: the longer, the more often it failed."""

from collections.abc import Sequence

_DOUBLINGS = 60
"""More than any pause needs to reach its longest, and few enough for a float."""


def doubling(tries: int, first: float, longest: float) -> float:
    """Return the pause after so many failed tries: the first one, doubled each time, up to the longest."""
    return min(longest, first * 2.0 ** min(max(0, tries - 1), _DOUBLINGS))


def stepped(tries: int, pauses: Sequence[float]) -> float:
    """Return the pause after so many failed tries out of a list, whose last one holds for all that follow."""
    return pauses[min(max(1, tries), len(pauses)) - 1]
