"""Limits: how large a body may be, and how many requests come in a minute."""

import asyncio
import re
from collections import OrderedDict
from threading import Lock

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from deployments.gateway.problems import ProblemError, answer
from tasks.clock import Clock

BODY_SECONDS = 10.0
"""How long a body may take to come in."""
UPLOAD_SECONDS = 60.0
"""How long the body of a hand-over may take, which holds files."""
_UPLOADS = re.compile(r"/v1/(?:jobs/[^/]+/(?:handovers|contacts)|recoveries/[^/]+/stopped)")
TOO_SLOW = "The body came in too slowly. Send it again."
CLOSE = {"Connection": "close"}
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


def takes_files(path: str) -> bool:
    """Tell whether the door at a path takes files."""
    return _UPLOADS.fullmatch(path) is not None


class Bounded:
    """Reads every body before the application sees it, and refuses one that is too large or too slow.

    A body with files is not read here: its door reads it in pieces, within a limit and a time of its own.
    """

    def __init__(
        self,
        app: ASGIApp,
        limit: int,
        seconds: float = BODY_SECONDS,
        *,
        uploads: int,
        upload_seconds: float = UPLOAD_SECONDS,
    ) -> None:
        self._app, self._limit, self._seconds = app, limit, seconds
        self._uploads, self._upload_seconds = uploads, upload_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if takes_files(scope["path"]):
            await self._app(scope, self._counted(scope, receive), send)
            return
        try:
            async with asyncio.timeout(self._seconds):
                body = b"" if self._announced(scope) > self._limit else await self._read(receive)
        except TimeoutError:
            await answer(408, TOO_SLOW, CLOSE)(scope, receive, send)
            return
        if body is None:  # cut off: there is nobody left to answer
            return
        if self._announced(scope) > self._limit or len(body) > self._limit:
            await answer(413, _too_large(self._limit), CLOSE)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    def _counted(self, scope: Scope, receive: Receive) -> Receive:
        """Return what gives the pieces of a body until they are too many or too late: then ProblemError."""
        taken, announced = 0, self._announced(scope)
        until = asyncio.get_running_loop().time() + self._upload_seconds

        async def piece() -> Message:
            nonlocal taken
            if announced > self._uploads:
                raise ProblemError(413, _too_large(self._uploads), CLOSE)
            try:
                async with asyncio.timeout_at(until):
                    message = await receive()
            except TimeoutError:
                raise ProblemError(408, TOO_SLOW, CLOSE) from None
            taken += len(message.get("body", b""))
            if taken > self._uploads:
                raise ProblemError(413, _too_large(self._uploads), CLOSE)
            return message

        return piece

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


def _too_large(limit: int) -> str:
    return f"The body is larger than {limit} bytes."


def _replay(body: bytes, receive: Receive) -> Receive:
    told = False

    async def once() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return once
