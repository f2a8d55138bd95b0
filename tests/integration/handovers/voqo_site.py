"""A workspace of Voqo on a clock of the test's own: hand-overs in, and what follows from them."""

import asyncio
import shutil
from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx
from fastapi import FastAPI

from deployments.gateway.app import make_app
from deployments.gateway.compose import webhook_secrets
from deployments.gateway.parts import Parts
from flows.recover import climb
from flows.triage import check_the_job
from models.policy.policy import Policy
from tasks.context import RunContext
from tasks.handovers.observe import OperatorReport, TakenHandover, observe
from tasks.runs.runner import run_claimed
from tasks.runtime.wiring import Runtime, claim, handovers_of, make_platform, open_runtime
from tests.fakes.gateway_starter import FakeStarter
from tests.fakes.voqo import SECRET, FakeVoqo, TickingClock
from tests.integration.scenes import phone
from tests.plain_settings import plain_settings

JOB = "job_1"
HEAD = "Phone,Status,Duration,Error"
STALL = 300


@cache
def _blank() -> str:
    """Return a home with a ledger that has its schema, made once for all tests of a process."""
    folder = mkdtemp(prefix="voqo-blank-")
    open_runtime(plain_settings(platform="voqo", platform_key="key", workspace="ws_1", home=folder))
    return folder


class VoqoSite:
    """One workspace with its ledger; `settings` are those of `[voqo]`, a `used` home is gone on with."""

    def __init__(
        self, home: Path, settings: Mapping[str, Any] | None = None, *, used: bool = False, **policy: Any
    ) -> None:
        self.home = home
        if not used:
            shutil.copytree(_blank(), home, dirs_exist_ok=True)
        self.clock = TickingClock()
        chosen = plain_settings(
            platform="voqo",
            platform_key="key",
            workspace="ws_1",
            platform_webhook_secret=SECRET.decode(),
            home=home,
            voqo=dict(settings or {}),
        )
        opened = open_runtime(chosen, clock=self.clock)
        knobs = Policy.model_validate({"stall_seconds": STALL, **policy})
        self.runtime = Runtime(chosen, knobs, opened.keys, opened.ledger)
        self.handovers = handovers_of(chosen, opened.ledger)
        self.fake = FakeVoqo(self.clock, take=self.hear)
        self.path = "/platforms/ws_1/voqo"

    @cached_property
    def door(self) -> FastAPI:
        """Return the gateway."""
        return make_app(
            Parts(
                ledger=self.runtime.ledger,
                clock=self.clock,
                starter=FakeStarter(),
                wake=lambda _recovery_id: None,
                webhooks=webhook_secrets(self.runtime.settings),
            )
        )

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

    def observe(self, status: str | None = "Running", **seen: Any) -> TakenHandover:
        """Hand the job over."""
        given = {"job_id": JOB, "by": "Kim", "agent_id": "agent_1"} | seen
        columns = self.runtime.settings.voqo.columns(self.runtime.policy.default_region)
        return observe(self.handovers, OperatorReport(status=status, **given), columns)

    def context(self) -> RunContext:
        """Return a context for the job, on a platform that calls nobody but on its own record."""
        runtime = self.runtime
        ledger, way = runtime.ledger, self.fake.transport
        platform = make_platform(runtime.settings, runtime.policy, self.clock, way, ledger=ledger)
        return runtime.context(JOB, platform=platform)

    def run(self) -> dict[str, Any]:
        """Run the job's recovery, or go on with it, until it waits or ends."""
        ctx = self.context()
        claim(ctx)
        return run_claimed(ctx, climb)

    def stalled(self, people: int, *reported: tuple[int, str]) -> None:
        """Hand over a job that has stood still for long enough."""
        report = self.report(*reported) if reported else None
        self.observe(upload=self.upload(people), report=report, processed=len(reported))
        self.clock.sleep(STALL)
        self.observe(processed=len(reported))

    def stopped(self, recovery_id: str, **told: Any) -> None:
        """Say that the job is stopped."""
        self.observe(None, stopped_for=recovery_id, **told)

    def hear(self, body: bytes, headers: dict[str, str]) -> int:
        """Take a webhook at the gateway's door and return the status of its answer."""
        return asyncio.run(self._post(body, headers)).status_code

    async def _post(self, body: bytes, headers: dict[str, str]) -> httpx.Response:
        raw = {name.encode("latin-1"): value.encode("latin-1") for name, value in headers.items()}
        transport = httpx.ASGITransport(self.door, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gate") as client:
            return await client.post(self.path, content=body, headers=raw)

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
