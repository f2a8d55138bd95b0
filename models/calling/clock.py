"""When calling hours open and close on the calendar: wall clocks, holidays, clock changes; no stepping.

A moment is open when every gate is open at it. All moments are aware; those returned are in UTC.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from models.calling.holidays import NO_HOLIDAYS, Calendar
from models.calling.windows import ALL_DAY, Hours

HORIZON = timedelta(days=60)
"""No opening is looked for further on: the longest closed stretch of a preset is a few days."""
LONGEST = timedelta(days=8)
"""A window that never closes is said to close after so long."""
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Window:
    """Calling hours with the holidays on which they do not hold."""

    hours: Hours
    calendar: Calendar = NO_HOLIDAYS


@dataclass(frozen=True, slots=True)
class DailyWindow:
    """One window on the wall clock of one IANA zone."""

    window: Window
    zone: str

    def is_open(self, at: datetime) -> bool:
        """Tell whether a call may begin then."""
        local = at.astimezone(ZoneInfo(self.zone))
        second = local.hour * 3600 + local.minute * 60 + local.second
        return any(start * 60 <= second < end * 60 for start, end in self._spans(local.date()))

    def _spans(self, day: date) -> tuple[tuple[int, int], ...]:
        hours = self.window.hours
        can_differ = hours.holidays != ALL_DAY
        return hours.on(day, holiday=can_differ and self.window.calendar.has(day))

    def edges(self, day: date) -> Iterator[datetime]:
        """Return every moment of a local day at which this gate may open or close."""
        zone = ZoneInfo(self.zone)
        for minute in {edge for span in self._spans(day) for edge in span}:
            yield from _moments(zone, day, minute)
        if change := _change(self.zone, day):
            yield change


def opens(gates: Sequence[DailyWindow], at: datetime, need: float = 0.0) -> datetime | None:
    """Return the first moment from `at` on when all gates are open, for `need` seconds at least.

    None where there is none within the horizon.
    """
    return _opens(tuple(dict.fromkeys(gates)), at.astimezone(UTC), need)


def closes(gates: Sequence[DailyWindow], at: datetime) -> datetime:
    """Return when the first gate closes, for a moment at which all are open."""
    start = at.astimezone(UTC)
    return min((_closes(gate, start) for gate in dict.fromkeys(gates)), default=start + LONGEST)


@lru_cache(maxsize=4096)
def _opens(gates: tuple[DailyWindow, ...], at: datetime, need: float) -> datetime | None:
    now, last = at, at + HORIZON
    while now <= last:
        found = _latest(gates, now)
        if found is None:
            return None
        if found > now:
            now = found
            continue
        end = closes(gates, now)
        if (end - now).total_seconds() >= need:
            return now
        now = end
    return None


def _latest(gates: tuple[DailyWindow, ...], at: datetime) -> datetime | None:
    latest = at
    for gate in gates:
        found = _opens_one(gate, at)
        if found is None:
            return None
        latest = max(latest, found)
    return latest


@lru_cache(maxsize=65_536)
def _opens_one(gate: DailyWindow, at: datetime) -> datetime | None:
    if gate.is_open(at):
        return at
    for day in _days(gate, at, HORIZON):
        found = [edge for edge in gate.edges(day) if edge > at and gate.is_open(edge)]
        if found:
            return min(found)
    return None


@lru_cache(maxsize=65_536)
def _closes(gate: DailyWindow, at: datetime) -> datetime:
    for day in _days(gate, at, LONGEST):
        found = [edge for edge in gate.edges(day) if edge > at and not gate.is_open(edge)]
        if found:
            return min(found)
    return at + LONGEST


def _days(gate: DailyWindow, at: datetime, reach: timedelta) -> Iterator[date]:
    # A day earlier to begin with: a clock put back at midnight repeats the end of the day before.
    first = at.astimezone(ZoneInfo(gate.zone)).date() - ONE_DAY
    return (first + timedelta(days=n) for n in range(reach.days + 3))


def _moments(zone: ZoneInfo, day: date, minute: int) -> Iterator[datetime]:
    # Where the clock is put back a wall time comes twice: both passes are given.
    wall = datetime.combine(day, time.min) + timedelta(minutes=minute)
    for fold in (0, 1):
        yield wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)


@lru_cache(maxsize=65_536)
def _change(name: str, day: date) -> datetime | None:
    """Return the moment of a local day at which the zone's clock is changed, to the second."""
    zone = ZoneInfo(name)
    low, high = next(_moments(zone, day, 0)), next(_moments(zone, day + ONE_DAY, 0))
    before = low.astimezone(zone).utcoffset()
    if high.astimezone(zone).utcoffset() == before:
        return None
    while high - low > timedelta(seconds=1):
        middle = low + timedelta(seconds=(high - low) // timedelta(seconds=2))
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high
