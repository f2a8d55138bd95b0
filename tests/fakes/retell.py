"""Retell's façade in this process, on a clock of the test's own; answers may be cut, and kills may strike."""

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import httpx

from deployments.sandbox.app import create_app
from deployments.sandbox.doors import HANG_UP
from deployments.sandbox.engine.entities import JobSubmission
from deployments.sandbox.registry import Registry
from deployments.sandbox.wire.bodies import WorldIn
from deployments.sandbox.wire.retell import aside_of
from deployments.sandbox.wire.retell_objects import MARK
from tasks.clock import VirtualClock

CREATE = "/v2/create-phone-call"
Edit = Callable[[str, httpx.Response], httpx.Response]
Meddle = Callable[[dict[str, Any]], None]


def _nothing(_body: dict[str, Any]) -> None:
    """Let everything happen as it does."""


class RetellHere:
    """One workspace of Retell with a source batch, played by the sandbox's engine."""

    def __init__(self, clock: VirtualClock, scenario: str, **wishes: Any) -> None:
        self.clock = clock
        self.registry = Registry(lambda: clock.now().timestamp())
        self.key, self.scene = self.registry.open(WorldIn(scenario=scenario, salt="here", **wishes))
        self._app = create_app(self.registry)
        self.before: Meddle = _nothing
        """Happens when a create is there and nothing has been done about it."""
        self.after: Meddle = _nothing
        """Happens when the call is on its way and nobody has heard an answer."""
        self.edit: Edit = lambda _path, response: response
        """What becomes of an answer on its way here."""
        self.refuse_once: int | None = None
        """The answer to the next create, of which nothing is processed."""
        self.creates: list[dict[str, Any]] = []
        self.questions: list[dict[str, Any]] = []

    @property
    def world(self) -> Any:
        """Return the world, brought up to now."""
        self.scene.world.advance(self.clock.now().timestamp())
        return self.scene.world

    @property
    def aside(self) -> Any:
        """Return what the platform keeps beside calls."""
        return aside_of(self.scene.world)

    @property
    def transport(self) -> httpx.MockTransport:
        """Return the way to it."""
        return httpx.MockTransport(self._answer)

    @property
    def singles(self) -> Counter[str]:
        """Return how often single calls were made to each number, by the platform's own record."""
        calls = (call for call in self.world.calls.values() if call.row.job.order.name.startswith(MARK))
        return Counter(call.row.phone for call in calls)

    @property
    def twice(self) -> dict[str, int]:
        """Return to whom more than one single call was made."""
        return {phone: count for phone, count in self.singles.items() if count > 1}

    def by_hand(self, phones: Iterable[str]) -> None:
        """Let somebody of the workspace call people, whom nobody of ours has asked."""
        number = next(iter(self.world.numbers))
        for phone in phones:
            rows = ((None, phone, None),)
            agent = next(iter(self.world.agents.values()))
            self.world.submit(JobSubmission("by hand", agent, number, rows, cap=1))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        create = request.url.path == CREATE
        body = json.loads(request.content or b"{}")
        (self.creates if create else self.questions).append(body)
        if create:
            self.before(body)
        if create and self.refuse_once:
            code, self.refuse_once = self.refuse_once, None
            return httpx.Response(code, json={"status": "error", "message": "no"})
        response = asyncio.run(self._sent(request))
        if create:
            self.after(body)
        return self.edit(request.url.path, response)

    async def _sent(self, request: httpx.Request) -> httpx.Response:
        cut, begun = [False], list[str]()

        async def app(scope: Any, receive: Any, send: Any) -> None:
            scope[HANG_UP] = lambda: cut.__setitem__(0, True)

            async def hear() -> Any:
                return {"type": "http.disconnect"} if cut[0] else await receive()

            async def tell(message: Any) -> None:
                begun.append(message["type"])
                await send(message)

            await self._app(scope, hear, tell)
            if cut[0]:
                if not begun:
                    await send({"type": "http.response.start", "status": 599, "headers": []})
                await send({"type": "http.response.body", "body": b""})

        plain = httpx.Request(request.method, request.url, headers=request.headers, content=request.content)
        response = await httpx.ASGITransport(app).handle_async_request(plain)
        content = await response.aread()
        if cut[0]:
            raise httpx.ReadError("the connection was cut")
        headers = [
            (name, value) for name, value in response.headers.multi_items() if name != "content-length"
        ]
        return httpx.Response(response.status_code, headers=headers, content=content)
