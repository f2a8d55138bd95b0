"""One HTTP answer held back whole, so that a fault can spoil it on its way out."""

import asyncio
from dataclasses import dataclass, field, replace
from json import dumps
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CHUNKS = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and the whole body of one answer."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()

    @property
    def ok(self) -> bool:
        """Tell whether the request was accepted."""
        return self.status < 300  # noqa: PLR2004  the success codes end here

    def dated(self, date: str) -> "Answer":
        """Return the answer with its Date header and a length that fits its body."""
        kept = tuple(pair for pair in self.headers if pair[0] != b"content-length")
        length = (b"content-length", str(len(self.body)).encode())
        return replace(self, headers=(*kept, length, (b"date", date.encode())))


@dataclass(slots=True)
class _Catcher:
    status: int = 500
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    body: bytes = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")


def refusal(status: int, code: str, message: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    """Return a refusal in the wire format's shape."""
    body: dict[str, Any] = {"detail": {"status": code, "message": message}}
    return Answer(status, dumps(body).encode(), ((b"content-type", b"application/json"), *headers))


async def caught(app: ASGIApp, scope: Scope, receive: Receive) -> Answer:
    """Let the application answer, and keep the answer instead of sending it."""
    catcher = _Catcher()
    await app(scope, receive, catcher)
    return Answer(catcher.status, catcher.body, tuple(catcher.headers))


async def sent(answer: Answer, send: Send, *, only: int | None = None, seconds: float = 0.0) -> None:
    """Send an answer: at most `only` bytes of its body, spread over `seconds`."""
    headers = list(answer.headers)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    rest = answer.body[:only]
    step = -(-len(rest) // _CHUNKS)
    while seconds and len(rest) > step:
        await asyncio.sleep(seconds / _CHUNKS)
        await send({"type": "http.response.body", "body": rest[:step], "more_body": True})
        rest = rest[step:]
    await asyncio.sleep(seconds / _CHUNKS)
    await send({"type": "http.response.body", "body": rest, "more_body": only is not None})
