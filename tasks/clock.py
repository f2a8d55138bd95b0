"""Time as the tasks know it: one seam, so that tests and simulations bring their own."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """The two things a task asks of time."""

    def now(self) -> datetime:
        """Return the aware time in UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Let that many seconds pass."""
        ...


class WallClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the aware time in UTC."""
        return datetime.now(UTC)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(max(0.0, seconds))


NEW_YEAR = datetime(2024, 1, 1, tzinfo=UTC)


class VirtualClock:
    """A clock that stands still until somebody sleeps, and then is there at once."""

    def __init__(self, start: datetime = NEW_YEAR) -> None:
        self._now = start

    def now(self) -> datetime:
        """Return the aware time in UTC."""
        return self._now

    def sleep(self, seconds: float) -> None:
        """Move on by that many seconds, at least none."""
        self._now += timedelta(seconds=max(0.0, seconds))
