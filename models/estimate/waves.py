"""When a recovery will have called everybody: careful waves one after the other, then all permits at once."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import fmean

from models.estimate.eta import Basis, Eta, Span
from models.estimate.lengths import CallLengths, error_of, last_of
from models.estimate.pace import (
    FEWEST_EVENTS,
    WINDOW_LENGTHS,
    WINDOW_SECONDS,
    OpenSeconds,
    always_open,
    open_between,
    silence,
)

CAREFUL_WAVE = 5
"""Contacts of one careful wave at the most: the sample's, and those that are watched one by one."""
MODEL_ERROR = 0.05
"""What a pace is off beside chance: permits that idle between two looks, calls that become longer."""
IN_USE = 0.89
"""The share of the permits that hold a call in a relaunch, where nothing is counted yet: those of a
wave idle between its last calls. From simulated relaunches (`python -m tests.simulation.estimates`)."""
LAST_IDLE = 0.5
"""Calls' lengths by which the last dispatch comes later than that: the last waves have fewer people than
permits. From the same simulation."""


@dataclass(frozen=True, slots=True)
class TakenWave:
    """A wave that the platform has taken: `open` of its contacts have no end, the others ended at `ended`."""

    at: datetime
    size: int
    cap: int
    open: int
    ended: Sequence[datetime] = ()
    is_careful: bool = False

    @property
    def queue(self) -> int:
        """Return how many wait in the wave for one of its permits."""
        return max(0, self.open - self.cap)

    @property
    def is_known(self) -> bool:
        """Tell whether the end of every contact is known."""
        return not self.open and len(self.ended) >= self.size

    def seconds(self) -> list[float]:
        """Return the seconds from the wave's begin to each end, in order."""
        return sorted(max(0.0, (end - self.at).total_seconds()) for end in self.ended)

    def held(self) -> float:
        """Return the seconds of a permit that all its contacts took together, of a wave that is known."""
        ends = [0.0, *self.seconds()]
        running = range(len(ends) - 1, 0, -1)
        return sum(
            (after - before) * min(self.cap, left)
            for (before, after), left in zip(pairwise(ends), running, strict=True)
        )


@dataclass(frozen=True, slots=True)
class WavesProgress:
    """What a recovery has done so far: `left` contacts are in no wave, `careful` of these go five at a time.

    `waves` are those that are open, the careful ones and the latest that have ended, oldest first; `permits`
    is what all may use together. `ramped_at` is when the first wave that doubles was taken, None before it.
    """

    left: int
    careful: int
    waves: Sequence[TakenWave]
    permits: int
    ramped_at: datetime | None = None

    @property
    def open(self) -> Sequence[TakenWave]:
        """Return the waves that have contacts without an end."""
        return [wave for wave in self.waves if wave.open]

    @property
    def queue(self) -> int:
        """Return how many are with the platform and wait there for a permit of their wave."""
        return sum(wave.queue for wave in self.waves)


def estimate_waves(progress: WavesProgress, now: datetime, open_seconds: OpenSeconds = always_open) -> Eta:
    """Estimate when everybody is called and when the last call has ended.

    There is no estimate, and the reason is given, where nothing has moved for too long and before a wave has
    come to its end.
    """
    here = Span(now, now, now)
    if not progress.left and not progress.open:
        return Eta(now, Basis.DONE, here, here)
    held = _held(progress)
    events = [at for wave in progress.waves for at in (wave.at, *wave.ended)]
    quiet = silence(events, held.mean if held else 0.0, now, open_seconds)
    if quiet is not None:
        return Eta(now, Basis.NONE, why=f"nothing has moved for {quiet / 60:.0f} min")
    if held is None:
        return Eta(now, Basis.NONE, why="the first calls have not ended yet")
    if not progress.left and not progress.queue:
        return Eta(now, Basis.DONE, here, _last_of_open(progress, held, now))
    rate, basis = _rate(progress, held, now, open_seconds)
    dispatched = _dispatched(progress, held, rate, now, open_seconds)
    return Eta(now, basis, dispatched, _last_of_all(progress, held, dispatched), rate=rate)


def _held(progress: WavesProgress) -> CallLengths | None:
    known = [wave for wave in progress.waves if wave.is_known]
    whole, contacts = sum(wave.held() for wave in known), sum(wave.size for wave in known)
    if not whole:
        return None
    return CallLengths(
        whole / contacts, [s for wave in known if wave.size <= wave.cap for s in wave.seconds()]
    )


def _rate(
    progress: WavesProgress, held: CallLengths, now: datetime, open_seconds: OpenSeconds
) -> tuple[float, Basis]:
    """Return the contacts a second that all permits work off: counted where they were full."""
    if progress.ramped_at is not None:
        ramp = (wave for wave in progress.waves if not wave.is_careful)
        ends = sorted(end for wave in ramp for end in wave.ended if end <= now)
        longest = max(WINDOW_SECONDS, WINDOW_LENGTHS * held.mean)
        begun = max(
            ends[0] if ends else now,
            progress.ramped_at + timedelta(seconds=2 * held.mean),
            now - timedelta(seconds=longest),
        )
        counted = sum(end > begun for end in ends)
        span = open_between(begun, now, open_seconds) if begun < now else 0.0
        if counted >= max(FEWEST_EVENTS, progress.permits) and span > 0:
            return counted / span, Basis.RATE
    return IN_USE * progress.permits / held.mean, Basis.LITTLE


def _dispatched(
    progress: WavesProgress, held: CallLengths, rate: float, now: datetime, open_seconds: OpenSeconds
) -> Span:
    careful, bulk = _careful(progress, now), _bulk(progress, held, rate)
    off = math.exp(error_of(held.spread, len(held.lengths), bulk * rate, MODEL_ERROR))
    early, late = 1 / off, off
    return Span(
        *(open_seconds(now, seconds) for seconds in (
            early * (careful + bulk), careful + bulk, late * (careful + bulk),
        ))
    )  # fmt: skip


def _careful(progress: WavesProgress, now: datetime) -> float:
    """Return the seconds that the careful waves still take, each as long as those so far."""
    done = [wave for wave in progress.waves if wave.is_careful]
    if not done or progress.ramped_at is not None:
        return 0.0
    rounds = [(after.at - before.at).total_seconds() for before, after in pairwise(done)]
    rounds += [max(wave.seconds(), default=0.0) for wave in done[-1:] if wave.is_known]
    usual = fmean(rounds) if rounds else 0.0
    current = done[-1]
    rest = max(0.0, usual - (now - current.at).total_seconds()) if current.open else 0.0
    more = math.ceil(progress.careful / CAREFUL_WAVE)
    if progress.left <= progress.careful:
        return rest + max(0, more - 1) * usual  # the last of them is sent as the one before it ends
    return rest + more * usual


def _bulk(progress: WavesProgress, held: CallLengths, rate: float) -> float:
    """Return the seconds until the last of those that go with all permits is called."""
    waiting = progress.left - progress.careful + progress.queue
    in_air = sum(min(wave.cap, wave.open) for wave in progress.waves if not wave.is_careful)
    together = max(0, waiting - max(0, progress.permits - in_air)) / rate
    # Whoever waits in a wave gets that wave's permits only.
    alone = max((held.mean * wave.queue / wave.cap for wave in progress.open), default=0.0)
    return max(together, alone) + LAST_IDLE * held.mean


def _last_of_all(progress: WavesProgress, held: CallLengths, dispatched: Span) -> Span:
    calls = max(1, min(progress.permits, progress.left + sum(wave.open for wave in progress.waves)))

    def still(more: float) -> float:
        return (calls - 1) * held.past_any(more) + held.past(0.0, more)

    return dispatched.later(last_of(still))


def _last_of_open(progress: WavesProgress, held: CallLengths, now: datetime) -> Span:
    def still(more: float) -> float:
        found = 0.0
        for wave in progress.open:
            age = (now - wave.at).total_seconds()
            share = held.past(age, more) if wave.size <= wave.cap else held.past_any(more)
            found += wave.open * share
        return found

    return Span(now, now, now).later(last_of(still))
