"""Lets the adversity of a world strike at its façade: on the way in, on the way out, and beside it."""

import asyncio
from datetime import timedelta

import httpx

from deployments.sandbox.engine.moves import make_move, newest_wave
from deployments.sandbox.wire.voqo import signed_webhook
from models.enums import Find
from tests.chaos.faces.adversity import LATE, LOST_WEBHOOK, MEANWHILE, WEBHOOK_TWICE
from tests.conformance.suite.platforms import SECRET
from tests.conformance.suite.site import Site

PATIENCE = 30.0
"""Seconds that a client waits for an answer."""
TICKS = 0.2
"""Seconds in which a façade looks some times whether what it waits for is due."""
FINER = 0.001
"""Seconds of the virtual clock beyond what a microsecond is rounded by."""
OF_THE_NEWEST = frozenset({"retry_job", "cancel_job"})


def meddle(site: Site) -> None:
    """Let what was drawn for a site's world strike from now on."""
    site.here.carry = _Wire(site)
    if site.face.name == "voqo":
        site.clock.passing.insert(0, lambda: _webhooks(site))


class _Wire:
    """The way to a façade and back."""

    def __init__(self, site: Site) -> None:
        self._site, self._here = site, site.here
        self._faults = site.here.scene.world.faults

    def __call__(self, request: httpx.Request) -> httpx.Response:
        where = f"{request.method} {request.url.path}"
        self._meanwhile(where)
        self._still_pending(request)
        response = asyncio.run(self._answered(request))
        if late := self._faults.hits(LATE, where):
            self._wait(late.seconds)
        return response

    def _meanwhile(self, where: str) -> None:
        event = self._faults.hits(MEANWHILE, where)
        if event is None:
            return
        self._here.scene.world.advance(self._site.clock.now().timestamp())
        job = newest_wave(self._here.scene) if event.word in OF_THE_NEWEST else None
        make_move(self._here.scene, event.word, job, n=event.n, seconds=event.seconds)

    def _still_pending(self, request: httpx.Request) -> None:
        """Let a key that the platform is still working at wait for that work, as its first request does."""
        due = self._here.pending.get(str(request.content))
        left = (due - self._site.clock.now()).total_seconds() if due else 0
        if left > 0 and self._site.face.capabilities.find is Find.TOKEN:
            self._wait(left)

    async def _answered(self, request: httpx.Request) -> httpx.Response:
        """Let time pass where the platform takes its time over a create; it goes on with it in any case."""
        slow = self._faults.standing("slow_create")
        struck = slow.strikes if slow else 0
        answer = asyncio.ensure_future(self._here._sent(request))
        # Nothing says that a request has begun to wait.
        while slow and not answer.done() and slow.strikes == struck:  # noqa: ASYNC110
            await asyncio.sleep(0)
        if slow and not answer.done():
            done = self._site.clock.now() + timedelta(seconds=slow.seconds)
            self._here.pending[str(request.content)] = done
            try:
                self._wait(slow.seconds)
            except httpx.ReadTimeout:
                answer.cancel()
                raise
            await self._landed(answer)
        return await answer

    async def _landed(self, answer: asyncio.Future[httpx.Response]) -> None:
        """Let the clock come to the very moment that a create is due at: a façade's is finer than ours."""
        while not answer.done():
            await asyncio.wait([answer], timeout=TICKS)
            if not answer.done():
                self._site.clock.sleep(FINER)

    def _wait(self, seconds: float) -> None:
        """Wait for an answer that takes so long, as long as there is patience."""
        self._site.clock.sleep(min(seconds, PATIENCE))
        if seconds > PATIENCE:
            raise httpx.ReadTimeout("no answer in time")


def _webhooks(site: Site) -> None:
    """Lose some of the webhooks that are due, and bring some once more than they are brought."""
    faults = site.here.scene.world.faults
    for call in list(site.here.world.calls.values()):
        if call.ended_at is None or call.id in site.carried:
            continue
        if faults.hits(LOST_WEBHOOK):
            site.carried.add(call.id)
        elif faults.hits(WEBHOOK_TWICE):
            hook = signed_webhook(site.here.scene, call, SECRET.encode())
            path = f"/platforms/{site.runtime.workspace}/voqo"
            site.knock(path, hook["body"].encode(), hook["headers"])
