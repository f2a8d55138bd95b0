"""Refusals: how many alike are each person's own, and from when on they are the network's one answer."""

from collections.abc import Mapping

from models.enums import Disposition

REFUSALS = frozenset({Disposition.DECLINED, Disposition.DO_NOT_CONTACT})
FEWEST = 5
"""One person in twenty declines: that five of five do is one case in three million."""
NEARLY = 0.8
"""The share of calls from which on one refusal is nobody's own."""


def is_wall(count: int, of: int) -> bool:
    """Tell whether so many refusals of one code among so many calls are the network's and not people's."""
    return count >= FEWEST and count >= NEARLY * of


def walls(ended: Mapping[tuple[Disposition, str], int]) -> frozenset[str]:
    """Return the codes by which nearly everybody was refused, of ended calls by disposition and code."""
    total = sum(ended.values())
    refused = ((code, count) for (kind, code), count in ended.items() if kind is Disposition.DECLINED)
    return frozenset(code for code, count in refused if is_wall(count, total))
