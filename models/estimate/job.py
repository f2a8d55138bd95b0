"""When a job that runs by itself will have dispatched everybody, and when its last call will have ended."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.estimate.eta import Basis, Eta, Span
from models.estimate.lengths import CallLengths, Tail, error_of, last_of
from models.estimate.pace import (
    FEWEST_EVENTS,
    WINDOW_LENGTHS,
    WINDOW_SECONDS,
    OpenSeconds,
    always_open,
    open_between,
    past,
    silence,
    window,
)

STARVED_BELOW = 0.8
MODEL_ERROR = 0.10
"""What a counted pace is off beside chance, as a share: calls that become longer, limits that move. With it
the band holds about eight in ten of the jobs that `python -m tests.simulation.estimates` plays."""
SHORT, USUAL, LONG = 1.3, 2.2, 3.4
"""By how much the long calls outdo an exponential with the mean of all, early, likely and late: most calls
ring out after half a minute, and who answers talks for a lognormal time. From the same simulation."""


@dataclass(frozen=True, slots=True)
class Progress:
    """What a job has done so far, as its rows show it; times are aware datetimes in any order.

    `ended_at` is when contacts came to their end, `permits` what the job may really use: the smallest of its
    limits.
    """

    pending: int
    in_air: int = 0
    ended_at: Sequence[datetime] = ()
    permits: int | None = None

    @property
    def is_starved(self) -> bool:
        """Tell whether contacts wait while permits stand free."""
        return self.permits is not None and self.pending > 0 and self.in_air < STARVED_BELOW * self.permits


@dataclass(frozen=True, slots=True)
class Pace:
    """Contacts that end in an open second, and over how many that was counted."""

    rate: float
    events: int


def estimate(progress: Progress, now: datetime, open_seconds: OpenSeconds = always_open) -> Eta:
    """Estimate both ends of a job from how fast it moves now.

    There is no estimate, and the reason is given, where nothing has moved for too long (a stall, not an ever
    growing time) and before 20 contacts have moved on. Raises ValueError on naive times.
    """
    _check(progress, now)
    here = Span(now, now, now)
    if progress.pending <= 0 and progress.in_air <= 0:
        return Eta(now, Basis.DONE, here, here)
    pace = measure(progress, now, open_seconds)
    quiet = silence(progress.ended_at, _mean(progress, pace) or 0.0, now, open_seconds)
    if quiet is not None:
        return Eta(now, Basis.NONE, why=f"nothing has moved for {quiet / 60:.0f} min")
    if progress.pending <= 0:
        return _with_tail(Eta(now, Basis.DONE, here), progress, pace)
    if pace is None:
        return Eta(now, Basis.NONE, why=_why_no_pace(progress))
    dispatched = _dispatched(pace, progress.pending, now, open_seconds)
    return _with_tail(Eta(now, Basis.RATE, dispatched, rate=pace.rate), progress, pace)


def measure(progress: Progress, now: datetime, open_seconds: OpenSeconds = always_open) -> Pace | None:
    """Measure the pace of a job over 10 minutes, 3 calls or 100 contacts, whichever is longest.

    None before 20 contacts have ended, and where all did in one moment.
    """
    events = past(progress.ended_at, now)
    first = window(events, now, WINDOW_SECONDS, open_seconds)
    pace = _counted(events, first, now, open_seconds)
    longest = WINDOW_LENGTHS * (_mean(progress, pace) or 0.0)
    if pace is None or longest <= WINDOW_SECONDS:
        return pace
    return _counted(events, window(events, now, longest, open_seconds), now, open_seconds)


def tail(in_air: int, mean: float) -> Tail:
    """Return how long after the last dispatch the last of so many calls ends, by their mean length."""
    early, likely, late = (_last_of(in_air, times * mean) for times in (SHORT, USUAL, LONG))
    return Tail(early.short, likely.likely, late.long)


def _last_of(in_air: int, mean: float) -> Tail:
    lengths = CallLengths(mean)
    return last_of(lambda more: max(1, in_air) * lengths.past_any(more))


def _counted(events: Sequence[datetime], first: int, now: datetime, open_seconds: OpenSeconds) -> Pace | None:
    counted = len(events) - first - 1
    span = open_between(events[first], now, open_seconds) if events else 0.0
    return Pace(counted / span, counted) if counted >= FEWEST_EVENTS - 1 and span > 0 else None


def _mean(progress: Progress, pace: Pace | None) -> float | None:
    """Return the mean seconds of a permit for a call: calls in the air by calls that end (Little's law)."""
    return progress.in_air / pace.rate if pace and progress.in_air else None


def _dispatched(pace: Pace, pending: int, now: datetime, open_seconds: OpenSeconds) -> Span:
    off = math.exp(error_of(1.0, pace.events, pending, MODEL_ERROR))
    rates = (pace.rate * off, pace.rate, pace.rate / off)
    return Span(*(open_seconds(now, pending / rate) for rate in rates))


def _with_tail(eta: Eta, progress: Progress, pace: Pace | None) -> Eta:
    """Add the second answer, one long call after the first."""
    mean = _mean(progress, pace)
    if mean is None or eta.dispatched is None:
        return Eta(eta.now, eta.basis, eta.dispatched, rate=eta.rate, why="no call is seen in the air")
    return Eta(
        eta.now, eta.basis, eta.dispatched, eta.dispatched.later(tail(progress.in_air, mean)), rate=eta.rate
    )


def _why_no_pace(progress: Progress) -> str:
    """Say what is missing for a pace."""
    if progress.is_starved:
        return f"only {progress.in_air} of {progress.permits} permits are in use and too little has moved yet"
    return f"a pace needs {FEWEST_EVENTS} contacts that moved on"


def _check(progress: Progress, now: datetime) -> None:
    """Refuse times without a time zone."""
    if any(at.tzinfo is None for at in (now, *progress.ended_at)):
        raise ValueError("An estimate needs times with a time zone, and one of them has none.")
