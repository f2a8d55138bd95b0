"""A workspace of any platform: its façade, its ledger, its gateway, and the people who work there."""

import asyncio
import shutil
from collections import Counter
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import cache, cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import httpx
from fastapi import FastAPI

from deployments.gateway.app import make_app
from deployments.gateway.compose import predial_doors, webhook_secrets
from deployments.gateway.parts import Parts
from deployments.sandbox.engine.faults import make_fault
from flows.recover import climb
from flows.triage import check_the_job
from models.policy.policy import Policy
from tasks.carriers.port import Carrier
from tasks.context import RunContext
from tasks.handovers.observe import OperatorReport, observe
from tasks.ledger import plans, recoveries
from tasks.platforms.port import Platform
from tasks.runs.runner import run_claimed
from tasks.runtime.handing import handing_of
from tasks.runtime.wiring import Runtime, claim, handovers_of, make_platform, open_runtime
from tests.conformance.suite.faces import Face
from tests.conformance.suite.here import URL, Here
from tests.fakes.gateway_starter import FakeStarter
from tests.fakes.voqo import TickingClock
from tests.plain_settings import plain_settings

POLICY: Mapping[str, Any] = {
    "approval": "auto",
    "poll_seconds": 60,
    "lease_seconds": 86400,
    "default_region": "AU",
    "permits": 11,
}
CONTACTS = 24
ANSWERS = 8
"""How often the person at the fence answers one recovery."""
ASKED = "confirm-stopped"


@cache
def _blank() -> Path:
    """Return a home with a ledger that has its schema, made once for all worlds of a process."""
    folder = Path(mkdtemp(prefix="conformance-blank-"))
    open_runtime(plain_settings(platform_key="key", home=folder))
    return folder


class Site:
    """One workspace with a source job; `lacks` are abilities that are taken away from its platform.

    Where the world was `kept` by another process, this one goes on with it and with the home's ledger.
    """

    def __init__(
        self,
        face: Face,
        home: Path,
        scenario: str = "dead-dispatcher",
        *,
        lacks: Mapping[str, Any] | None = None,
        wishes: Mapping[str, Any] | None = None,
        kept: bytes | None = None,
        **policy: Any,
    ) -> None:
        self.face, self.home, self.lacks = face, home, dict(lacks or {})
        if not (home / "ledger.db").exists():
            shutil.copytree(_blank(), home, dirs_exist_ok=True)
        self.clock = TickingClock()
        wanted = {"contacts": CONTACTS, "permits": 11, "speed": 1.0} | dict(face.wishes) | dict(wishes or {})
        self.here = Here(self.clock, scenario, face.create, face.starts, **wanted)
        self.carried: set[str] = set()
        """Calls of which a webhook has been carried to the gateway."""
        self.carrier: Carrier | None = None
        """Whom to ask about calls instead of the one of the settings."""
        if kept is not None:
            self.carried = self.here.go_on(kept)
        self._open(policy)
        if kept is None:
            face.arrive(self)
        face.connect(self)

    def _open(self, policy: Mapping[str, Any]) -> None:
        given: dict[str, Any] = {"platform": self.face.platform, "platform_url": URL, "home": self.home}
        given |= {"platform_key": self.here.key, **self.face.settings(self)}
        opened = open_runtime(plain_settings(**given), clock=self.clock)
        knobs = Policy.model_validate({**POLICY, **policy})
        self.runtime = Runtime(opened.settings, knobs, opened.keys, opened.ledger)
        self.ledger = opened.ledger

    @property
    def job(self) -> str:
        """Return the id of the source job."""
        return str(self.here.scene.job.id)

    @property
    def job_key(self) -> tuple[str, str, str]:
        """Return workspace, platform and job id, as the ledger knows them."""
        return (self.runtime.workspace, self.face.platform, self.job)

    @cached_property
    def door(self) -> FastAPI:
        """Return the gateway."""
        return make_app(
            Parts(
                ledger=self.ledger,
                clock=self.clock,
                starter=FakeStarter(),
                wake=lambda _recovery_id: None,
                webhooks=webhook_secrets(self.runtime.settings),
                predials=predial_doors(self.runtime),
            )
        )

    def knock(self, path: str, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
        """Post something to the gateway, also from within a request to the façade."""
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(asyncio.run, self._post(path, content, headers)).result()

    async def _post(self, path: str, content: bytes, headers: Mapping[str, str]) -> httpx.Response:
        raw = {name.encode("latin-1"): value.encode("latin-1") for name, value in headers.items()}
        transport = httpx.ASGITransport(self.door, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gate") as client:
            return await client.post(path, content=content, headers=raw)

    def file(self, name: str, text: str) -> Path:
        """Write a file."""
        path = self.home / name
        path.write_text(text, encoding="utf-8")
        return path

    def observe(self, status: str | None = "running", **seen: Any) -> None:
        """Hand the job over."""
        handing = handing_of(self.runtime.settings, self.runtime.policy)
        assert handing is not None
        told = OperatorReport(job_id=self.job, by="Kim", status=status, **seen)
        observe(handovers_of(self.runtime.settings, self.ledger), told, handing.columns, handing.vocabulary)

    def fault(self, name: str, **options: Any) -> None:
        """Arm one more fault of the platform."""
        self.here.scene.world.faults.add(make_fault(name, **options))

    def platform(self) -> Platform:
        """Return the adapter, without what it is to lack."""
        runtime, way = self.runtime, self.here.transport
        made: Any = make_platform(runtime.settings, runtime.policy, self.clock, way, ledger=self.ledger)
        if self.lacks:
            made.capabilities = made.declared = replace(made.capabilities, **self.lacks)
        platform: Platform = made
        return platform

    def context(self) -> RunContext:
        """Return a context for the job."""
        made = self.runtime.context(self.job, platform=self.platform())
        made.carrier = self.carrier or made.carrier
        return made

    def triage(self) -> RunContext:
        """Look at the job and return what was found."""
        ctx = self.context()
        check_the_job(ctx)
        return ctx

    def run(self) -> dict[str, Any]:
        """Run the job's recovery, or go on with it, until it waits or ends."""
        ctx = self.context()
        claim(ctx)
        return run_claimed(ctx, climb)

    def recover(self) -> dict[str, Any]:
        """Run until nothing is asked of a person any more: whoever is asked to stops the job, and says so."""
        told = self.run()
        for _ in range(ANSWERS):
            if told["state"] != "held" or ASKED not in str(told["next_action"]):
                break
            self.face.stopped(self, str(told["recovery_id"]))
            told = self.run()
        return told

    def land(self) -> None:
        """Let every call that is in the air come down."""
        self.clock.sleep(3600)
        self.here.scene.world.advance(self.clock.now().timestamp())

    @property
    def dialled(self) -> Counter[str]:
        """Return how often waves of ours have dialled each number, by the platform's own record."""
        calls = self.here.world.calls.values()
        return Counter(one.row.phone for one in calls if self.face.is_ours(one) and one.delivery == 1)

    @property
    def twice(self) -> dict[str, int]:
        """Return whom waves of ours have dialled more than once, though the platform repeated nothing."""
        return {phone: count for phone, count in self.dialled.items() if count > 1}

    def states(self, recovery_id: str) -> Mapping[str, tuple[str | None, str | None]]:
        """Return the state and the outcome of each contact that was to be redialled, by number."""
        rows = plans.contacts(self.ledger, recovery_id)
        return {row.phone or "": (row.state, row.outcome) for row in rows if row.position is not None}

    def why(self, recovery_id: str) -> str:
        """Return what a recovery says is to be done next."""
        return str(recoveries.get(self.ledger, recovery_id).next_action)

    def close(self) -> None:
        """Let go of the ledger."""
        self.ledger.engine.dispose()
