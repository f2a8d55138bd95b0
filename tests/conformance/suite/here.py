"""The sandbox in this process on a virtual clock, spoken to as any platform; every request is kept."""

import asyncio
import json
import pickle
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx

from deployments.sandbox.vapi.aside import aside_of as vapi_aside
from tests.fakes.retell import RetellHere
from tests.fakes.voqo import TickingClock

URL = "https://voice.example"
STARTED = {"paused": False}
"""What a request says that starts a draft."""
Intercept = Callable[[httpx.Request], httpx.Response | None]
Carry = Callable[[httpx.Request], httpx.Response]


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as it went out; `body` is None where it is no JSON."""

    method: str
    path: str
    query: frozenset[str]
    body: Any


class Here(RetellHere):
    """One workspace with a source job, in whichever wire format it is asked."""

    def __init__(
        self, clock: TickingClock, scenario: str, create: str, starts: str = "", **wishes: Any
    ) -> None:
        super().__init__(clock, scenario, **wishes)
        self._create, self._starts = re.compile(create), re.compile(starts or "$never")
        self.sent: list[Sent] = []
        self.intercept: Intercept = lambda _request: None
        """Answers in the platform's stead, or raises; nothing is processed then."""
        self.carry: Carry = self.sent_on
        """Carries a request to the platform and its answer back."""
        self.pending: dict[str, datetime] = {}
        """Creates that the platform takes its time over, and when it will have done them."""

    def ask(self, path: str) -> httpx.Response:
        """Ask the sandbox itself, as a person looks at a dashboard."""
        # No fault follows somebody who shows no key: what a person sees is what there is.
        headers = {} if path.startswith("/sandbox/") else {"authorization": f"Bearer {self.key}"}
        return asyncio.run(self._sent(httpx.Request("GET", f"{URL}{path}", headers=headers)))

    def sent_on(self, request: httpx.Request) -> httpx.Response:
        """Let the platform answer a request."""
        return asyncio.run(self._sent(request))

    def kept(self, carried: set[str]) -> bytes:
        """Return what is true, for a process that goes on with it."""
        vapi = vapi_aside(self.scene.world)
        beside = (vapi.credentials, vapi.told, vapi.asked)
        sent = (self.sent, self.creates, self.pending)
        return pickle.dumps((self.clock.now(), self.key, self.scene, self.aside, beside, sent, carried))

    def go_on(self, kept: bytes) -> set[str]:
        """Take over what another process has kept; returns the calls whose webhooks were carried."""
        now, self.key, self.scene, aside, beside, sent, carried = pickle.loads(kept)
        self.clock.sleep((now - self.clock.now()).total_seconds())
        self.registry._scenes = {self.key: self.scene}
        vars(self.aside).update(vars(aside))
        vapi = vapi_aside(self.scene.world)
        vapi.credentials, vapi.told, vapi.asked = beside
        self.sent, self.creates, self.pending = sent
        found: set[str] = carried
        return found

    def _answer(self, request: httpx.Request) -> httpx.Response:
        body = _body(request)
        self.sent.append(Sent(request.method, request.url.path, frozenset(request.url.params), body))
        where = f"{request.method} {request.url.path}"
        create = self._create.fullmatch(where) is not None
        begins = create or (self._starts.fullmatch(where) is not None and body == STARTED)
        if create:
            self.creates.append(body)
        if begins:
            self.before(body)
        if answer := self.intercept(request):
            return answer
        response = self.carry(request)
        if begins:
            self.after(body)
        return self.edit(request.url.path, response)


def _body(request: httpx.Request) -> Any:
    try:
        return json.loads(request.content or b"null")
    except ValueError:
        return None
