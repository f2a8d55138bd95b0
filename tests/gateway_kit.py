"""What the gateway's tests share: parts on a ledger, a client in process, and signers of their own."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from fastapi import FastAPI

from deployments.gateway.app import make_app
from deployments.gateway.parts import Parts
from deployments.gateway.worker import Worker
from models.hooks.source import HookSource
from models.hooks.tokens import Scope
from tasks.clock import VirtualClock
from tasks.ledger.inbox import tokens
from tasks.ledger.store import Ledger
from tasks.runtime.hook_sources import make_sources
from tasks.runtime.settings.hooks import GatewaySettings, HookSettings
from tests.fakes.gateway_starter import FakeStarter

SECRET = "a-secret-that-nobody-may-see"
WHSEC = "whsec_c2VjcmV0LW9mLXR3ZW50eS1mb3VyLWJ5dGVz"
SCHEMES = (
    "zendesk",
    "jira",
    "pagerduty",
    "linear",
    "intercom",
    "freshdesk",
    "servicenow",
    "token",
    "standard",
)


def sources(**given: Any) -> dict[str, HookSource]:
    """Return one source of every scheme, bound to workspace shop, which is the default one."""
    tables = {
        scheme: HookSettings.model_validate(
            {"scheme": scheme, "secret": WHSEC if scheme == "standard" else SECRET} | given
        )
        for scheme in SCHEMES
    }
    return make_sources(tables, "shop")


class Gate:
    """A gateway in process, and everything around it that a test looks at."""

    def __init__(self, ledger: Ledger, clock: VirtualClock, **settings: Any) -> None:
        hooks, link_key = settings.pop("hooks", {}), settings.pop("link_key", None)
        settings.setdefault("answer_seconds", 4.5)  # the most there may be: test machines are slow
        lacks = settings.pop("lacks", {})
        self.ledger, self.clock, self.starter = ledger, clock, FakeStarter()
        self.woken: list[str] = []
        self.parts = Parts(
            ledger=ledger,
            clock=clock,
            starter=self.starter,
            wake=self.woken.append,
            sources=sources(**hooks),
            settings=GatewaySettings.model_validate(settings),
            workspace="shop",
            workspaces=frozenset({"other"}),
            tickets=frozenset({"zendesk", "jira", "pagerduty"}),
            region="AU",
            link_key=link_key,
            lacks=lacks,
            phones=b"a key of at least sixteen bytes",
        )
        self.app: FastAPI = make_app(self.parts)
        self.worker: Worker = self.app.state.worker

    def token(self, *scopes: Scope, name: str = "robot", **given: Any) -> dict[str, str]:
        """Make a token and return the header that shows it."""
        made = tokens.add(self.ledger, name, scopes or tuple(Scope), **given)
        return {"Authorization": f"Bearer {made.text}"}

    def client(self, headers: dict[str, str] | None = None) -> httpx.AsyncClient:
        """Return a client that speaks to the application in process."""
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url="http://gate", headers=headers)

    async def send(self, scheme: str, body: Any, **given: Any) -> httpx.Response:
        """Send one signed hook."""
        async with self.client() as client:
            return await self.sent(client, scheme, body, **given)

    async def sent(self, client: httpx.AsyncClient, scheme: str, body: Any, **given: Any) -> httpx.Response:
        """Send one signed hook over a client that is there."""
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        headers = signed(scheme, raw, self.clock.now().timestamp()) | given.pop("headers", {})
        return await client.post(f"/hooks/{scheme}", content=raw, headers=headers)


def signed(scheme: str, body: bytes, at: float, secret: str = SECRET, delivery: str = "") -> dict[str, str]:
    """Return the headers that a sender of the scheme would send, without any code of the product."""
    delivery = delivery or hashlib.md5(body).hexdigest()
    key = secret.encode()
    plain = hmac.new(key, body, hashlib.sha256)
    if scheme == "zendesk":
        stamp = _iso(at)
        mac = base64.b64encode(hmac.new(key, stamp.encode() + body, hashlib.sha256).digest()).decode()
        return {
            "X-Zendesk-Webhook-Signature": mac,
            "X-Zendesk-Webhook-Signature-Timestamp": stamp,
            "X-Zendesk-Webhook-Invocation-Id": delivery,
        }
    if scheme == "standard":
        stamp = str(int(at))
        key = base64.b64decode((WHSEC if secret == SECRET else secret).removeprefix("whsec_"))
        content = f"{delivery}.{stamp}.".encode() + body
        mac = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
        return {"webhook-id": delivery, "webhook-timestamp": stamp, "webhook-signature": f"v1,{mac}"}
    return {
        "jira": {
            "X-Hub-Signature": f"sha256={plain.hexdigest()}",
            "X-Atlassian-Webhook-Identifier": delivery,
        },
        "pagerduty": {"X-PagerDuty-Signature": f"v1={plain.hexdigest()}", "X-Webhook-Id": delivery},
        "linear": {"Linear-Signature": plain.hexdigest(), "Linear-Delivery": delivery},
        "intercom": {"X-Hub-Signature": f"sha1={hmac.new(key, body, hashlib.sha1).hexdigest()}"},
    }.get(scheme, {"X-Ringback-Token": secret})


def _iso(at: float) -> str:
    from datetime import UTC, datetime

    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def wish(scheme: str, job: str = "btcal_1", at: float = 0.0, ticket: str = "4711") -> dict[str, Any]:
    """Return a body of the scheme that asks for a recovery of a job."""
    free: dict[str, Any] = {"ticket_id": ticket, "job_id": job, "updated_at": f"{at}", "title": "stuck"}
    told: dict[str, dict[str, Any]] = {
        "jira": {
            "timestamp": at,
            "webhookEvent": "jira:issue_created",
            "issue": {"key": ticket, "fields": {"summary": f"job_id: {job}", "labels": []}},
        },
        "pagerduty": {
            "event": {
                "id": f"ev-{at}-{ticket}",
                "event_type": "incident.triggered",
                "data": {"id": ticket, "title": f"stuck, job_id: {job}"},
            }
        },
        "linear": {
            "type": "Issue",
            "action": "create",
            "data": {"identifier": ticket, "title": f"job_id: {job}"},
            "webhookTimestamp": int(at * 1000),
        },
        "intercom": {
            "topic": "ticket.created",
            "id": f"notif-{at}-{ticket}",
            "data": {"item": {"id": ticket, "ticket_attributes": {"Job ID": job}}},
        },
        "servicenow": {"sys_id": ticket, "u_batch_job_id": job, "sys_mod_count": int(at)},
    }
    return told.get(scheme, free)


@contextmanager
def held_lock(ledger: Ledger) -> Iterator[None]:
    """Keep the ledger locked for writers, as a long write of another process does."""
    with ledger.engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield
