"""Where things stand in the chart: scales, round steps, and the time in which nothing moved."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.enums import JobStatus
from models.messages.diagnostics import TimelineRow

SHORTEST_STALL = timedelta(minutes=5)
"""A shorter silence is normal: the floor that stall detection uses too."""

_OVER = {status.value for status in JobStatus if status.is_over}
_MOST_STEPS = 5
_MARKS = 5


@dataclass(frozen=True, slots=True)
class Panel:
    """One plot in the picture, in pixels from its top left, with the time and the counts it spans."""

    left: float
    right: float
    top: float
    bottom: float
    start: datetime
    end: datetime
    steps: tuple[int, ...]
    """The round counts of the axis, from 0 up to one that holds every value."""

    def x(self, moment: datetime) -> float:
        """Return where a moment stands; the only moment there is stands in the middle."""
        span = (self.end - self.start).total_seconds()
        share = (moment - self.start).total_seconds() / span if span else 0.5
        return self.left + share * (self.right - self.left)

    def y(self, value: float) -> float:
        """Return where a count stands."""
        return self.bottom - value / self.steps[-1] * (self.bottom - self.top)

    def marks(self) -> tuple[datetime, ...]:
        """Return the moments that the time axis names, the first and the last among them."""
        span = self.end - self.start
        if not span:
            return (self.start,)
        return tuple(self.start + span * n / (_MARKS - 1) for n in range(_MARKS))


@dataclass(frozen=True, slots=True)
class Stall:
    """A time in which no counter moved although work was left."""

    start: datetime
    end: datetime

    @property
    def length(self) -> timedelta:
        """Return how long it was."""
        return self.end - self.start


def round_steps(values: Iterable[int | None]) -> tuple[int, ...]:
    """Return 0 and the next multiples of 1, 2 or 5 times a power of ten that hold every value."""
    most = max([1, *(value for value in values if value is not None)])
    sizes = (digit * 10**power for power in range(20) for digit in (1, 2, 5))
    size = next(size for size in sizes if size * _MOST_STEPS >= most)
    return tuple(range(0, most + size, size))


def longest_stall(rows: Sequence[TimelineRow]) -> Stall | None:
    """Return the longest stretch of unmoved counters in rows ordered by time, or None below five minutes."""
    found: Stall | None = None
    start = 0
    for n, row in enumerate(rows):
        if n and _counters(row) != _counters(rows[start]):
            start = n
        stall = Stall(rows[start].ts, row.ts)
        if _has_work(row) and stall.length >= SHORTEST_STALL and (not found or stall.length > found.length):
            found = stall
    return found


def span_words(span: timedelta) -> str:
    """Return a duration as a person says it: 40 s, 42 min, 3 h 05 min."""
    seconds = round(span.total_seconds())
    if seconds < 120:  # noqa: PLR2004  below two minutes, seconds say more
        return f"{seconds} s"
    hours, minutes = divmod(round(seconds / 60), 60)
    return f"{hours} h {minutes:02d} min" if hours else f"{minutes} min"


def clock_format(span: timedelta) -> str:
    """Return how moments are written on an axis of that span."""
    if span > timedelta(days=1):
        return "%d %b %H:%M"
    return "%H:%M" if span > timedelta(minutes=20) else "%H:%M:%S"


def _counters(row: TimelineRow) -> tuple[int | None, ...]:
    """Return what moves when a job moves."""
    return row.dispatched, row.finished, row.failed


def _has_work(row: TimelineRow) -> bool:
    """Tell whether the job still had something to do at that moment."""
    return row.finished < row.total and row.status not in _OVER
