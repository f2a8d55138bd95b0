"""The clock of an estimate: it stands still while everybody who waits is outside calling hours."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from models.calling.clock import HORIZON, DailyWindow, closes, opens
from models.estimate.pace import OpenSeconds, always_open

MOST_STRETCHES = 400
"""Open stretches that are walked through; what lies further on is an answer of months, and rough."""


def open_clock(groups: Iterable[Sequence[DailyWindow]]) -> OpenSeconds:
    """Return a clock that runs while any of the groups may be called; without groups it always runs.

    A group is the gates that all have to be open for some contacts.
    """
    known = tuple(dict.fromkeys(tuple(gates) for gates in groups))
    if not known or not all(known):
        return always_open

    def open_seconds(start: datetime, seconds: float) -> datetime:
        now, left = start, timedelta(seconds=seconds)
        for _ in range(MOST_STRETCHES):
            now, end = _stretch(known, now)
            if now + left <= end:
                break
            left -= end - now
            now = end
        return now + left

    return open_seconds


def _stretch(groups: Sequence[Sequence[DailyWindow]], now: datetime) -> tuple[datetime, datetime]:
    found = [at for gates in groups if (at := opens(gates, now))]
    if not found:
        return now + HORIZON, now + HORIZON
    start = max(now, min(found))
    return start, max(closes(gates, start) for gates in groups if opens(gates, start) == start)
