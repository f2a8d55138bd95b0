"""Whole jobs that run by themselves, seen from outside: rows that have ended, calls in the air, permits."""

import heapq
import math
from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from random import Random

from models.estimate.job import Progress, estimate
from tests.simulation.estimates.said import DISPATCHED, FINISHED, Said, judged

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
LOOKS = 12
"""Moments of one job at which it is asked how long it will still take."""


def seen(seed: int, index: int) -> list[Said]:
    """Play one job of 200 to 4,000 contacts with 5 to 50 permits, return what its estimates would have said.

    Every freed permit is used at once; 35 % answer and talk for a lognormal time.
    """
    rng = Random(f"jobs/{seed}/{index}")
    contacts, permits = int(200 * 20 ** rng.random()), rng.randint(5, 50)
    calls = _play(rng, contacts, permits)
    ends = sorted(end for _, end in calls)
    last = {DISPATCHED: _at(calls[-1][0]), FINISHED: _at(ends[-1])}
    said: list[Said] = []
    for _ in range(LOOKS):
        begun = rng.randrange(contacts // 50, contacts)
        now = calls[begun][0]
        ended = bisect_right(ends, now)
        progress = Progress(
            pending=contacts - begun - 1,
            in_air=begun + 1 - ended,
            ended_at=[_at(end) for end in ends[:ended]],
            permits=permits,
        )
        eta = estimate(progress, _at(now)).as_json()
        said += judged(eta, begun / contacts, last)
    return said


def _play(rng: Random, contacts: int, permits: int) -> list[tuple[float, float]]:
    free, calls = [0.0] * permits, []
    for _ in range(contacts):
        start = heapq.heappop(free)
        end = start + _length(rng)
        calls.append((start, end))
        heapq.heappush(free, end)
    return calls


def _length(rng: Random) -> float:
    """Draw how long a permit is held, in seconds."""
    if rng.random() < 0.35:
        return rng.uniform(4, 12) + rng.lognormvariate(math.log(50), 0.9)
    return rng.choice([rng.uniform(1, 4), rng.uniform(15, 32), rng.uniform(15, 32)])


def _at(seconds: float) -> datetime:
    return START + timedelta(seconds=seconds)
