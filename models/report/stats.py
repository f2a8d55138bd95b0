"""Figures over many recoveries: by cause, end, platform and workspace."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from models.enums import State

DIMENSIONS = ("cause", "end", "platform", "workspace")
"""By what recoveries are counted."""
UNKNOWN = "unknown"
"""Stands for the cause of a recovery that came to no diagnosis."""


@dataclass(frozen=True, slots=True)
class Cell:
    """All recoveries that are alike in cause, end, platform and workspace."""

    of: Mapping[str, str]
    recoveries: int
    seconds: Sequence[float] = ()
    """How long each one took that recovered its job, from its start to its end."""
    redialled: int = 0
    saved: int = 0
    """People reached by a redial."""
    kept_back: int = 0


@dataclass
class StatsLine:
    """The figures of one value of a dimension."""

    recoveries: int = 0
    redialled: int = 0
    saved: int = 0
    kept_back: int = 0
    false_starts: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, cell: Cell) -> None:
        """Count a cell in."""
        self.recoveries += cell.recoveries
        self.redialled += cell.redialled
        self.saved += cell.saved
        self.kept_back += cell.kept_back
        self.seconds += cell.seconds
        # Started, and the job turned out to need nothing.
        self.false_starts += cell.recoveries if cell.of["end"] == State.HEALTHY.value else 0

    def as_json(self) -> dict[str, Any]:
        """Return the figures; the median is None where no recovery recovered its job."""
        return {
            "recoveries": self.recoveries,
            "median_seconds": round(median(self.seconds)) if self.seconds else None,
            "redialled": self.redialled,
            "saved": self.saved,
            "kept_back": self.kept_back,
            "false_starts": self.false_starts,
        }


def figures(cells: Iterable[Cell]) -> dict[str, Any]:
    """Return the figures over all recoveries and by each dimension, the most frequent value first."""
    found = list(cells)
    total = StatsLine()
    for cell in found:
        total.add(cell)
    return {"total": total.as_json(), "by": {name: _by(found, name) for name in DIMENSIONS}}


def _by(cells: Sequence[Cell], name: str) -> list[dict[str, Any]]:
    lines: dict[str, StatsLine] = {}
    for cell in cells:
        lines.setdefault(cell.of[name], StatsLine()).add(cell)
    ordered = sorted(lines.items(), key=lambda one: (-one[1].recoveries, one[0]))
    return [{name: value} | line.as_json() for value, line in ordered]
