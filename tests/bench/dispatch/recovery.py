"""One whole recovery of a job whose dispatcher died, on the virtual clock, beside the platform's own CPU."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deployments.sandbox.in_memory.platform import FakePlatform, open_fake
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


class WholeRecovery:
    """A job of so many contacts, half of them called, and a ledger: `run` recovers it from start to end."""

    def __init__(
        self, url: str, home: Path, contacts: int, *, permits: int = PERMITS, seed: int = SEED, **policy: Any
    ) -> None:
        self.clock = VirtualClock()
        fake, self.scene = open_fake(
            "dead-dispatcher", seed, clock=self.clock, contacts=contacts, permits=permits
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
