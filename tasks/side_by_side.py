"""Reads that are made side by side: a few at a time, handed on in the order they were asked for."""

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

A = TypeVar("A")
B = TypeVar("B")


def side_by_side(act: Callable[[A], B], items: Iterable[A], at_once: int) -> Generator[B, None, None]:
    """Yield what `act` returns for each item, in order, with at most so many on their way.

    What one raises is raised in its turn, and nothing more is begun then. With `at_once` 1 no thread is made.
    """
    if at_once < 2:  # noqa: PLR2004  nothing beside it
        yield from map(act, items)
        return
    left = iter(items)
    with ThreadPoolExecutor(at_once) as pool:
        going: deque[Future[B]] = deque(pool.submit(act, one) for one in islice(left, at_once))
        try:
            while going:
                found = going.popleft().result()
                going.extend(pool.submit(act, one) for one in islice(left, 1))
                yield found
        finally:
            for one in going:
                one.cancel()
