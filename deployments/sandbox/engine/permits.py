"""The permits of one workspace: a number of calls that it may have in the air, leaked ones included."""

from collections.abc import Callable


class Permits:
    """Counts what is held and what is live, and remembers both at each change."""

    def __init__(self, limit: int, now: float) -> None:
        self.limit = limit
        self.held = 0
        self.live = 0
        self.peak_held = 0
        self.peak_live = 0
        self.samples: list[tuple[float, int, int]] = [(now, 0, 0)]
        self.when_free: list[Callable[[float], None]] = []

    @property
    def free(self) -> int:
        """Return how many permits nobody holds."""
        return self.limit - self.held

    def take(self, now: float) -> None:
        """Hold one permit more."""
        self.held += 1
        self._note(now)

    def release(self, now: float) -> None:
        """Give one permit back and wake whoever waits for it."""
        self.held -= 1
        self._note(now)
        for wake in self.when_free:
            wake(now)

    def rise(self, now: float) -> None:
        """Note that one more call is in the air."""
        self.live += 1
        self._note(now)

    def land(self, now: float) -> None:
        """Note that one call is down."""
        self.live -= 1
        self._note(now)

    def _note(self, now: float) -> None:
        self.peak_held = max(self.peak_held, self.held)
        self.peak_live = max(self.peak_live, self.live)
        self.samples.append((now, self.held, self.live))
