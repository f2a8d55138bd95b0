"""Runs the sandbox as a server of its own."""

import signal
import socket
import sys
import threading
from asyncio import BaseTransport
from collections.abc import Callable
from os import getpid, kill, read
from typing import Any

import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from deployments.sandbox.app import create_app
from deployments.sandbox.doors import HANG_UP
from deployments.sandbox.registry import Registry

HOST = "127.0.0.1"


class _Connection(H11Protocol):
    """One connection that hands the application a way to hang up on the client."""

    def connection_made(self, transport: BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[HANG_UP] = transport.close
            await inner(scope, receive, send)

        self.app = app


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def run(
    host: str = HOST,
    port: int = 0,
    ready: Callable[[str], None] = lambda _url: None,
    registry: Registry | None = None,
) -> None:
    """Serve until SIGTERM or SIGINT; `ready` is told the URL once requests are taken, port 0 is any."""
    listener = _listen(host, port)
    url = f"http://{host}:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        create_app(registry),
        http=_Connection,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    # The server raises the signal again once it has shut down; an ordered stop is then a plain exit.
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, _leave)
    _Server(config, lambda: ready(url)).run(sockets=[listener])


def _listen(host: str, port: int) -> socket.socket:
    """Bind a socket that names its protocol: only then does asyncio send small answers without delay."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


def stop_with_stdin() -> None:
    """Stop this process when its standard input closes, so that it never outlives who started it."""

    def watch() -> None:
        while read(sys.stdin.fileno(), 1):
            pass
        kill(getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


def _leave(*_signal: Any) -> None:
    sys.exit(0)
