"""What an estimate said, beside what came."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

SOON = 120.0
"""Seconds before an end within which a relative error says nothing any more: a poll alone is 5 to 30 s."""
STEPS = (0.25, 0.5, 0.75, 1.0)
"""Shares of the contacts that had been dispatched when an estimate was made: the upper edges of the rows."""
DISPATCHED, FINISHED = "all_dispatched", "all_finished"


@dataclass(frozen=True, slots=True)
class Said:
    """One estimate of one moment: the seconds that were named, and those it took.

    `share` is how much of the work was dispatched by then; `latest` is None where no upper end was named, and
    `likely` where there was no estimate.
    """

    moment: str
    share: float
    took: float
    earliest: float | None = None
    likely: float | None = None
    latest: float | None = None

    @property
    def error(self) -> float | None:
        """How far off the likely moment was, as a share of the time that it took."""
        return None if self.likely is None else (self.likely - self.took) / self.took

    @property
    def is_within(self) -> bool:
        """Tell whether the band held what came."""
        if self.earliest is None or self.latest is None:
            return False
        return self.earliest <= self.took <= self.latest


def judged(eta: Mapping[str, Any], share: float, ends: Mapping[str, datetime]) -> Iterable[Said]:
    """Yield what one estimate (`Eta.as_json`) said of both moments, where they were not just ahead."""
    now = datetime.fromisoformat(eta["as_of"])
    for moment, end in ends.items():
        took = (end - now).total_seconds()
        if took < SOON:
            continue
        span = eta.get(moment)
        if span is None:
            yield Said(moment, share, took)
            continue
        at = {
            name: span[name] and (datetime.fromisoformat(span[name]) - now).total_seconds() for name in span
        }
        yield Said(moment, share, took, at["earliest"], at["likely"], at["latest"])


def table(said: Iterable[Said]) -> list[dict[str, Any]]:
    """Return a row for each moment and stretch of the work, and one for all of each moment."""
    found = list(said)
    rows = []
    for moment in (DISPATCHED, FINISHED):
        below = 0.0
        for upto in STEPS:
            some = [one for one in found if one.moment == moment and below <= one.share < upto]
            rows.append(_row(moment, f"{below:.0%} to {upto:.0%}", some))
            below = upto
        rows.append(_row(moment, "all", [one for one in found if one.moment == moment]))
    return rows


def _row(moment: str, stretch: str, some: list[Said]) -> dict[str, Any]:
    errors = [one.error for one in some if one.error is not None]
    return {
        "moment": moment,
        "dispatched": stretch,
        "asked": len(some),
        "estimated": len(errors),
        "bias": median(errors) if errors else None,
        "mean": sum(errors) / len(errors) if errors else None,
        "off": median(map(abs, errors)) if errors else None,
        "within": sum(one.is_within for one in some) / len(errors) if errors else None,
    }
