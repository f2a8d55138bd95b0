"""One world with a folder of its own: where a recovery lives through its deaths, and what it leaves."""

import json
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from deployments.sandbox.client import Sandbox, WorldInfo
from models.tables.ledger import Recovery
from tasks.ledger import recoveries
from tasks.ledger.leases import JobKey
from tasks.ledger.store import Ledger
from tasks.runtime.database import open_ledger
from tasks.runtime.keys import load_keys
from tasks.runtime.settings.settings import Settings
from tests.chaos.kills.child import COPIED, COPY, LEDGER, ChildCommand
from tests.chaos.kills.stories import QUICK, SPEED, Story, world_seed
from tests.invariants.earned import earn_absence
from tests.plain_settings import plain_settings

MEMORY = Path("/dev/shm")
LANDING_SECONDS = 20.0
THEN = " copied, then "
"""Between the passing at which the ledger is copied and the fault at which the process dies."""


@dataclass(frozen=True)
class TrialEnvironment:
    """A world, the folder in which its recoveries run, and the way to look at both."""

    sandbox: Sandbox
    world: WorldInfo
    folder: Path

    @property
    def environ(self) -> dict[str, str]:
        """Return the settings of a command that runs here."""
        return {
            "RINGBACK_PLATFORM_URL": self.world.url,
            "RINGBACK_PLATFORM_KEY": self.world.key,
            "RINGBACK_WORKSPACE": self.world.workspace_id,
            "RINGBACK_HOME": str(self.folder / "home"),
            "RINGBACK_POLICY": str(self.folder / "policy.toml"),
        }

    @property
    def job_key(self) -> JobKey:
        """Return workspace, platform and job id."""
        return (self.world.workspace_id, "elevenlabs", self.world.job_id)

    @cached_property
    def settings(self) -> Settings:
        """Return the settings as a command here reads them."""
        return plain_settings(home=self.folder / "home")

    @cached_property
    def keys(self) -> Mapping[str, bytes]:
        """Return the audit keys by id."""
        return load_keys(self.settings).by_id

    @cached_property
    def ledger(self) -> Ledger:
        """Return the ledger, opened from this process."""
        return open_ledger(self.settings.ledger_url, load_keys(self.settings).signing)

    def newest(self) -> Recovery | None:
        """Return the newest recovery of the job."""
        ran = recoveries.of_job(self.ledger, self.job_key)
        return ran[-1] if ran else None

    @property
    def state(self) -> str | None:
        """Return where the newest recovery stands, None before the first."""
        recovery = self.newest()
        return recovery.state if recovery else None

    def go_on(self, name: str, fault: str = "") -> ChildCommand:
        """Return an order to recover the job or, where a recovery has begun, to resume that one by its id."""
        begun = self.newest()
        if begun is None:
            return self.recover(name, fault)
        return self.order(name, ("resume", begun.id, "--no-prefect", "--json"), fault)

    def go_back(self) -> bool:
        """Put the earlier copy of the ledger back, if there is one, as somebody does who knows of nothing."""
        copy, ledger = self.folder / COPIED, self.settings.folder / LEDGER
        if not copy.exists():
            return False
        self.ledger.engine.dispose()
        for log in ("-wal", "-shm"):
            ledger.with_name(f"{LEDGER}{log}").unlink(missing_ok=True)
        copy.replace(ledger)
        return True

    def recover(self, name: str, fault: str = "", *, counts: bool = False) -> ChildCommand:
        """Return an order to recover the job, dying at the fault."""
        return self.order(
            name, ("recover", self.world.job_id, "--no-prefect", "--json"), fault, counts=counts
        )

    def order(
        self, name: str, arguments: tuple[str, ...], fault: str = "", *, counts: bool = False
    ) -> ChildCommand:
        """Return an order to run a command here, dying at the fault; `point:n, then ...` is copied first."""
        copy, _, fault = fault.rpartition(THEN)
        environ = self.environ | {"RINGBACK_FAULT": fault, COPY: copy}
        return ChildCommand(str(self.folder), name, arguments, environ, counts)

    def said(self, name: str) -> str:
        """Return what a child has written to standard error so far."""
        path = self.folder / f"{name}.err"
        return path.read_text() if path.exists() else ""

    def passed(self, name: str) -> dict[str, int]:
        """Return how often a counting child passed each fault point."""
        found: dict[str, int] = json.loads((self.folder / f"{name}.passed").read_text())
        return found

    def landed(self) -> dict[str, Any]:
        """Return the world's history once every call has ended and no wave of ours dials any more."""
        until = time.monotonic() + LANDING_SECONDS
        while True:
            told = self.sandbox.history(self.world.key)
            if not _in_air(told) or time.monotonic() > until:
                return told
            time.sleep(0.02)


def _in_air(told: Mapping[str, Any]) -> bool:
    ours = (job for job in told["jobs"] if str(job["name"]).startswith("rb-"))
    return any(dial["ended_at"] is None for dial in told["dials"]) or any(
        job["status"] in {"pending", "in_progress"} for job in ours
    )


@contextmanager
def house_of(sandbox: Sandbox, story: Story, seed: int, **policy: Any) -> Iterator[TrialEnvironment]:
    """Open a world of a story, the same one each time for the same seed, with an empty folder."""
    world = sandbox.world(
        story.scenario,
        world_seed(story, seed),
        contacts=story.contacts,
        speed=SPEED,
        faults=[dict(fault) for fault in story.faults],
        salt=f"chaos {seed}",
    )
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        chosen = {**QUICK, "permits": world.permits, **policy}
        lines = (f"{name} = {json.dumps(value)}\n" for name, value in chosen.items())
        Path(folder, "policy.toml").write_text("".join(lines))
        house = TrialEnvironment(sandbox, world, Path(folder))
        earn_absence(house.ledger, world.workspace_id, "elevenlabs")
        try:
            yield house
        finally:
            if "ledger" in vars(house):
                house.ledger.engine.dispose()
