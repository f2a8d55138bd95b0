"""How fast a job moves: its rate over a sliding window of open time, and when its silence is a stall."""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean, quantiles

OpenSeconds = Callable[[datetime, float], datetime]
"""The moment when so many open seconds have passed since a start, on a clock that stops outside windows."""

WINDOW_SECONDS = 600.0
WINDOW_OCCUPANCIES = 3
WINDOW_EVENTS = 100
FEWEST_EVENTS = 20
SILENCE_SECONDS = 300.0
SILENCE_OCCUPANCIES = 4
STARVED_BELOW = 0.8
RECENT_DURATIONS = 500
LITTLE_BAND = 1.5
"""Nine in ten estimates by Little's law were within 49 % in simulated young jobs with lognormal talk."""
_SURPRISE = math.log(1000)
_SUB_WINDOWS = 6
_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class Progress:
    """What a job has done so far; times are aware datetimes in any order.

    `durations` are seconds that a call held its permit, over all attempts: ringing, talk and wrap-up, oldest
    first; `occupancy` is their mean where only that is known. `permits` is what the job may really use: the
    smallest of its limits.
    """

    pending: int
    in_air: int = 0
    dispatched_at: Sequence[datetime] = ()
    ended_at: Sequence[datetime] = ()
    durations: Sequence[float] = ()
    permits: int | None = None
    occupancy: float | None = None

    @property
    def mean_occupancy(self) -> float | None:
        """The mean seconds that a call holds its permit, of the latest calls where they are known."""
        return fmean(self.durations[-RECENT_DURATIONS:]) if self.durations else self.occupancy


@dataclass(frozen=True, slots=True)
class Pace:
    """Dispatches per open second, with a band; `slow` is 0 where no lower end can be named."""

    slow: float
    likely: float
    fast: float
    measured: bool


def always_open(start: datetime, seconds: float) -> datetime:
    """Let the clock run on without calling windows."""
    return start + timedelta(seconds=seconds)


def measure(progress: Progress, now: datetime, open_seconds: OpenSeconds = always_open) -> Pace | None:
    """Measure the pace of a job, or work it out by Little's law before 20 events; None where neither can be.

    The window is 10 minutes, 3 occupancies or 100 events, whichever is longest. While it reaches back to the
    first dispatch, the dispatches that filled the permits are left out: they say nothing of the pace.
    Contacts that ended stand in where no dispatch is known.
    """
    events = past(progress.dispatched_at or progress.ended_at, now)
    need = max(WINDOW_SECONDS, WINDOW_OCCUPANCIES * (progress.mean_occupancy or 0.0))
    first = _window(events, now, need, open_seconds)
    filling = progress.in_air if first == 0 and progress.dispatched_at else 0
    counted = events[first + max(1, filling) :]
    if len(counted) < FEWEST_EVENTS - 1:
        return by_little(progress)
    return _rate(counted, events[first], now, open_seconds) or by_little(progress)


def by_little(progress: Progress) -> Pace | None:
    """Work the pace out as permits by occupancy; None where one is unknown or permits are not in use."""
    occupancy, permits = progress.mean_occupancy, progress.permits
    if not occupancy or not permits or is_starved(progress):
        return None
    rate = permits / occupancy
    return Pace(rate / LITTLE_BAND, rate, rate * LITTLE_BAND, measured=False)


def is_starved(progress: Progress) -> bool:
    """Tell whether contacts wait while permits stand free: a symptom, and Little's law does not hold."""
    if progress.permits is None:
        return False
    return progress.pending > 0 and progress.in_air < STARVED_BELOW * progress.permits


def silence(progress: Progress, now: datetime, open_seconds: OpenSeconds = always_open) -> float | None:
    """Return for how many open seconds nothing has moved, where that is too long; None where it is not.

    Too long is 5 minutes or 4 occupancies, whichever is longer. Before the first event nothing can be said.
    """
    events = past((*progress.dispatched_at, *progress.ended_at), now)
    limit = max(SILENCE_SECONDS, SILENCE_OCCUPANCIES * (progress.mean_occupancy or 0.0))
    quiet = open_between(events[-1], now, open_seconds) if events else 0.0
    return quiet if quiet > limit else None


def silence_limit(rate: float, floor: float = SILENCE_SECONDS) -> float:
    """Return the seconds of silence that a job at this rate (events a second) shows once in a thousand times.

    Longer silence than ln(1000) / rate is a stall, never before `floor`. A rate of 0 is not a slow job but
    one that was never seen to move, where the floor is all there is to go by.
    """
    return max(floor, _SURPRISE / rate) if rate > 0 else floor


def open_between(start: datetime, end: datetime, open_seconds: OpenSeconds = always_open) -> float:
    """Return the open seconds between two moments, found by halving since the clock only runs forward."""
    low, high = 0.0, max(0.0, (end - start).total_seconds())
    if high == 0.0 or open_seconds(start, high) <= end:
        return high
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if open_seconds(start, middle) <= end else (low, middle)
    return low


def past(events: Sequence[datetime], now: datetime) -> list[datetime]:
    """Return the events up to now in order of time; a platform's clock may run ahead of ours."""
    return sorted(at for at in events if at <= now)


def _window(events: Sequence[datetime], now: datetime, need: float, open_seconds: OpenSeconds) -> int:
    """Return the index of the latest event that leaves both the open time and the events that are needed."""
    choices = range(max(0, len(events) - 1 - WINDOW_EVENTS) + 1 if events else 0)
    too_late = bisect_left(choices, True, key=lambda at: open_between(events[at], now, open_seconds) < need)
    return max(0, too_late - 1)


def _rate(
    events: Sequence[datetime], start: datetime, now: datetime, open_seconds: OpenSeconds
) -> Pace | None:
    """Return the rate of events after a start, with the fifth and the four fifths of its sub-windows."""
    span = open_between(start, now, open_seconds)
    if span <= 0 or not events:
        return None
    ends = (open_seconds(start, span * piece / _SUB_WINDOWS) for piece in range(1, _SUB_WINDOWS))
    seen = [0, *(bisect_right(events, end) for end in ends), len(events)]
    rates = [(after - before) * _SUB_WINDOWS / span for before, after in pairwise(seen)]
    low, *_, high = quantiles(rates, n=5, method="inclusive")
    likely = len(events) / span
    return Pace(min(low, likely), likely, max(high, likely), measured=True)
