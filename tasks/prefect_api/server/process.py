"""A Prefect server to conduct with: the one that is named, one that already runs, or one of our own."""

import atexit
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import httpx
import psutil

from models.errors import RingbackError
from tasks.context import Reporter
from tasks.prefect_api.server.origin_guard import HOSTS, origins, own_hosts
from tasks.prefect_api.server.password import CLIENT, SERVER, password
from tasks.runtime.settings.settings import SettingsError

DEFAULT_URL = "http://127.0.0.1:4200/api"
START_SECONDS = 240
"""A server takes 15 to 60 s to start on two slow cores, the first time longest."""
USUAL_SECONDS = 40
BUSY_SECONDS = 15
"""How long a server that is named may take to answer: on two slow cores a busy one is slow."""


SERVING = "tasks.prefect_api.server.serving"
"""The module that a server of ours runs."""


class ServerError(RingbackError):
    """No Prefect server could be had, or the one that was had is gone; the ledger is as it was."""

    next_action = "Start the Prefect server or correct PREFECT_API_URL, then run the command again."


def prefect_server(folder: Path, reporter: Reporter) -> str:
    """Return the address of a server; one that we started ends with the last process that uses it."""
    home = folder / "prefect"
    if url := named_server(folder):
        return _use(url)
    if _running(home) is None and is_healthy(DEFAULT_URL) and lets_in(DEFAULT_URL):
        return _use(DEFAULT_URL)
    url = _own_server(home, reporter)
    let_in(home, url)
    return _use(url)


def named_server(folder: Path) -> str | None:
    """Return the address that PREFECT_API_URL names; SettingsError where nobody answers or lets us in."""
    url = os.environ.get("PREFECT_API_URL", "").rstrip("/")
    if not url:
        return None
    if not is_healthy(url, BUSY_SECONDS):
        raise SettingsError(
            f"PREFECT_API_URL {url} does not answer. Start that server, correct the address (it ends in "
            "/api), or unset the variable."
        )
    let_in(folder / "prefect", url)
    if not lets_in(url, BUSY_SECONDS):
        raise SettingsError(
            f"The Prefect server {url} asks for a password. Set PREFECT_API_AUTH_STRING to its USER:PASSWORD."
        )
    return url


def let_in(home: Path, url: str) -> None:
    """Give this process the password of the home's own server where the address is that one's.

    It goes to no other server: whoever listens at another address could keep it.
    """
    if _running(home) == url:
        os.environ[CLIENT] = password(home)


def auth_of_environment() -> tuple[str, str] | None:
    """Return user and password that Prefect is asked with, None where there are none."""
    user, _, secret = os.environ.get(CLIENT, "").partition(":")
    return (user, secret) if user else None


def lets_in(url: str, seconds: float = 5) -> bool:
    """Tell whether a server takes our requests; one that does not answer is not one that refuses."""
    if os.environ.get("PREFECT_API_KEY"):
        return True  # Prefect's own cloud, which knows no password
    try:
        return httpx.get(
            f"{url}/admin/version", auth=auth_of_environment(), timeout=seconds
        ).status_code not in {401, 403}
    except (httpx.HTTPError, httpx.InvalidURL):
        return True


def is_healthy(url: str, seconds: float = 2) -> bool:
    """Tell whether a Prefect server answers there within some seconds."""
    with suppress(httpx.HTTPError, httpx.InvalidURL):
        return httpx.get(f"{url}/health", timeout=seconds).status_code == httpx.codes.OK
    return False


def _use(url: str) -> str:
    os.environ["PREFECT_API_URL"] = url
    os.environ.setdefault("PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL", "CRITICAL")
    os.environ.setdefault("PREFECT_FLOWS_HEARTBEAT_FREQUENCY", "30")
    return url


def _own_server(home: Path, reporter: Reporter) -> str:
    # Every user holds the lock shared; whoever can have it alone at its end is the last and stops it.
    home.mkdir(parents=True, exist_ok=True)
    users = (home / "users.lock").open("w")
    with _starting(home):
        fcntl.flock(users, fcntl.LOCK_SH)
        url = _running(home) or start(home, free_port(), reporter)
    # Registered before Prefect is imported, so it runs after Prefect has sent its last logs and events.
    atexit.register(_leave, home, users)
    return url


def _leave(home: Path, users: IO[str]) -> None:
    with _starting(home), suppress(BlockingIOError):
        fcntl.flock(users, fcntl.LOCK_UN)
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        stop(home)


@contextmanager
def _starting(home: Path) -> Iterator[None]:
    with (home / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _running(home: Path) -> str | None:
    try:
        told = json.loads((home / "server.json").read_text())
        command = psutil.Process(int(told["pid"])).cmdline()
    except (OSError, ValueError, KeyError, TypeError, psutil.Error):
        return None
    url = str(told.get("url"))
    return url if SERVING in command and is_healthy(url) else None


def start(home: Path, port: int, reporter: Reporter) -> str:
    """Start a server on a port and wait until it answers, showing how long it takes."""
    url = f"http://127.0.0.1:{port}/api"
    with (home / "server.log").open("ab") as log:
        process = subprocess.Popen(  # noqa: S603  our own interpreter and module
            [sys.executable, "-m", *server_command("127.0.0.1", port)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=server_environment(home, url),
            start_new_session=True,
        )
    note_server(home, url, process.pid)
    begun = time.monotonic()
    while (waited := time.monotonic() - begun) < START_SECONDS:
        if is_healthy(url):
            reporter.progress("starting Prefect", USUAL_SECONDS, USUAL_SECONDS)
            return url
        if process.poll() is not None:
            break
        reporter.progress("starting Prefect", min(int(waited), USUAL_SECONDS - 1), USUAL_SECONDS)
        time.sleep(0.5)
    stop(home)
    raise ServerError(f"The Prefect server did not start; its log is {home / 'server.log'}.")


def server_command(host: str, port: int) -> tuple[str, ...]:
    """Return the module and the arguments that start a server."""
    return (SERVING, "server", "start", "--host", host, "--port", str(port))


def server_environment(home: Path, url: str) -> dict[str, str]:
    """Return the environment of a server: its own folder, its password and names, nothing of our settings."""
    hosts = own_hosts(httpx.URL(url).port or 80)
    own = {
        "PREFECT_HOME": str(home),
        "PREFECT_API_URL": url,
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": ",".join(origins(hosts)),
        HOSTS: ",".join(hosts),
        CLIENT: password(home),
        SERVER: password(home),
    }
    return {**_clean_environment(), **own}


def note_server(home: Path, url: str, pid: int) -> None:
    """Write down which server runs for a home, so that every command finds it."""
    (home / "server.json").write_text(json.dumps({"url": url, "pid": pid}))


def forget(home: Path) -> None:
    """Forget the server of a home: it has ended."""
    (home / "server.json").unlink(missing_ok=True)


QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_LOGGING_LEVEL": "WARNING",
    # What opens is what the docs' pictures show, without advertisements; a browser that chose V2 keeps it.
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
}


def _clean_environment() -> dict[str, str]:
    return {**{k: v for k, v in os.environ.items() if not k.startswith("RINGBACK_")}, **QUIET}


def stop(home: Path) -> None:
    """Stop the server that was started here, and nothing else."""
    with suppress(OSError, ValueError, psutil.NoSuchProcess):
        told = json.loads((home / "server.json").read_text())
        (home / "server.json").unlink()
        process = psutil.Process(int(told["pid"]))
        if "prefect" in " ".join(process.cmdline()):
            _end(process)


def _end(process: psutil.Process) -> None:
    family = [process, *process.children(recursive=True)]
    process.send_signal(signal.SIGTERM)
    _, alive = psutil.wait_procs(family, timeout=10)
    for left in alive:
        with suppress(psutil.NoSuchProcess):
            left.kill()


def free_port() -> int:
    """Return a loopback port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
