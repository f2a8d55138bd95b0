"""Coverage marks: a guard says that it struck, so that its test can prove it; free when nobody listens."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

_listening: list[Counter[str]] = []


def struck(guard: str) -> None:
    """Say that a guard has struck; `guard` is its name, such as `witness.unknown_wave`."""
    for heard in _listening:
        heard[guard] += 1


@contextmanager
def listen() -> Iterator[Counter[str]]:
    """Count the guards that strike within, by name."""
    heard: Counter[str] = Counter()
    _listening.append(heard)
    try:
        yield heard
    finally:
        _listening.remove(heard)
