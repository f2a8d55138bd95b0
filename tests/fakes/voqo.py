"""Voqo's one write and its one webhook, on a clock of the test's own; it records what truly was called."""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import httpx

from tasks.clock import VirtualClock

SECRET = b"whsec-of-voqo"
RINGS = 30


class TickingClock(VirtualClock):
    """A clock on which things happen while somebody sleeps."""

    def __init__(self) -> None:
        super().__init__()
        self.passing: list[Callable[[], None]] = []

    def sleep(self, seconds: float) -> None:
        """Move on, and let happen what is due by then."""
        super().sleep(seconds)
        for one in self.passing:
            one()


@dataclass
class Fate:
    """How a call ends, and how often its webhook comes."""

    status: str = "completed"
    seconds: int = 20
    error: str | None = None
    webhooks: int = 1
    late: float = 0
    """Seconds between the end of the call and its webhook."""
    answer: int | Exception | None = None
    """The answer to the request where it is not 201; 5xx and lost ones may have called all the same."""


@dataclass
class FakeVoqo:
    """One workspace; `take` gets each webhook as bytes with its headers."""

    clock: TickingClock
    workspace: str = "ws_1"
    agent: str = "agent_1"
    take: Callable[[bytes, dict[str, str]], Any] = lambda _body, _headers: None
    fates: dict[str, Fate] = field(default_factory=dict)
    requests: list[dict[str, Any]] = field(default_factory=list)
    dials: list[str] = field(default_factory=list)
    before: Callable[[dict[str, Any]], None] = lambda _body: None
    """Happens when a request is there and nothing has been done about it."""
    after: Callable[[dict[str, Any]], None] = lambda _body: None
    """Happens when the call is on its way and nobody has heard an answer."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _due: list[tuple[datetime, bytes]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Deliver webhooks while time passes."""
        self.clock.passing.append(self._deliver)

    @property
    def transport(self) -> httpx.MockTransport:
        """Return the way to it."""
        return httpx.MockTransport(self._start)

    @property
    def twice(self) -> dict[str, int]:
        """Return who was dialled more than once, by the platform's own record."""
        return {phone: count for phone, count in Counter(self.dials).items() if count > 1}

    def _start(self, request: httpx.Request) -> httpx.Response:
        path = f"/api/v1/workspaces/{self.workspace}/agents/{self.agent}/start-call"
        if request.headers.get("authorization") != "Bearer key":
            return httpx.Response(401, json={"detail": "no"})
        if request.url.path != path:
            return httpx.Response(404, json={"detail": "nothing there"})
        body = json.loads(request.content)
        self.requests.append(body)
        fate = self.fates.get(body["to_phone"], Fate())
        self.before(body)
        refused = isinstance(fate.answer, int) and fate.answer < 500
        if not refused and not isinstance(fate.answer, httpx.ConnectError):
            self.call(body["to_phone"], fate)
        self.after(body)
        if isinstance(fate.answer, Exception):
            raise fate.answer
        told = {"to_phone": body["to_phone"], "status": "created", "created_at": self.clock.now().isoformat()}
        return httpx.Response(fate.answer or 201, json=told)

    def call(self, phone: str, fate: Fate, *, agent: str | None = None, direction: str = "outbound") -> str:
        """Call somebody, whoever asked for it, and return the call's id; its webhook comes after the call."""
        self.dials.append(phone)
        n = next(self._numbers)
        start = self.clock.now()
        end = start + timedelta(seconds=RINGS + fate.seconds)
        data = {
            "id": f"call_{n}",
            "agent_id": agent or self.agent,
            "status": fate.status,
            "from_phone": "+447700900999",
            "to_phone": phone,
            "direction": direction,
            "call_summary": "They talked about a private matter.",
            "transcript": "A private matter.",
            "duration": fate.seconds,
            "error": fate.error,
            "created_at": start.isoformat(),
            "start_time": start.isoformat(),
            "end_time": end.isoformat(),
            "recording_url": "https://recordings.example.test/private",
        }
        event = {"_id": f"evt_{n}", "event_type": "call_ended", "timestamp": end.isoformat(), "data": data}
        self._due += [(end + timedelta(seconds=fate.late), json.dumps(event).encode())] * fate.webhooks
        return f"call_{n}"

    def kept(self) -> dict[str, Any]:
        """Return what it knows, for a process that goes on with it."""
        return {name: getattr(self, name) for name in ("fates", "requests", "dials", "_due", "_numbers")}

    def go_on(self, kept: dict[str, Any]) -> None:
        """Take over what it knew in another process."""
        for name, value in kept.items():
            setattr(self, name, value)

    def _deliver(self) -> None:
        now = self.clock.now()
        due = [one for one in self._due if one[0] <= now]
        self._due = [one for one in self._due if one[0] > now]
        for _, body in due:
            self.take(body, signed(body, now))


def signed(body: bytes, at: datetime, secret: bytes = SECRET) -> dict[str, str]:
    """Return the headers of a webhook, without any code of the product."""
    return {
        "X-Webhook-Signature": hmac.new(secret, body, hashlib.sha256).hexdigest(),
        "X-Webhook-Timestamp": str(int(at.timestamp())),
    }
