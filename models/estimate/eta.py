"""When everybody will be dispatched, and when the last call will have ended: two moments with their bands."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from models.estimate.lengths import Tail

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_SCALES: tuple[tuple[float, int, int, str], ...] = (
    (10 * _MINUTE, _MINUTE, _MINUTE, "min"),
    (90 * _MINUTE, 5 * _MINUTE, _MINUTE, "min"),
    (12 * _HOUR, _HOUR // 2, _HOUR, "h"),
    (2 * _DAY, _HOUR, _HOUR, "h"),
    (math.inf, _DAY // 2, _DAY, "days"),
)


class Basis(StrEnum):
    """What an estimate rests on."""

    RATE = "rate"
    LITTLE = "little"
    DONE = "done"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Span:
    """A moment with its band; `latest` is None where no upper end can be named."""

    earliest: datetime
    likely: datetime
    latest: datetime | None

    def later(self, tail: Tail) -> "Span":
        """Return the span moved on by a tail; the clock of calls that already run does not stop.

        The two errors know nothing of each other, so they do not simply add up.
        """
        likely = self.likely + timedelta(seconds=tail.likely)
        earliest = likely - _both(self.likely - self.earliest, tail.likely - tail.short)
        if self.latest is None:
            return Span(earliest, likely, None)
        return Span(earliest, likely, likely + _both(self.latest - self.likely, tail.long - tail.likely))

    def message(self, now: datetime) -> str:
        """Say how long it still takes, in honest units."""
        latest = None if self.latest is None else (self.latest - now).total_seconds()
        return honest((self.earliest - now).total_seconds(), latest)

    def as_json(self) -> dict[str, str | None]:
        """Return the moments as ISO 8601."""
        latest = None if self.latest is None else self.latest.isoformat()
        return {"earliest": self.earliest.isoformat(), "likely": self.likely.isoformat(), "latest": latest}


@dataclass(frozen=True, slots=True)
class Eta:
    """Both answers as of `now`: all dispatched and all finished, each None where there is no estimate.

    `rate` is in dispatches per open second; `why` says what a missing answer is missing.
    """

    now: datetime
    basis: Basis
    dispatched: Span | None = None
    finished: Span | None = None
    rate: float | None = None
    why: str = ""

    def message(self) -> str:
        """Say both answers in one sentence."""
        if self.dispatched is None:
            return f"No estimate: {self.why}."
        is_done = self.basis is Basis.DONE
        first = "All dispatched" if is_done else f"All dispatched in {self.dispatched.message(self.now)}"
        if self.finished is None:
            return f"{first}; when the last call ends cannot be said, {self.why}."
        if self.finished == self.dispatched and is_done:
            return "All dispatched and all finished."
        return f"{first}, all finished in {self.finished.message(self.now)}."

    def as_json(self) -> dict[str, Any]:
        """Return the answers with their figures, and the sentence."""
        return {
            "as_of": self.now.isoformat(),
            "basis": self.basis.value,
            "dispatches_per_minute": None if self.rate is None else round(self.rate * _MINUTE, 2),
            "all_dispatched": self.dispatched and self.dispatched.as_json(),
            "all_finished": self.finished and self.finished.as_json(),
            "words": self.message(),
        }


def honest(low: float, high: float | None) -> str:
    """Say a range of seconds in the units that it deserves, rounded outwards, as in "35 to 50 min"."""
    reach = low if high is None else high
    step, unit, name = next(scale[1:] for scale in _SCALES if reach <= scale[0])
    first = math.floor(low / step) * step / unit
    if high is None:
        return f"at least {max(first, step / unit):g} {name}"
    last = math.ceil(high / step) * step / unit
    if first == last:
        return f"about {last:g} {name}"
    return f"{first:g}\N{EN DASH}{last:g} {name}" if first > 0 else f"up to {last:g} {name}"


def _both(one: timedelta, error: float) -> timedelta:
    return timedelta(seconds=math.hypot(one.total_seconds(), error))
