"""An organisation of Vapi on a clock of the test's own: its façade, the gateway it asks, and a ledger."""

import asyncio
import json
import shutil
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import cache, cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi import FastAPI

from deployments.gateway.app import make_app
from deployments.gateway.compose import predial_doors
from deployments.gateway.parts import Parts
from deployments.sandbox.engine.faults import make_fault
from deployments.sandbox.vapi.aside import aside_of
from flows.recover import climb
from flows.triage import check_the_job
from models.policy.policy import Policy
from tasks.context import RunContext
from tasks.handovers.observe import OperatorReport, observe
from tasks.ledger import plans, recoveries
from tasks.runs.runner import run_claimed
from tasks.runtime.handing import handing_of
from tasks.runtime.wiring import Runtime, claim, handovers_of, make_platform, open_runtime
from tests.fakes.gateway_starter import FakeStarter
from tests.fakes.retell import RetellHere
from tests.fakes.voqo import TickingClock
from tests.plain_settings import plain_settings

CREATE = "/v2/campaign"
GATEWAY, CREDENTIAL, SECRET = (
    "https://gate.example.com/ringback",
    "cred_1",
    "a secret of thirty-two letters!!",
)
NOT_ENABLED = "Campaigns V2 is not enabled for your organization"
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
    folder = mkdtemp(prefix="vapi-blank-")
    open_runtime(plain_settings(platform="vapi", platform_key="key", home=folder))
    return folder


class VapiHere(RetellHere):
    """One organisation of Vapi with a source campaign, played by the sandbox's engine."""

    @property
    def aside(self) -> Any:
        """Return what the platform keeps beside campaigns."""
        return aside_of(self.scene.world)

    @property
    def waves(self) -> Counter[str]:
        """Return how often campaigns of ours dialled each number, by the platform's own record."""
        calls = (call for call in self.world.calls.values() if call.row.job.order.name.startswith("rb-"))
        return Counter(call.row.phone for call in calls)

    @property
    def twice(self) -> dict[str, int]:
        """Return whom campaigns of ours dialled more than once."""
        return {phone: count for phone, count in self.waves.items() if count > 1}

    def _answer(self, request: httpx.Request) -> httpx.Response:
        create = request.method == "POST" and request.url.path == CREATE
        body = json.loads(request.content or b"{}")
        (self.creates if create else self.questions).append(body)
        if create:
            self.before(body)
        if create and self.refuse_once:
            code, self.refuse_once = self.refuse_once, None
            return httpx.Response(code, json={"message": NOT_ENABLED, "statusCode": code})
        response = asyncio.run(self._sent(request))
        if create:
            self.after(body)
        return self.edit(request.url.path, response)


class VapiSite:
    """One organisation with its ledger, and a stalled campaign; where `gated`, it asks before calls."""

    def __init__(
        self,
        home: Path,
        scenario: str = "dead-dispatcher",
        contacts: int = 12,
        *,
        gated: bool = True,
        suppression: Path | None = None,
        **policy: Any,
    ) -> None:
        self.home = home
        shutil.copytree(_blank(), home, dirs_exist_ok=True)
        self.clock = TickingClock()
        self.here = VapiHere(self.clock, scenario, contacts=contacts, permits=11)
        gate: dict[str, Any] = {}
        if gated:
            gate = {
                "platform_webhook_url": GATEWAY,
                "platform_credential": CREDENTIAL,
                "platform_webhook_secret": SECRET,
            }
        chosen = plain_settings(
            platform="vapi",
            platform_key=self.here.key,
            home=home,
            suppression=suppression,
            **gate,
        )
        opened = open_runtime(chosen, clock=self.clock)
        knobs = Policy.model_validate(POLICY | policy)
        self.runtime = Runtime(opened.settings, knobs, opened.keys, opened.ledger)
        self.ledger = opened.ledger
        self.here.aside.credentials[CREDENTIAL] = SECRET
        self.here.aside.ask = self._asked
        self.answer: Callable[[httpx.Response], httpx.Response] = lambda response: response
        """What becomes of an answer of the gateway on its way to the platform."""

    @property
    def job(self) -> str:
        """Return the id of the source campaign."""
        return str(self.here.scene.job.id)

    @cached_property
    def door(self) -> FastAPI:
        """Return the gateway."""
        return make_app(
            Parts(
                ledger=self.ledger,
                clock=self.clock,
                starter=FakeStarter(),
                wake=lambda _recovery_id: None,
                predials=predial_doors(self.runtime),
            )
        )

    def _asked(self, server: Mapping[str, Any], message: Mapping[str, Any], token: str) -> httpx.Response:
        path = urlsplit(server["url"]).path.removeprefix("/ringback")
        return self.answer(self.ask(path, {"message": message}, token))

    def ask(self, path: str, body: Any, token: str = SECRET, **headers: str) -> httpx.Response:
        """Ask the gateway as the platform does, and return its answer."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"authorization": f"Bearer {token}"} | headers
        with ThreadPoolExecutor(1) as pool:  # the façade may be in the middle of a request of its own
            return pool.submit(asyncio.run, self._post(path, content, given)).result()

    async def _post(self, path: str, content: bytes, headers: dict[str, str]) -> httpx.Response:
        raw = {name.encode("latin-1"): value.encode("latin-1") for name, value in headers.items()}
        transport = httpx.ASGITransport(self.door, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://gate") as client:
            return await client.post(path, content=content, headers=raw)

    def upload(self, name: str = "upload.csv", phones: list[str] | None = None) -> Path:
        """Write the campaign's upload."""
        path = self.home / name
        numbers = phones or [row.phone for row in self.here.scene.job.rows]
        rows = (f"{phone},Contact {n},tier {n % 3}" for n, phone in enumerate(numbers, start=1))
        path.write_text("\n".join(["number,name,tier", *rows]) + "\n", encoding="utf-8")
        return path

    def handed_over(self, upload: Path | None = None) -> None:
        """Hand the campaign's upload over."""
        handing = handing_of(self.runtime.settings, self.runtime.policy)
        assert handing is not None
        assert handing.upload_only
        told = OperatorReport(job_id=self.job, by="Kim", status="running", upload=upload or self.upload())
        observe(handovers_of(self.runtime.settings, self.ledger), told, handing.columns, handing.vocabulary)

    def fault(self, name: str, **options: Any) -> None:
        """Arm one more fault of the platform."""
        self.here.scene.world.faults.add(make_fault(name, **options))

    def context(self) -> RunContext:
        """Return a context for the campaign."""
        runtime, way = self.runtime, self.here.transport
        platform = make_platform(runtime.settings, runtime.policy, self.clock, way, ledger=runtime.ledger)
        return runtime.context(self.job, platform=platform)

    def run(self) -> dict[str, Any]:
        """Run the campaign's recovery, or go on with it, until it waits or ends."""
        ctx = self.context()
        claim(ctx)
        return run_claimed(ctx, climb)

    def triage(self) -> RunContext:
        """Look at the campaign and return what was found."""
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
