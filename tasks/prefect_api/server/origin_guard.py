"""The door of a Prefect server: who asks under another name, or from another page, is refused.

A page that somebody has open elsewhere can send requests to this machine, and by a name of its own that leads
here (DNS rebinding) read the answers too. Both show in what the browser says of itself.
"""

import json
import os
from collections.abc import Iterable
from typing import Any

HOSTS = "RINGBACK_PREFECT_HOSTS"
"""The variable with the names, and ports, under which the server is reached, separated by commas."""
REFUSED = 403
POLICY = 1008
"""The code by which a web socket is closed that is not let in."""


def own_hosts(port: int) -> tuple[str, ...]:
    """Return under which names a server on this machine alone is reached."""
    return tuple(f"{name}:{port}" for name in ("127.0.0.1", "localhost", "[::1]"))


def named_hosts() -> frozenset[str]:
    """Return the names that HOSTS holds, empty where it is not set."""
    return frozenset(name.strip().lower() for name in os.environ.get(HOSTS, "").split(",") if name.strip())


def origins(hosts: Iterable[str]) -> tuple[str, ...]:
    """Return the origins of the pages that a server under these names serves itself."""
    return tuple(f"http://{name}" for name in hosts)


def refusal(host: str, origin: str | None, hosts: frozenset[str]) -> str | None:
    """Return why a request is refused, None where it may come in; without names any host will do."""
    host = host.lower()
    if hosts and host not in hosts:
        return f"This server is not reached as {host!r}. Name it in {HOSTS} where that is meant."
    if origin is None:
        return None
    scheme, _, name = origin.lower().partition("://")
    if scheme in {"http", "https"} and name in (hosts or {host}):
        return None
    return "Requests from pages of another origin are refused."


class OriginGuard:
    """ASGI middleware that lets in by the rule of `refusal`, before anything else has seen the request."""

    def __init__(self, app: Any, hosts: frozenset[str]) -> None:
        """Stand before an app that is reached under some names."""
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, or refuse it with a sentence."""
        if scope["type"] in {"http", "websocket"}:
            told = {
                name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
            }
            if why := refusal(told.get("host", ""), told.get("origin"), self._hosts):
                await _refuse(scope["type"], send, why)
                return
        await self._app(scope, receive, send)


async def _refuse(kind: str, send: Any, why: str) -> None:
    if kind == "websocket":
        await send({"type": "websocket.close", "code": POLICY, "reason": why[:100]})
        return
    body = json.dumps({"exception_message": why}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": REFUSED, "headers": headers})
    await send({"type": "http.response.body", "body": body})
