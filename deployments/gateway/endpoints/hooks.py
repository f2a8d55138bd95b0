"""POST /hooks/{source}: verify, write down, answer; the worker does the rest."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import anyio
import anyio.to_thread
from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse, Response

from deployments.gateway.forms import RequestOut
from deployments.gateway.limits import Buckets
from deployments.gateway.openapi import errors
from deployments.gateway.parts import Parts
from deployments.gateway.problems import ProblemError, answer, log
from deployments.gateway.shown import rehearsal_out, request_out
from models.hooks.delivery import HookDelivery
from models.hooks.order import HookState
from models.hooks.reading import HookReading, ReadingKind, read
from models.hooks.rehearsal import for_tests
from models.hooks.source import HookSource
from tasks.ledger.errors import LedgerError
from tasks.ledger.inbox import inbox

STATES = {
    ReadingKind.WISH: HookState.RECEIVED,
    ReadingKind.IGNORED: HookState.IGNORED,
    ReadingKind.FAULTY: HookState.REFUSED,
    ReadingKind.FOREIGN: HookState.REFUSED,
    ReadingKind.UNREADABLE: HookState.FAILED,
}
REFUSALS = {ReadingKind.FOREIGN: 403, ReadingKind.UNREADABLE: 400}
"""Readings that the sender is told about; to all others sending again would be of no use."""
WRITERS = {"sqlite": 1}
"""Hooks written at once by kind of database: a file has one writer at a time, and who finds it taken sleeps
longer and longer, whoever came first. So they wait in front of it, in the order of their coming."""
MOST_WRITERS = 4
"""The same for all other databases: more would only wait for each other inside."""
TESTS_PER_MINUTE = 60
"""Tests of one source; they are counted apart, so that they keep no hook out."""
_SLOW = "The ledger is busy. Send it again; a hook that came twice counts once."


def make_router(parts: Parts, kick: Callable[[], None]) -> APIRouter:
    """Return the door for hooks."""
    router = APIRouter(tags=["hooks"])
    door = _Door(parts, kick)

    @router.post(
        "/hooks/{source}",
        summary="Take a hook",
        status_code=202,
        response_model=RequestOut,
        responses={
            200: {"model": RequestOut, "description": "Taken, for senders that want exactly 200"},
            **errors(400, 401, 403, 404, 408, 409, 413, 503),
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "description": "The sender's own body, at most 1 MB; see docs/hooks.md for templates",
                "content": {"application/json": {"schema": {}}},
            }
        },
    )
    async def take(
        source: Annotated[str, Path(description="A name under `[hooks]` in the settings")], request: Request
    ) -> Response:
        """Take a signed hook and answer once it is written down; its run is started afterwards.

        401 says that the signature does not fit, 409 (Zendesk) or 503 (all others) that it has to be sent
        again. Repeated, late and irrelevant hooks are answered like others, and start nothing.
        """
        return await door.take(source, request)

    return router


class _Door:
    """One door for all sources."""

    def __init__(self, parts: Parts, kick: Callable[[], None]) -> None:
        self._parts, self._kick = parts, kick
        at_once = WRITERS.get(parts.ledger.engine.dialect.name, MOST_WRITERS)
        self._buckets, self._writers = Buckets(parts.clock), anyio.CapacityLimiter(at_once)

    async def take(self, name: str, request: Request) -> Response:
        """Answer one hook."""
        source = self._parts.sources.get(name)
        if source is None:
            raise ProblemError(
                404, "There is no source of hooks of this name; sources stand in ringback.toml."
            )
        headers = {key.lower(): request.headers[key] for key in request.headers}
        delivery = HookDelivery(headers, await request.body(), self._parts.clock.now())
        checked = source.check(delivery)
        if not checked.ok and for_tests(source).check(delivery).ok:
            return await self._rehearse(source, delivery)
        if not checked.ok:
            log.warning("A hook for %s was refused. %s", source.name, checked.why)
            raise ProblemError(401, checked.why)
        wait = self._buckets.wait(source.name, source.per_minute)
        if wait:
            return _again(source, "Too many hooks in a minute. Send it again.", int(wait) + 1)
        reading = read(source, delivery)
        incoming = self._incoming(source, reading, delivery.digest(checked.stamp))
        return await self._write(source, reading, incoming)

    async def _rehearse(self, source: HookSource, delivery: HookDelivery) -> Response:
        """Answer what would be done with a test; by its signature it is no hook, so it gets no further."""
        wait = self._buckets.wait(f"test {source.name}", TESTS_PER_MINUTE)
        if wait:
            return _again(source, "Too many tests in a minute. Send it again.", int(wait) + 1)
        reading = read(source, delivery)
        incoming = self._incoming(source, reading, "")
        look = partial(inbox.preview, self._parts.ledger, incoming, self._parts.window, self._parts.tickets)
        try:
            row = await anyio.to_thread.run_sync(look, limiter=self._writers)
        except LedgerError as error:
            return _again(source, str(error))
        log.info("A test of source %s: it would be %s.", source.name, row.state)
        return JSONResponse(rehearsal_out(row, REFUSALS.get(reading.kind, source.sender.accepted)))

    def _incoming(self, source: HookSource, reading: HookReading, digest: str) -> inbox.Incoming:
        return inbox.Incoming(
            source=source.name,
            state=STATES[reading.kind],
            message=reading.message,
            delivery_id=reading.delivery_id,
            digest=digest,
            workspace=source.workspace,
            ask=reading.ask,
            ticket=reading.ticket,
            own_tag=source.own_tag,
            campaign=reading.campaign,
        )

    async def _write(self, source: HookSource, reading: HookReading, incoming: inbox.Incoming) -> Response:
        try:
            taken = await self._in_time(
                lambda: inbox.receive(self._parts.ledger, incoming, self._parts.window, self._parts.tickets)
            )
        except LedgerError as error:
            return _again(source, str(error))
        if taken is None:
            return _again(source, _SLOW)
        self._tell(source, taken)
        if reading.kind in REFUSALS:
            raise ProblemError(REFUSALS[reading.kind], reading.message)
        return JSONResponse(request_out(taken.row), source.sender.accepted)

    def _tell(self, source: HookSource, taken: inbox.Taken) -> None:
        if not taken.fresh:
            return
        log.info("Hook %s of %s: %s. %s", taken.row.id, source.name, taken.row.state, taken.row.message)
        if taken.row.state == HookState.RECEIVED.value:
            self._kick()

    async def _in_time(self, act: Callable[[], inbox.Taken]) -> inbox.Taken | None:
        """Run it in a thread; None where it takes too long, and then it is written all the same."""
        with anyio.move_on_after(self._parts.settings.answer_seconds):
            return await anyio.to_thread.run_sync(act, abandon_on_cancel=True, limiter=self._writers)
        return None


def _again(source: HookSource, message: str, seconds: int = 5) -> Response:
    return answer(source.sender.again, message, {"Retry-After": str(seconds)})
