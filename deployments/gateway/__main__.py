"""`python -m deployments.gateway --host H --port P`: serves hooks and the API until it is stopped."""

import argparse
import signal
import socket
import sys
from collections.abc import Callable
from types import FrameType

import uvicorn

from deployments.gateway.app import make_app
from deployments.gateway.compose import make_parts
from deployments.gateway.parts import Parts
from deployments.gateway.patience import Patient
from models.errors import RingbackError
from tasks.runs import logs
from tasks.runtime.settings.settings import SettingsError
from tasks.runtime.wiring import open_runtime

BACKLOG = 2048


def main(arguments: list[str] | None = None) -> int:
    """Serve, and return the exit code of the contract."""
    given = _parser().parse_args(arguments)
    try:
        runtime = open_runtime()
        parts = make_parts(runtime)
        listener = _listen(given.host or parts.settings.host, given.port, parts.settings.port)
    except RingbackError as error:
        return _complain(str(error), error.exit_code)
    said = f"sources: {', '.join(parts.sources) or 'none'}"
    serve(parts, listener, lambda url: _say(f"Gateway: {url}  {said}"), runtime.settings.log_format)
    return 0


def run_gateway(host: str | None, port: int | None, ready: Callable[[str], None]) -> int:
    """Serve for a command, until it is stopped; `ready` is told the address."""
    runtime = open_runtime()
    parts = make_parts(runtime)
    listener = _listen(host or parts.settings.host, port, parts.settings.port)
    serve(parts, listener, ready, runtime.settings.log_format)
    return 0


def serve(parts: Parts, listener: socket.socket, ready: Callable[[str], None], form: str = "text") -> None:
    """Serve on a bound socket until SIGTERM or SIGINT; `ready` is told the address, `form` is of the log."""
    logs.begin(form)
    server = make_server(parts, listener, ready)
    # The server raises the signal again once it has shut down; an ordered stop is then a plain exit.
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, _leave)
    server.run(sockets=[listener])


def make_server(
    parts: Parts,
    listener: socket.socket,
    ready: Callable[[str], None],
    protocol: type[Patient] = Patient,
) -> uvicorn.Server:
    """Return a server for a bound socket that tells `ready` its address."""
    config = uvicorn.Config(
        make_app(parts),
        http=protocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=5,
    )
    host, port = listener.getsockname()[:2]
    return _Server(config, lambda: ready(f"http://{f'[{host}]' if ':' in host else host}:{port}"))


class _Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()


def _listen(host: str, port: int | None, default: int) -> socket.socket:
    wanted = default if port is None else port
    try:
        family = socket.getaddrinfo(host, wanted, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, wanted), family=family, backlog=BACKLOG)
    except (OSError, OverflowError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise SettingsError(
            f"The gateway cannot listen on {host} port {wanted}: {why}. Choose another with --port."
        ) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m deployments.gateway", description=__doc__)
    parser.add_argument("--host", help="address to listen on; `[gateway] host` if not given")
    parser.add_argument("--port", type=int, help="0 takes a free one; `[gateway] port` if not given")
    return parser


def _say(message: str) -> None:
    print(message, flush=True)  # noqa: T201  whoever started us waits for this line


def _complain(message: str, code: int) -> int:
    print(f"ringback: {message}", file=sys.stderr)  # noqa: T201  the last place for a sentence
    return code


def _leave(_sign: int, _frame: FrameType | None) -> None:
    sys.exit(0)


if __name__ == "__main__":
    sys.exit(main())
