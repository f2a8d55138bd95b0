"""Caps and gaps: how soon a person may be tried again, after everything that was tried before."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Why(StrEnum):
    """What a contact waits for; the last two never come."""

    NOTHING = "may be called now"
    WINDOW = "outside calling hours"
    DAY = "attempts per day used up"
    PERIOD = "attempts per period used up"
    GAP = "minimum gap after the last attempt"
    MACHINE = "gap after an answering machine"
    ZONE = "time zone unknown"
    NEVER_OPEN = "no moment is open in all its possible time zones"


@dataclass(frozen=True, slots=True)
class Caps:
    """Attempts in any 24 hours, attempts in any `period_days` days, and gaps in hours; None: no cap."""

    per_day: int | None = None
    per_period: int | None = None
    period_days: int = 7
    gap_hours: float = 0.0
    machine_hours: float = 0.0

    @property
    def is_on(self) -> bool:
        """Tell whether any of them can hold a contact back."""
        return (
            self.per_day is not None
            or self.per_period is not None
            or self.gap_hours > 0
            or self.machine_hours > 0
        )


def free_from(
    tried: Sequence[datetime], machine: datetime | None, now: datetime, caps: Caps
) -> tuple[datetime, Why]:
    """Return the first moment from now on that keeps every cap and gap, and which of them binds.

    Spans roll: a cap of two a day means at most two attempts in any 24 hours, whatever the zone's midnight.
    """
    held = [(until, why) for until, why in _holds(sorted(tried, reverse=True), machine, caps) if until > now]
    return max(held, key=lambda pair: pair[0]) if held else (now, Why.NOTHING)


def _holds(
    newest: Sequence[datetime], machine: datetime | None, caps: Caps
) -> Iterator[tuple[datetime, Why]]:
    if caps.per_day is not None and len(newest) >= caps.per_day:
        yield newest[caps.per_day - 1] + timedelta(hours=24), Why.DAY
    if caps.per_period is not None and len(newest) >= caps.per_period:
        yield newest[caps.per_period - 1] + timedelta(days=caps.period_days), Why.PERIOD
    if newest and caps.gap_hours:
        yield newest[0] + timedelta(hours=caps.gap_hours), Why.GAP
    if machine and caps.machine_hours:
        yield machine + timedelta(hours=caps.machine_hours), Why.MACHINE


def is_spent(attempts: int, most: int) -> bool:
    """Tell whether the one budget of attempts over all jobs, waves and recoveries is used up."""
    return attempts >= most
