"""What a platform would not tell: side reads that failed, each said once, with the platform's own words."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from models.platform import PlatformError

MOST = 50
"""Gaps that are kept; a platform that finds new words for every read says no more by then."""


class Gaps:
    """Collects gaps from many threads."""

    def __init__(self) -> None:
        self._said: dict[str, None] = {}
        self._lock = Lock()

    def say(self, message: str) -> None:
        """Keep one gap; the same one counts once."""
        with self._lock:
            if len(self._said) < MOST:
                self._said[message.rstrip(".")] = None

    def all(self) -> tuple[str, ...]:
        """Return the gaps so far, the oldest first, each as a clause without a full stop."""
        with self._lock:
            return tuple(self._said)

    @contextmanager
    def aside(self, what: str) -> Iterator[None]:
        """Turn whatever goes wrong in a side read into a gap: what it was to fill stays unknown."""
        try:
            yield
        except PlatformError as error:
            self.say(f"{what}: {error}")
