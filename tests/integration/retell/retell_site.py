"""A workspace of Retell on a clock of the test's own: an upload in, and what follows from the calls."""

import shutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

from deployments.sandbox.engine.faults import make_fault
from flows.recover import climb
from flows.triage import check_the_job
from models.handovers.retell import RETELL
from models.policy.policy import Policy
from tasks.context import RunContext
from tasks.handovers.observe import OperatorReport, TakenHandover, observe
from tasks.ledger import plans, recoveries
from tasks.runs.runner import run_claimed
from tasks.runtime.handing import handing_of
from tasks.runtime.wiring import Runtime, claim, handovers_of, make_platform, open_runtime
from tests.fakes.retell import RetellHere
from tests.fakes.voqo import TickingClock
from tests.plain_settings import plain_settings

POLICY = {
    "approval": "auto",
    "stall_seconds": 300,
    "poll_seconds": 60,
    "lease_seconds": 86400,
    "visibility_seconds": 15,
    "permits": 11,
    "default_region": "AU",
    "redial_later": False,
}


@cache
def _blank() -> str:
    """Return a home with a ledger that has its schema, made once for all tests of a process."""
    folder = mkdtemp(prefix="retell-blank-")
    open_runtime(plain_settings(platform="retell", platform_key="key", home=folder))
    return folder


class RetellSite:
    """One workspace with its ledger, and a batch that has stalled there."""

    def __init__(
        self, home: Path, scenario: str = "dead-dispatcher", contacts: int = 12, **policy: Any
    ) -> None:
        self.home = home
        shutil.copytree(_blank(), home, dirs_exist_ok=True)
        self.clock = TickingClock()
        self.here = RetellHere(self.clock, scenario, contacts=contacts, permits=11)
        chosen = plain_settings(platform="retell", platform_key=self.here.key, home=home)
        opened = open_runtime(chosen, clock=self.clock)
        knobs = Policy.model_validate(POLICY | policy)
        self.runtime = Runtime(opened.settings, knobs, opened.keys, opened.ledger)
        self.ledger = opened.ledger
        self.handovers = handovers_of(opened.settings, opened.ledger)

    @property
    def job(self) -> str:
        """Return the id of the batch."""
        return str(self.here.scene.job.id)

    @property
    def called(self) -> int:
        """Return how many the batch has called by now, as its page counts them."""
        return sum(1 for row in self.here.world and self.here.scene.job.rows if row.call is not None)

    def upload(self, name: str = "upload.csv", phones: list[str] | None = None) -> Path:
        """Write the batch's upload."""
        path = self.home / name
        numbers = phones or [row.phone for row in self.here.scene.job.rows]
        rows = (f"{phone},Contact {n}" for n, phone in enumerate(numbers, start=1))
        path.write_text("\n".join(["phone number,first_name", *rows]) + "\n", encoding="utf-8")
        return path

    def observe(self, status: str | None = "running", **seen: Any) -> TakenHandover:
        """Hand the batch over."""
        handing = handing_of(self.runtime.settings, self.runtime.policy)
        assert handing is not None
        assert handing.vocabulary is RETELL
        told = OperatorReport(job_id=self.job, by="Kim", status=status, **seen)
        return observe(self.handovers, told, handing.columns, handing.vocabulary)

    def handed_over(self) -> None:
        """Hand over what an operator sees, with the upload."""
        self.observe(upload=self.upload(), processed=self.called)

    def stopped(self, recovery_id: str, **told: Any) -> None:
        """Stop the batch, and say so."""
        self.here.world.cancel(self.here.scene.job)
        self.observe(None, stopped_for=recovery_id, **({"processed": self.called} | told))

    def fault(self, name: str, **options: Any) -> None:
        """Arm one more fault of the platform."""
        self.here.scene.world.faults.add(make_fault(name, **options))

    def context(self) -> RunContext:
        """Return a context for the batch."""
        runtime, way = self.runtime, self.here.transport
        platform = make_platform(runtime.settings, runtime.policy, self.clock, way, ledger=runtime.ledger)
        return runtime.context(self.job, platform=platform)

    def run(self) -> dict[str, Any]:
        """Run the batch's recovery, or go on with it, until it waits or ends."""
        ctx = self.context()
        claim(ctx)
        return run_claimed(ctx, climb)

    def begun(self) -> str:
        """Bring a recovery to its fence, and stop the batch for it."""
        self.handed_over()
        recovery_id = str(self.run()["recovery_id"])
        self.stopped(recovery_id)
        return recovery_id

    def triage(self) -> RunContext:
        """Look at the batch and return what was found."""
        ctx = self.context()
        check_the_job(ctx)
        return ctx

    def states(self, recovery_id: str) -> Mapping[str, tuple[str | None, str | None]]:
        """Return the state and the outcome of each contact that was to be redialled, by number."""
        rows = plans.contacts(self.ledger, recovery_id)
        return {row.phone or "": (row.state, row.outcome) for row in rows if row.position is not None}

    def why(self, recovery_id: str) -> str:
        """Return what a recovery says is to be done next."""
        return str(recoveries.get(self.ledger, recovery_id).next_action)
