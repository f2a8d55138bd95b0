"""How long calls keep their permit, and when the last of several will have let go of it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import pstdev

FEW_LENGTHS = 20
"""Below so many lengths their spread is taken to be that of an exponential."""
TENTH = 1.2816
"""The normal quantile past which one case in ten lies: a band between two of them holds eight in ten."""
EARLY, LIKELY, LATE = -math.log(0.1), -math.log(0.5), -math.log(0.9)
"""Calls that still last, in the mean, at the early, the likely and the late end: that none does has then a
chance of 10, 50 and 90 %, where their number is Poisson's."""
_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class CallLengths:
    """The lengths of calls that have ended, in seconds, and their mean, which may be known without them."""

    mean: float
    lengths: Sequence[float] = ()

    @property
    def spread(self) -> float:
        """Return the spread of the lengths as a share of their mean."""
        return pstdev(self.lengths) / self.mean if len(self.lengths) >= FEW_LENGTHS else 1.0

    def past(self, age: float, more: float) -> float:
        """Return the share of calls of an age that last for so many seconds more.

        Of one that is older than any other by far nobody can tell; it is taken to have the mean still ahead.
        """
        longer = self._longer(age)
        return self._longer(age + more) / longer if longer else math.exp(-more / self.mean)

    def past_any(self, more: float) -> float:
        """Return the share of the calls in the air, of whatever age, that last for so many seconds more."""
        whole = sum(self.lengths) + self.mean
        rest = sum(max(0.0, length - more) for length in self.lengths)
        return (rest + self.mean * math.exp(-more / self.mean)) / whole

    def _longer(self, than: float) -> float:
        # One call that nobody has seen stands for those that are longer than any that was.
        return sum(length > than for length in self.lengths) + math.exp(-than / self.mean)


@dataclass(frozen=True, slots=True)
class Tail:
    """Seconds until the last of several calls ends, with a band."""

    short: float
    likely: float
    long: float


def last_of(still: Callable[[float], float]) -> Tail:
    """Return when the last call ends; `still` returns how many last after so many seconds, in the mean."""
    return Tail(_until(still, EARLY), _until(still, LIKELY), _until(still, LATE))


def error_of(spread: float, seen: float, ahead: float, model: float) -> float:
    """Return by which factor, as a logarithm, a pace is off in one case of five, by chance and by the model.

    `spread` is that of one contact as a share of the mean; `seen` and `ahead` are the contacts that the pace
    was counted over and those that are still to come.
    """
    chance = spread**2 * (1 / max(1.0, seen) + 1 / max(1.0, ahead))
    return TENTH * math.sqrt(chance + model**2)


def _until(still: Callable[[float], float], few: float) -> float:
    """Return after how many seconds so few calls last in the mean; 0 where no more do now."""
    if still(0.0) <= few:
        return 0.0
    low, high = 0.0, 1.0
    while still(high) > few:
        low, high = high, 2 * high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if still(middle) > few else (low, middle)
    return high
