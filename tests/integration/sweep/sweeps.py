"""A workspace in memory for sweeps: a fake platform, a ledger, a clock, and hands that write down."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deployments.sandbox.in_memory.platform import FakePlatform, open_fake
from flows.sweep import sweep_workspaces
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from models.tables.ledger import Recovery
from tasks.clock import VirtualClock
from tasks.context import Case, RunContext
from tasks.ledger.store import Ledger
from tasks.prefect import Beside
from tasks.sweep.report import Place
from tasks.sweep.sweep import JobObservation, SweepActions, SweepResult

TABLE = ReasonTable.packaged()


@dataclass
class Recording:
    """Hands that only write down what they were asked to do."""

    acted: list[str] = field(default_factory=list)
    went: list[str] = field(default_factory=list)
    tended: list[str] = field(default_factory=list)

    def act(self, seen: JobObservation) -> str:
        """Write a stalled job down."""
        self.acted.append(seen.job_id)
        return "opened"

    def go_on(self, recovery_id: str) -> str:
        """Write a recovery down."""
        self.went.append(recovery_id)
        return "went on"

    def tend(self, waiting: Sequence[Recovery]) -> dict[str, str]:
        """Write those down that wait."""
        self.tended += [one.id for one in waiting]
        return {}


@dataclass
class Workspace:
    """One workspace with one job that has stalled."""

    name: str
    ctx: RunContext
    fake: FakePlatform
    job: str
    hands: Recording = field(default_factory=Recording)

    def place(self) -> Place:
        """Return it as a place to sweep."""

        def opened() -> tuple[RunContext, SweepActions]:
            return self.ctx, self.hands

        return Place(self.name, opened)


def workspace(
    ledger: Ledger,
    clock: VirtualClock,
    home: Path,
    name: str = "shop",
    scene_name: str = "dead-dispatcher",
    **policy: Any,
) -> Workspace:
    """Return a workspace whose job's dispatcher has died."""
    fake, scene = open_fake(scene_name, 1, clock=clock, contacts=12)
    chosen = Policy.model_validate({"default_region": "AU", "permits": scene.world.permits.limit, **policy})
    ctx = RunContext(
        workspace=name,
        ledger=ledger,
        platform=fake,
        policy=chosen,
        table=TABLE,
        home=home,
        secret=b"a secret of sixteen bytes or more",
        case=Case(""),
    )
    return Workspace(name, ctx, fake, scene.job.id)


def swept(*places: Workspace) -> list[SweepResult]:
    """Sweep some workspaces."""
    return sweep_workspaces(Beside(), [one.place() for one in places], lambda: "nothing was cleared away")
