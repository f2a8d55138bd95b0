"""A row of the benchmarks: what was measured beside what, round by round, and the goal it is held to."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from os import getloadavg
from statistics import median
from typing import Any


@dataclass(frozen=True)
class Goal:
    """What a row shall come to: `of` the ratio to the rival or the figure itself, at most or at least."""

    of: str
    word: str
    value: float

    def is_met(self, ratio: float, ours: float) -> bool:
        """Tell whether the medians keep it."""
        found = ratio if self.of == "ratio" else ours
        return found <= self.value if self.word == "at most" else found >= self.value


@dataclass(frozen=True)
class Row:
    """One comparison: the figures of every round, what the rival is, and the machine's load meanwhile."""

    name: str
    unit: str
    ours: Sequence[float]
    rival_name: str = ""
    rival: Sequence[float] = ()
    goal: Goal | None = None
    load: Sequence[float] = ()
    beside: Mapping[str, float] = field(default_factory=dict)
    """Other figures of the same rounds, by name."""

    @property
    def ratio(self) -> float:
        """Return our median by the rival's, 0 without a rival."""
        return median(self.ours) / median(self.rival) if self.rival else 0.0

    def as_json(self) -> dict[str, Any]:
        """Return the row with its medians, its spread and whether it keeps its goal."""
        told = asdict(self)
        for name in ("ours", "rival"):
            rounds = told[name]
            told[name] = (
                {"rounds": list(rounds), "median": median(rounds), "least": min(rounds), "most": max(rounds)}
                if rounds
                else None
            )
        met = self.goal.is_met(self.ratio, median(self.ours)) if self.goal else None
        return told | {"ratio": self.ratio if self.rival else None, "met": met}


def in_turn(rounds: int, **acts: Callable[[], Any]) -> tuple[dict[str, list[Any]], list[float]]:
    """Run each act once a round, in turn; returns what they found by name, and the load average beside."""
    found: dict[str, list[Any]] = {name: [] for name in acts}
    load = [getloadavg()[0]]
    for _ in range(rounds):
        for name, act in acts.items():
            found[name].append(act())
        load.append(getloadavg()[0])
    return found, load


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Return the power of the size that the costs follow best: the slope of the line through their logs."""
    x, y = [math.log(size) for size in sizes], [math.log(cost) for cost in costs]
    middle_x, middle_y = sum(x) / len(x), sum(y) / len(y)
    above = sum((a - middle_x) * (b - middle_y) for a, b in zip(x, y, strict=True))
    return above / sum((a - middle_x) ** 2 for a in x)


def growth(name: str, sizes: Sequence[float], costs: Sequence[float], load: Sequence[float]) -> list[Row]:
    """Return the row that tells how a cost grows with the size, and between the two largest sizes alone.

    None where there are fewer than two sizes. A fixed cost makes the power of small sizes small: the last two
    tell what a larger size would cost.
    """
    if len(sizes) < 2:
        return []
    beside = {"least size": min(sizes), "largest size": max(sizes)}
    if len(sizes) > 2:
        beside["power between the last two"] = exponent(sizes[-2:], costs[-2:])
    goal = Goal("ours", "at most", 1.1)
    return [Row(name, "power", [exponent(sizes, costs)], goal=goal, load=load, beside=beside)]


def line(row: Row) -> str:
    """Return a row as one line of text."""
    ours = f"{median(row.ours):,.4g} {row.unit}"
    rival = f" beside {median(row.rival):,.4g} ({row.rival_name}): x {row.ratio:.3g}" if row.rival else ""
    goal = f"; goal: {row.goal.of} {row.goal.word} {row.goal.value:g}" if row.goal else ""
    more = "".join(f", {name} {value:,.4g}" for name, value in row.beside.items())
    return f"{row.name}: {ours}{rival}{goal}{more}; load {min(row.load):.1f} to {max(row.load):.1f}"
