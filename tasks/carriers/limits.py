"""What holds a carrier's answers and our questions within bounds."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from threading import Lock

import httpx

from models.platform import InvalidResponseError
from tasks.clock import Clock


class Pace:
    """Lets requests of many threads begin one after another, so many in a second at the most."""

    def __init__(self, clock: Clock, per_second: float) -> None:
        self._clock, self._gap = clock, timedelta(seconds=1 / per_second)
        self._free: datetime | None = None
        self._lock = Lock()

    def wait(self) -> None:
        """Return when the next request may begin."""
        with self._lock:
            now = self._clock.now()
            # The one before has waited its own gap: a longer one is a clock that was put back.
            begins = min(max(now, self._free or now), now + self._gap)
            self._clock.sleep((begins - now).total_seconds())
            self._free = begins + self._gap


class Bounded(httpx.SyncByteStream):
    """The body of an answer that is read no further than it may be long.

    Raises InvalidResponseError there: what is longer is no answer to what was asked.
    """

    def __init__(self, stream: httpx.SyncByteStream, most: int, name: str) -> None:
        self._stream, self._most, self._name = stream, most, name

    def __iter__(self) -> Iterator[bytes]:
        """Go through the body."""
        left = self._most
        for part in self._stream:
            left -= len(part)
            if left < 0:
                raise InvalidResponseError(f"{self._name} answered more than {self._most:,} bytes.")
            yield part

    def close(self) -> None:
        """Let go of the connection."""
        self._stream.close()
