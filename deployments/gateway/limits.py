"""Limits: how large a body may be, and how many requests come in a minute."""

import asyncio
from collections import OrderedDict
from threading import Lock

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.gateway.problems import answer
from tasks.clock import Clock

BODY_SECONDS = 10.0
"""How long a body may take to come in."""
MOST_BUCKETS = 10_000


class Buckets:
    """Token buckets by name: a minute's worth at once, then evenly."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._lock = clock, Lock()
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, name: str, per_minute: int) -> float:
        """Take one and return 0, or the seconds until there is one again."""
        rate, now = per_minute / 60.0, self._clock.now().timestamp()
        with self._lock:
            left, seen = self._left.pop(name, (float(per_minute), now))
            left = min(float(per_minute), left + max(0.0, now - seen) * rate)
            taken = left >= 1.0
            self._left[name] = (left - taken, now)
            while len(self._left) > MOST_BUCKETS:
                self._left.popitem(last=False)
        return 0.0 if taken else (1.0 - left) / rate


class Bounded:
    """Reads every body before the application sees it, and refuses one that is too large or too slow."""

    def __init__(self, app: ASGIApp, limit: int, seconds: float = BODY_SECONDS) -> None:
        self._app, self._limit, self._seconds = app, limit, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                body = b"" if self._announced(scope) > self._limit else await self._read(receive)
        except TimeoutError:
            words = "The body came in too slowly. Send it again."
            await answer(408, words, {"Connection": "close"})(scope, receive, send)
            return
        if body is None:  # cut off: there is nobody left to answer
            return
        if self._announced(scope) > self._limit or len(body) > self._limit:
            words = f"The body is larger than {self._limit} bytes."
            await answer(413, words, {"Connection": "close"})(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    def _announced(self, scope: Scope) -> int:
        given = dict(scope["headers"]).get(b"content-length", b"")
        return int(given) if given.isdigit() and len(given) < 20 else 0  # noqa: PLR2004  fits any size

    async def _read(self, receive: Receive) -> bytes | None:
        """Return the whole body or as much as shows that it is too large; None where it was cut off."""
        body = bytearray()
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                return None
            body += message.get("body", b"")
            if not message.get("more_body") or len(body) > self._limit:
                return bytes(body)


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def once() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once
