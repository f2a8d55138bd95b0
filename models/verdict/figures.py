"""The figures of a recovery, summed wave by wave in the order of sending."""

from collections import Counter
from dataclasses import dataclass, field, replace

from models.enums import Phase
from models.verdict.monitor import Monitor
from models.verdict.tally import Ended, tally


@dataclass(frozen=True, slots=True)
class WaveFigures:
    """One wave: how its dispatches ended, counted, and how many have no end yet."""

    n: int
    phase: Phase
    cap: int
    is_settled: bool
    open: int
    ended: Counter[Ended]


@dataclass(frozen=True, slots=True)
class Figures:
    """The sums of all waves up to `last`: of the sample, of the relaunch, and the evidence of its monitor."""

    monitor: Monitor
    last: int = 0
    sample: Counter[Ended] = field(default_factory=Counter)
    relaunch: Counter[Ended] = field(default_factory=Counter)

    def plus(self, wave: WaveFigures) -> "Figures":
        """Return the sums with one more wave."""
        if wave.phase is Phase.SAMPLE:
            return replace(self, last=wave.n, sample=self.sample + wave.ended)
        seen = tally(wave.ended)
        # Only what may really be in the air counts as a call that will still succeed. Wave by wave, so that a
        # provider that fails late is noticed as fast as one that fails early.
        monitor = self.monitor.update(seen.n + min(wave.cap, wave.open), seen.k)
        return replace(self, last=wave.n, relaunch=self.relaunch + wave.ended, monitor=monitor)
