"""A REST platform in memory that speaks as the example's mapping says, and answers as a test wants."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx

from models.mapping.mapping import PlatformMapping
from tasks.platforms.mapped.adapter import Mapped
from tests.fakes.voqo import TickingClock
from tests.unit.mapping.example import parsed

T0 = "2026-03-02T09:00:00+11:00"
KEY = "desk-key-of-the-test"
Answer = Callable[[httpx.Request], httpx.Response]


def job(job_id: str = "job_1", **changes: Any) -> dict[str, Any]:
    """Return a job as it is shown."""
    counts = {"contacts": 2, "dispatched": 1, "finished": 1, "reruns": 0}
    shown = {"id": job_id, "label": "Renewals", "state": "Running", "agent": "agent_1", "created_at": T0}
    return shown | {"updated_at": T0, "starts_at": T0, "counts": counts, "from_number": "num_1"} | changes


def row(n: int, **changes: Any) -> dict[str, Any]:
    """Return a contact as it is shown."""
    shown = {
        "id": f"c{n}",
        "phone": f"+612555500{n:02}",
        "state": "waiting",
        "last_call": None,
        "updated_at": T0,
    }
    return shown | changes


def call(call_id: str = "call_1", **changes: Any) -> dict[str, Any]:
    """Return a call as it is shown."""
    shown = {
        "id": call_id,
        "job": "job_1",
        "contact": "c1",
        "state": "failed",
        "answered": False,
        "seconds": 0,
    }
    return shown | {"sip": 486, "reason": "Busy Here", "started_at": T0} | changes


def page(members: list[Any], **meta: Any) -> dict[str, Any]:
    """Return a listing of one page."""
    return {"data": members, "meta": {"page": 1, "pages": 1, "total": len(members)} | meta}


@dataclass
class Desk:
    """The platform: what it answers by `METHOD /path`, JSON or a function; all that it was asked is kept."""

    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[httpx.Request] = field(default_factory=list)
    clock: TickingClock = field(default_factory=TickingClock)

    def __post_init__(self) -> None:
        """Fill in what a test does not change."""
        ordinary: Mapping[str, Any] = {
            "GET /rest/v1/jobs/job_1": {"data": job()},
            "GET /rest/v1/jobs/job_1/contacts": page([row(1, state="failed", last_call="call_1"), row(2)]),
            "GET /rest/v1/jobs/job_1/calls": {"data": [call()], "next": None},
            "GET /rest/v1/calls/call_1": {"data": call()},
            "GET /rest/v1/jobs": page([job()]),
            "GET /rest/v1/capacity": {"on_call": 1, "allowed": 10},
            "GET /rest/v1/agents/agent_1": {"data": {}},
            "POST /rest/v1/jobs/job_1/stop": {"data": job(state="Stopped")},
        }
        self.answers = {**ordinary, **self.answers}

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        self.asked.append(request)
        found = self.answers.get(f"{request.method} {request.url.path}")
        if found is None:
            return httpx.Response(404, json={"error": {"message": "No such thing."}})
        if callable(found):
            response: httpx.Response = found(request)
            return response
        return httpx.Response(200, json=found)

    def platform(self, mapping: PlatformMapping | None = None, **options: Any) -> Mapped:
        """Return the adapter on it."""
        transport = httpx.MockTransport(self.answer)
        return Mapped(
            mapping or parsed(), "https://desk.example", KEY, clock=self.clock, transport=transport, **options
        )

    def sent(self, path: str) -> list[Any]:
        """Return the bodies that were posted to a path."""
        return [json.loads(one.content) for one in self.asked if (one.method, one.url.path) == ("POST", path)]


def says(status: int, body: bytes | str = b"", **headers: str) -> Answer:
    """Return an answer of one status."""
    return lambda _request: httpx.Response(status, content=body, headers=headers)


def now() -> datetime:
    """Return a moment before all jobs."""
    return datetime(2020, 1, 1, tzinfo=UTC)
