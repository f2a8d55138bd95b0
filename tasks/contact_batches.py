"""A batch of records, the unit in which contact files are read."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

BATCH: Final = 2048
"""Records in a batch: enough to make its overhead vanish, few enough to make its memory vanish too."""


@dataclass(slots=True)
class Records:
    """Consecutive records: cells, the line each starts on, the positions of those a stray quote stretches."""

    cells: list[list[str]] = field(default_factory=list)
    lines: Sequence[int] = ()
    swallowed: set[int] = field(default_factory=set)
