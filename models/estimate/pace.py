"""The clock of an estimate, its window of latest events, and when a silence is a stall."""

import math
from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

OpenSeconds = Callable[[datetime, float], datetime]
"""The moment when so many open seconds have passed since a start, on a clock that stops outside windows."""

WINDOW_SECONDS = 600.0
WINDOW_LENGTHS = 3
WINDOW_EVENTS = 100
FEWEST_EVENTS = 20
SILENCE_SECONDS = 300.0
SILENCE_LENGTHS = 4
_SURPRISE = math.log(1000)
_HALVINGS = 40


def always_open(start: datetime, seconds: float) -> datetime:
    """Let the clock run on without calling windows."""
    return start + timedelta(seconds=seconds)


def silence(
    events: Sequence[datetime], length: float, now: datetime, open_seconds: OpenSeconds = always_open
) -> float | None:
    """Return for how many open seconds nothing has moved, where that is too long; None where it is not.

    Too long is 5 minutes or 4 calls of the mean `length`, whichever is longer. Before the first event nothing
    can be said.
    """
    known = past(events, now)
    quiet = open_between(known[-1], now, open_seconds) if known else 0.0
    return quiet if quiet > max(SILENCE_SECONDS, SILENCE_LENGTHS * length) else None


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


def window(events: Sequence[datetime], now: datetime, need: float, open_seconds: OpenSeconds) -> int:
    """Return the index of the latest event that leaves both the open time and the events that are needed.

    `events` are in order of time; `need` is in open seconds.
    """
    choices = range(max(0, len(events) - 1 - WINDOW_EVENTS) + 1 if events else 0)
    too_late = bisect_left(choices, True, key=lambda at: open_between(events[at], now, open_seconds) < need)
    return max(0, too_late - 1)
