"""Measures whether permits idle: a whole recovery on the virtual clock, beside the least that N calls take.

Every call holds its permit for W seconds, so that N of them on c permits take N * W / c at the least. Nothing
here depends on the machine.
"""

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from deployments.sandbox.engine.outcomes import Outcome
from deployments.sandbox.engine.pace import Pace
from tests.bench.child import in_child
from tests.bench.dispatch.recovery import WholeRecovery
from tests.bench.rows import Goal, Row, in_turn

SOURCE = 3700
"""Contacts of the source job, of which some 2,000 are redialled."""
SECONDS = 60.0
PERMITS = 21
WATCHED = 30
"""Dispatches of the sample and of the first waves, which are watched and not hurried."""
HERE = "tests.bench.bench_relaunch"


@dataclass(frozen=True, slots=True)
class Even(Pace):
    """A platform on which every call holds its permit for the same time, answered or not."""

    held_seconds: float = SECONDS

    @property
    def _line(self) -> float:
        return self.held_seconds - self.setup_seconds - self.wrap_up_seconds

    def ring(self, outcome: Outcome, limit: float, *names: object) -> float:
        """Ring for half of the call where it is answered, else for all of it."""
        return self._line / 2 if outcome.answered else self._line

    def talk(self, outcome: Outcome, *names: object) -> float:
        """Talk for the other half."""
        return self._line / 2


def measure(_rounds: int, source: int = SOURCE, seconds: float = SECONDS) -> list[Row]:
    """Return the rows: in all, and after the dispatches that are watched. One round is as good as many."""
    found, load = in_turn(1, ours=lambda: in_child(f"{HERE}:played", source=source, seconds=seconds))
    (one,) = found["ours"]
    n, beside = one["calls"], {"calls": one["calls"], "permits": PERMITS - 1, "call s": seconds}
    bound, rest = n * seconds / (PERMITS - 1), (n - WATCHED) * seconds / (PERMITS - 1)
    name = f"relaunch of {n:,} calls of {seconds:g} s"
    return [
        Row(
            f"{name}, in all",
            "s",
            [one["all"]],
            "N x W / c",
            [bound],
            Goal("ratio", "at most", 1.25),
            load,
            beside,
        ),
        Row(
            f"{name}, after the first {WATCHED}",
            "s",
            [one["rest"]],
            "the bound for the rest",
            [rest],
            Goal("ratio", "at most", 1.1),
            load,
            beside,
        ),
    ]


def played(source: int, seconds: float) -> dict[str, float]:
    """Play the recovery and return its seconds by the platform's clock, and how many calls it made."""
    with TemporaryDirectory() as folder:
        whole = WholeRecovery(
            f"sqlite:///{Path(folder) / 'ledger.db'}", Path(folder), source, permits=PERMITS
        )
        world = whole.scene.world
        world.pace = world.line.pace = world.dispatcher.pace = Even(held_seconds=seconds)
        begun = whole.clock.now().timestamp()
        whole.run()
        ours = [call for call in world.calls.values() if not call.row.job.source]
    starts = sorted(call.started_at for call in ours)
    end = max(call.ended_at or 0.0 for call in ours)
    return {"calls": len(ours), "all": end - begun, "rest": end - starts[WATCHED]}
