"""A recovery at one glance, while it runs: counters, waves, the sample's walk, permits, ETA."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.enums import State, WaveState

SAID = {
    State.RUNNING: "runs",
    State.AWAITING_APPROVAL: "waits for approval",
    State.RECOVERED: "recovered",
    State.HEALTHY: "healthy",
    State.HELD: "held: a person has to decide",
    State.ESCALATED: "escalated to engineering",
    State.CANCELLED: "cancelled",
}
"""Every state as a live view calls it."""
INTERRUPTED = "interrupted: nobody runs it"


@dataclass(frozen=True, slots=True)
class WaveLine:
    """One wave: how many contacts it has, and what has become of them so far."""

    n: int
    phase: str
    state: str
    size: int
    ended: int
    reached: int
    sent_at: str | None
    cap: int = 1
    """How many of its calls the platform makes at a time."""

    @property
    def open(self) -> int:
        """Return how many of it have no end yet."""
        return self.size - self.ended


@dataclass(frozen=True, slots=True)
class Step:
    """One look at the sample: ended dispatches, failed ones, and the statistic that they weigh."""

    n: int
    k: int
    statistic: float
    word: str


@dataclass(frozen=True, slots=True)
class Walk:
    """The sample's walk between its bounds: at or below `go` the rest is called, at `abort` nobody is."""

    go: float
    abort: float
    steps: tuple[Step, ...] = ()

    def place(self, step: Step) -> float:
        """Return where a look stands between the bounds: 0 is go, 1 is abort."""
        return min(1.0, max(0.0, (step.statistic - self.go) / (self.abort - self.go)))


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveView:
    """What a live view shows; nothing in it names a person. Times are ISO 8601."""

    recovery_id: str
    job_id: str
    workspace: str
    state: State
    is_run: bool
    """False where the recovery is under way and no living process holds its job."""
    as_of: str
    counts: dict[str, int]
    walk: Walk
    waves: tuple[WaveLine, ...] = ()
    waves_in_all: int = 0
    permits: int = 0
    """How many calls at a time its waves may make together."""
    verdict: str | None = None
    eta: str = ""
    next_action: str = ""

    @property
    def is_over(self) -> bool:
        """Tell whether the recovery has ended."""
        return self.state.is_end

    @property
    def said(self) -> str:
        """Return the state in words."""
        lost = self.state is State.RUNNING and not self.is_run
        return INTERRUPTED if lost else SAID[self.state]

    @property
    def called(self) -> int:
        """Return how many of those to be redialled were handed over, and not taken back."""
        return self.counts["accepted"] - self.counts["withdrawn"]

    @property
    def in_air(self) -> int:
        """Return how many permits its waves hold at the most; every open wave is shown."""
        taken = (wave for wave in self.waves if wave.state == WaveState.ACCEPTED.value)
        return sum(min(wave.open, wave.cap) for wave in taken)

    def message(self) -> str:
        """Return all of it in one line, the same while nothing has changed."""
        counts = self.counts
        parts = [
            f"{self.recovery_id} {self.said}",
            f"{self.called} of {counts['planned']} called",
            f"{counts['reached']} reached",
            f"{counts['failed_again']} failed again" if counts["failed_again"] else "",
            f"{self.in_air} in the air" if self.in_air else "",
            f"wave {self.waves_in_all}" if self.waves_in_all else "",
            _walked(self.walk.steps, self.verdict),
            f"ETA {self.eta}" if self.eta else "",
        ]
        return ", ".join(part for part in parts if part)

    def as_json(self) -> dict[str, Any]:
        """Return it for programs and for the page."""
        return {
            "recovery_id": self.recovery_id,
            "job_id": self.job_id,
            "workspace": self.workspace,
            "state": self.state.value,
            "said": self.said,
            "is_over": self.is_over,
            "as_of": self.as_of,
            "called": self.called,
            "in_air": self.in_air,
            "permits": self.permits,
            "counts": self.counts,
            "waves_in_all": self.waves_in_all,
            "waves": [_wave(wave) for wave in self.waves],
            "sample": {
                "go": self.walk.go,
                "abort": self.walk.abort,
                "verdict": self.verdict,
                "steps": [
                    {"n": one.n, "k": one.k, "statistic": one.statistic, "word": one.word}
                    for one in self.walk.steps
                ],
            },
            "eta": self.eta,
            "next_action": self.next_action,
        }


def _wave(wave: WaveLine) -> dict[str, Any]:
    return {
        "n": wave.n,
        "phase": wave.phase,
        "state": wave.state,
        "size": wave.size,
        "ended": wave.ended,
        "open": wave.open,
        "reached": wave.reached,
        "sent_at": wave.sent_at,
    }


def _walked(steps: Sequence[Step], verdict: str | None) -> str:
    if not steps:
        return ""
    return f"sample {steps[-1].k} of {steps[-1].n} failed: {verdict or steps[-1].word}"
