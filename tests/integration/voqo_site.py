"""A workspace of Voqo on a clock of the test's own: hand-overs in, and what follows from them."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from flows.triage import check_the_job
from models.policy.policy import Policy
from tasks.clock import VirtualClock
from tasks.context import RunContext
from tasks.handovers.observe import Seen, Taken, observe
from tasks.runtime.settings import Settings
from tasks.runtime.wiring import Runtime, handovers_of, open_runtime
from tests.integration.scenes import phone

JOB = "job_1"
HEAD = "Phone,Status,Duration,Error"
STALL = 300


class VoqoSite:
    """One workspace with its ledger; `settings` are those of `[voqo]`."""

    def __init__(self, home: Path, settings: Mapping[str, Any] | None = None, **policy: Any) -> None:
        self.home = home
        self.clock = VirtualClock()
        chosen = Settings(
            platform="voqo",
            platform_key="key",
            workspace="ws_1",
            home=home,
            voqo=dict(settings or {}),
            _env_file=None,
        )
        opened = open_runtime(chosen, clock=self.clock)
        knobs = Policy.model_validate({"stall_seconds": STALL, **policy})
        self.runtime = Runtime(chosen, knobs, opened.keys, opened.ledger)
        self.handovers = handovers_of(chosen, opened.ledger)

    def file(self, name: str, lines: Iterable[str]) -> Path:
        """Write a file."""
        path = self.home / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    def upload(self, people: int, name: str = "upload.csv") -> Path:
        """Write an upload of some people."""
        rows = (f"{phone(n)},Contact {n}" for n in range(1, people + 1))
        return self.file(name, ["phone_number,name", *rows])

    def report(self, *rows: tuple[int, str], name: str = "report.csv") -> Path:
        """Write a report about some people, by their number and status."""
        return self.file(name, [HEAD, *(f"{phone(n)},{status},0," for n, status in rows)])

    def observe(self, status: str | None = "Running", **seen: Any) -> Taken:
        """Hand the job over."""
        given = {"job_id": JOB, "by": "Kim", "agent_id": "agent_1"} | seen
        columns = self.runtime.settings.voqo.columns(self.runtime.policy.default_region)
        return observe(self.handovers, Seen(status=status, **given), columns)

    def context(self) -> RunContext:
        """Return a context for the job."""
        return self.runtime.context(JOB)

    def triage(self) -> RunContext:
        """Look at the job and return what was found."""
        ctx = self.context()
        check_the_job(ctx)
        return ctx

    def plan(self) -> dict[int, str]:
        """Return each row's action in the dry run."""
        plan = self.triage().case.plan
        assert plan is not None
        return {one.row: one.action.value for one in plan.contacts}
