"""A Zendesk with many tickets and a trigger: every update of a ticket is told to a webhook, signed."""

import itertools
import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.acceptance.tickets.fake_zendesk import FakeZendesk
from tests.fakes.loopback import Asked
from tests.fakes.tickets import USER, Ticket
from tests.gateway_kit import SECRET, signed

CUSTOMER, AGENT = "customer@example.test", "ana@example.test"
FIELD = "3600004"
"""The ticket field that the settings write into."""


@dataclass(frozen=True)
class Fired:
    """One hook that the trigger has sent: about which ticket, caused by whom, and what was answered."""

    ticket_id: str
    actor: str
    tags: tuple[str, ...]
    body: bytes
    headers: dict[str, str]
    status: int
    answer: dict[str, Any] = field(default_factory=dict)


class Helpdesk(FakeZendesk):
    """One account whose trigger, unlike the one of docs/hooks.md, leaves out no ticket for its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.tickets: dict[str, Ticket] = {}
        self.fired: list[Fired] = []
        self._triggers: dict[str, tuple[str, str]] = {}
        self._count = itertools.count(1)
        self._firing = threading.Lock()
        self._sending: list[threading.Thread] = []

    def tables(self, ticket: str, doubled: str) -> str:
        """Return the settings of a workspace that knows our user, and of one that goes by the tag alone."""
        told = {**self.settings, "tags": ["ringback"]}
        rows = "".join(f"{name} = {json.dumps(value)}\n" for name, value in told.items())
        return f"""
[tickets.zendesk]
{rows}
[tickets.zendesk.on]
awaiting_approval = {{ status = "pending" }}
recovered = {{ status = "solved", fields = {{ {FIELD} = "recovered" }} }}
escalated = {{ status = "open", tags = ["engineering"] }}

[hooks.zendesk]
secret = "{SECRET}"
workspace = "{ticket}"
own_actors = ["{USER}"]

[hooks.second]
scheme = "zendesk"
ticket_system = "zendesk"
secret = "{SECRET}"
workspace = "{doubled}"
"""

    def open(self, ticket_id: str) -> Ticket:
        """Return a ticket, a new one where there was none."""
        return self.tickets.setdefault(ticket_id, Ticket(ticket_id))

    def file(self, ticket_id: str, job_id: str, hook: str) -> Fired:
        """Let somebody file a ticket about a job; from now on its trigger tells the hook of every update."""
        self._triggers[ticket_id] = (job_id, hook)
        return self.tell(ticket_id, CUSTOMER)

    def tell(self, ticket_id: str, actor: str) -> Fired:
        """Tell of an update of a ticket with the body of docs/hooks.md, and return what was answered."""
        with self._firing:
            job_id, hook = self._triggers[ticket_id]
            tags, number = tuple(self.open(ticket_id).tags), next(self._count)
            told = {
                "ticket_id": ticket_id,
                "job_id": job_id,
                "title": "Our campaign is stuck",
                "tags": " ".join(tags),
                "updated_at": f"update {number}",
                "actor": actor,
            }
            body = json.dumps(told).encode()
            headers = signed("zendesk", body, time.time(), SECRET, f"invocation-{number}")
            answer = httpx.post(hook, content=body, headers=headers, timeout=30)
            fired = Fired(ticket_id, actor, tags, body, headers, answer.status_code, answer.json())
            self.fired.append(fired)
            return fired

    def again(self, fired: Fired, hook: str) -> dict[str, Any]:
        """Deliver a hook a second time as it was, and return the answer."""
        return dict(httpx.post(hook, content=fired.body, headers=fired.headers, timeout=30).json())

    def settle(self) -> None:
        """Wait until every update has been told."""
        for one in self._sending:
            one.join(60)

    def about(self, ticket_id: str) -> list[Fired]:
        """Return what was told about a ticket."""
        return [one for one in self.fired if one.ticket_id == ticket_id]

    def answer(self, asked: Asked) -> Any:
        """Answer, and let the trigger tell of what has changed a moment later, as Zendesk does."""
        found = super().answer(asked)
        ticket_id = asked.path.removeprefix("/api/v2/tickets/").partition("/")[0].partition(".")[0]
        if asked.method == "PUT" and ticket_id in self._triggers:
            later = threading.Thread(target=self.tell, args=(ticket_id, USER), daemon=True)
            self._sending.append(later)
            later.start()
        return found
