"""One whole recovery of a job whose dispatcher died, on the virtual clock, beside the platform's own CPU."""

import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from deployments.sandbox.engine.world import World
from deployments.sandbox.in_memory.platform import FakePlatform, open_fake
from deployments.sandbox.scenarios import SCENARIOS, Scene
from deployments.sandbox.scenarios.builder import Stage
from flows.recover import climb
from models.audit.chain import AuditKey
from models.enums import State
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from tasks.clock import VirtualClock
from tasks.context import Case, Reporter, RunContext, Silent
from tasks.ledger import recoveries
from tasks.ledger.store import Ledger
from tasks.runtime.database import open_ledger
from tasks.runtime.wiring import claim

KEY = AuditKey("bench", b"this key protects a measurement and nothing else")
PERMITS = 50
SEED = 20261124
SCENARIO = "dead-dispatcher"
NOBODYS = 15_200
"""Numbers that nobody owns: `deployments.sandbox.engine.phones` gives no more. Larger jobs make theirs up."""
STREAMS = frozenset({"list_contacts", "list_jobs"})


class TimedPlatform:
    """A platform whose share of the CPU is counted, in seconds: what is read is read in whole."""

    def __init__(self, platform: FakePlatform) -> None:
        self._platform = platform
        self.seconds = 0.0
        self.asked = 0

    def __getattr__(self, name: str) -> Any:
        """Pass on, and count."""
        found = getattr(self._platform, name)
        return self._timed(found, whole=name in STREAMS) if callable(found) else found

    def _timed(self, act: Callable[..., Any], *, whole: bool) -> Callable[..., Any]:
        def run(*given: Any, **named: Any) -> Any:
            begun = time.process_time()
            try:
                return list(act(*given, **named)) if whole else act(*given, **named)
            finally:
                self.seconds += time.process_time() - begun
                self.asked += 1

        return run


class LargeStage(Stage):
    """A stage for more people than there are numbers that nobody owns: in memory, where no phone rings."""

    def people(self, count: int | None = None) -> list[str]:
        """Return numbers of Australian mobiles, one after the other."""
        return [f"+614{n:08d}" for n in range(self.contacts if count is None else count)]


def open_large(clock: VirtualClock, contacts: int, permits: int, seed: int) -> tuple[FakePlatform, Scene]:
    """Open the scenario as `open_fake` does, for a job of any size."""
    name = f"{SCENARIO}/{seed}"
    world = World(name, clock.now().timestamp(), permits=permits)
    job, state, cause = SCENARIOS[SCENARIO](LargeStage(world, contacts, Random(name), permits), seed)
    world.reached_before = world.people.reached()
    return FakePlatform(world, clock), Scene(SCENARIO, world, job, state, cause)


class WholeRecovery:
    """A job of so many contacts, half of them called, and a ledger: `run` recovers it from start to end."""

    def __init__(
        self, url: str, home: Path, contacts: int, *, permits: int = PERMITS, seed: int = SEED, **policy: Any
    ) -> None:
        self.clock = VirtualClock()
        fake, self.scene = (
            open_fake(SCENARIO, seed, clock=self.clock, contacts=contacts, permits=permits)
            if contacts <= NOBODYS
            else open_large(self.clock, contacts, permits, seed)
        )
        self.platform = TimedPlatform(fake)
        self.ledger: Ledger = open_ledger(url, KEY, clock=self.clock)
        self.policy = Policy.model_validate(
            {"approval": "auto", "default_region": "AU", "permits": permits, **policy}
        )
        self.home = home

    def run(self, reporter: Reporter | None = None) -> State:
        """Claim the job and climb the ladder; returns where it ends."""
        ctx = self._context()
        ctx.reporter = reporter or Silent()
        claim(ctx)
        return climb(ctx)

    def dispatched(self) -> int:
        """Return how many contacts were handed to the platform."""
        (recovery,) = recoveries.of_job(self.ledger, self.key)
        return recoveries.counts(self.ledger, recovery.id)["accepted"]

    @property
    def key(self) -> tuple[str, str, str]:
        """The job's key in the ledger: workspace, platform, id."""
        return (self.scene.world.workspace_id, self.platform.name, self.scene.job.id)

    def _context(self) -> RunContext:
        workspace, _, job_id = self.key
        return RunContext(
            workspace=workspace,
            ledger=self.ledger,
            platform=self.platform,
            policy=self.policy,
            table=ReasonTable.packaged(),
            home=self.home,
            secret=KEY.secret,
            case=Case(job_id),
        )
