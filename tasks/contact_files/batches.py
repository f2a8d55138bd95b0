"""A batch of records, the unit in which contact files are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

BATCH: Final = 256
"""Records in a batch: many enough to hide its overhead, few enough to stay in a cache (measured)."""


@dataclass(slots=True)
class Records:
    """Consecutive records: cells, the line each starts on, the positions of those a stray quote stretches."""

    cells: list[list[str]] = field(default_factory=list)
    lines: Sequence[int] = ()
    swallowed: set[int] = field(default_factory=set)
