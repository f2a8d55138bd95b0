"""The clock of a world: a heap of things to do, processed in order whenever somebody says how late it is."""

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any


class Agenda:
    """Future events by time; equal times are played in the order they were written down."""

    def __init__(self, now: float) -> None:
        self.now = now
        self._heap: list[tuple[float, int, Callable[[Any, float], None], Any]] = []
        self._written = 0

    def add(self, at: float, do: Callable[[Any, float], None], thing: object) -> None:
        """Write down that `do(thing, at)` happens at `at` (unix seconds), at the earliest now."""
        self._written += 1
        heappush(self._heap, (max(at, self.now), self._written, do, thing))

    def advance(self, now: float) -> None:
        """Play everything that is due up to `now`; a clock that went backwards changes nothing."""
        while self._heap and self._heap[0][0] <= now:
            self.now, _, do, thing = heappop(self._heap)
            do(thing, self.now)
        self.now = max(self.now, now)

    @property
    def next_at(self) -> float | None:
        """Return when the next event is due, None when nothing is planned."""
        return self._heap[0][0] if self._heap else None
