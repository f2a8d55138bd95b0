"""Time as the steps know it: one seam, so that tests and simulations bring their own."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """The two things a step asks of time."""

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
