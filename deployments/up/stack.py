"""`ringback up`: Prefect server, deployments, worker and gateway on one machine, in one command."""

import fcntl
import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import psutil

from deployments.up.checked import checked_runtime
from deployments.up.children import CLEAN_SECONDS, MARK, Child, end, left_behind, tell
from tasks.context import Reporter
from tasks.prefect_api.rest import SWEEP, SWEEP_FLOW, PrefectRest
from tasks.prefect_api.server.password import CLIENT, password, password_file
from tasks.prefect_api.server.process import (
    START_SECONDS,
    USUAL_SECONDS,
    ServerError,
    forget,
    is_healthy,
    note_server,
    server_command,
    server_environment,
)
from tasks.prefect_api.stale_runs import STUCK_SECONDS, bury, unstick
from tasks.runs.logs import prefect_environment
from tasks.runtime.settings.settings import SettingsError, load_settings
from tasks.runtime.settings.workspaces import workspace_names
from tasks.runtime.wiring import open_runtime

POOL = "ringback"
HOST = "127.0.0.1"
WORKER = f"up-{socket.gethostname()}"
AT_ONCE = 20
"""Runs at once on this machine: each is a process of about 150 MB; a run that waits for a person is none.

The pool holds the limit, whichever workers join.
"""
STOPPING = "Stopping: recoveries take back what does not ring yet. Ctrl-C again ends all at once."
LOOK_SECONDS = 0.5
"""Between two looks at the children."""
SPEED = {
    # A run that waits for a person or a ticket should not wait for a poll as well.
    "PREFECT_WORKER_QUERY_SECONDS": "2",
    "PREFECT_RUNNER_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
}


@dataclass(frozen=True)
class Wishes:
    """What `ringback up` was asked for."""

    port: int = 4200
    gateway_port: int = 8484
    every: int = 300
    act: str = "policy"


@dataclass
class Up:
    """Everything that runs on this machine for one home folder."""

    wishes: Wishes
    home: Path
    reporter: Reporter
    log_format: str = "text"
    children: list[Child] = field(default_factory=list)
    is_unheard: bool = False
    """Whether runs may have ended of which the server has not heard."""

    @property
    def url(self) -> str:
        """Return the address of the Prefect API."""
        return f"http://{HOST}:{self.wishes.port}/api"

    @property
    def folder(self) -> Path:
        """Return the folder with Prefect's database, the locks and the logs."""
        return self.home / "prefect"

    def environment(self) -> dict[str, str]:
        """Return what every child is told: our settings, Prefect's address, and whose child it is."""
        own = {
            "PREFECT_API_URL": self.url,
            "PREFECT_HOME": str(self.folder),
            CLIENT: password(self.folder),
            "RINGBACK_FOLDER": str(Path.cwd()),
            "PYTHONUNBUFFERED": "1",
            MARK: str(self.home),
        }
        return {**os.environ, **SPEED, **prefect_environment(self.log_format), **own}

    def child(self, name: str, *command: str, env: dict[str, str] | None = None) -> Child:
        """Add a child that runs one of our modules; children end in reverse order."""
        log = self.folder / f"{name}.log"
        made = Child(name, (sys.executable, "-m", *command), env or self.environment(), log)
        self.children.append(made)
        made.start()
        return made

    def tend(self) -> None:
        """Start children again that have died, and go on with what ended while nobody listened."""
        again = {child.name for child in self.children if child.tend(self.reporter)}
        self.is_unheard |= not again.isdisjoint({"server", "worker"})
        if self.is_unheard and is_healthy(self.url):
            self.is_unheard = not _go_on(self)

    def quieten(self) -> None:
        """Tell runs to end, and give them time to take back what does not ring yet; Ctrl-C ends the wait."""
        runs = [one for child in self.children if child.name == "worker" for one in child.offspring()]
        with suppress(KeyboardInterrupt):
            tell(runs)
            _, left = psutil.wait_procs(runs, timeout=CLEAN_SECONDS)
            if left:
                words = "runs have not ended; the next start takes back what is left."
                self.reporter.say(f"{len(left)} {words}")

    def stop(self) -> None:
        """End all children, the server last, and whatever they have left behind."""
        for child in reversed(self.children):
            child.stop()
        end(left_behind(str(self.home)))
        forget(self.folder)


def run_up(wishes: Wishes, reporter: Reporter, ready: Callable[[dict[str, str]], None]) -> int:
    """Start everything, tell `ready` the addresses, and keep it running until Ctrl-C or SIGTERM."""
    runtime = checked_runtime()  # settings, keys and ledger are checked before anything is started
    up = Up(wishes, runtime.settings.folder, reporter, runtime.settings.log_format)
    up.folder.mkdir(parents=True, exist_ok=True)
    with _alone(up.folder):
        _clean(up)
        _check_ports(wishes)
        os.environ[CLIENT] = password(up.folder)
        try:
            _start(up)
            ready(_addresses(up))
            while True:
                time.sleep(LOOK_SECONDS)
                up.tend()
        except KeyboardInterrupt:
            reporter.say(STOPPING)
            up.quieten()
        finally:
            up.stop()
    return 0


def _say_unread(up: Up) -> None:
    # A block lies on the server that we have just started: now it can be read, or be made there.
    os.environ["PREFECT_API_URL"] = up.url
    settings = load_settings()
    for name in workspace_names(settings):
        try:
            open_runtime(settings, workspace=name).context("any")
        except SettingsError as error:
            up.reporter.say(str(error))


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    # The system lets go of the lock with the process, however it ends.
    with (folder / "up.lock").open("w") as lock, (folder / "users.lock").open("w") as users:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise SettingsError(
                f"`ringback up` runs for {folder.parent} already. Stop it first, or set RINGBACK_HOME."
            ) from None
        fcntl.flock(users, fcntl.LOCK_SH)  # a command that ends must not stop the server that we run
        yield


def _clean(up: Up) -> None:
    # We are alone for this home: what still carries its mark was left by one that was killed.
    if left := left_behind(str(up.home)):
        up.reporter.say(f"Ending {len(left)} processes that an earlier `ringback up` has left behind.")
        end(left)
    forget(up.folder)


def _check_ports(wishes: Wishes) -> None:
    if is_healthy(f"http://{HOST}:{wishes.port}/api"):
        raise SettingsError(
            f"A Prefect server runs on port {wishes.port} already. Stop it, or choose another --port."
        )
    taken = {"--port": wishes.port}
    taken |= {"--gateway-port": wishes.gateway_port} if _is_there("deployments.gateway") else {}
    for option, port in taken.items():
        with socket.socket() as probe:
            probe.settimeout(2)
            if probe.connect_ex((HOST, port)) == 0:
                raise SettingsError(f"Port {port} is taken by another program. Choose another with {option}.")


def _start(up: Up) -> None:
    _start_server(up)
    with PrefectRest(up.url) as api:
        api.make_pool(POOL, AT_ONCE)
        # Where other workers run too, a run that is Pending may be just starting there.
        others = [one for one in api.workers(POOL) if one["name"] != WORKER]
        again = [*unstick(api, STUCK_SECONDS if others else 0), *bury(api, WORKER, none_left=True)]
    if again:
        up.reporter.say(f"{len(again)} runs were interrupted; they go on: {', '.join(again[:10])}")
    asked = ("--type", "process", "--pool", POOL, "--name", WORKER)
    up.child("worker", "prefect", "worker", "start", *asked)
    _start_more(up)
    _register(up)
    _say_unread(up)
    _first_sweep(up)
    _tell(up)


def _start_server(up: Up) -> None:
    own = {**prefect_environment(up.log_format), MARK: str(up.home)}
    env = {**server_environment(up.folder, up.url), **own}
    server = up.child("server", *server_command(HOST, up.wishes.port), env=env)
    begun = time.monotonic()
    while not is_healthy(up.url):
        waited = time.monotonic() - begun
        if server.process is None or server.process.poll() is not None or waited > START_SECONDS:
            raise ServerError(f"The Prefect server did not start; its log is {server.log}.")
        up.reporter.progress("starting Prefect", min(int(waited), USUAL_SECONDS - 1), USUAL_SECONDS)
        time.sleep(LOOK_SECONDS)
    up.reporter.progress("starting Prefect", USUAL_SECONDS, USUAL_SECONDS)
    if server.process:
        note_server(up.folder, up.url, server.process.pid)


def _start_more(up: Up) -> None:
    if _is_there("deployments.gateway"):
        where = ("--host", HOST, "--port", str(up.wishes.gateway_port))
        up.child("gateway", "deployments.gateway", *where)
    if _is_there("deployments.outbox"):
        up.child("outbox", "deployments.outbox")


def _is_there(module: str) -> bool:
    with suppress(ModuleNotFoundError):
        return importlib.util.find_spec(module) is not None
    return False


def _register(up: Up) -> None:
    asked = ("--every", str(up.wishes.every), "--act", up.wishes.act)
    done = subprocess.run(  # noqa: S603  our own module
        [sys.executable, "-m", "deployments.prefect.register", *asked],
        env=up.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    (up.folder / "registering.log").write_text(done.stdout + done.stderr)
    if done.returncode:
        raise ServerError(
            f"The deployments could not be registered; the log is {up.folder / 'registering.log'}."
        )


def _go_on(up: Up) -> bool:
    # What a worker took with it, or ended without a server, goes on now and not when heartbeats are missed.
    with suppress(httpx.HTTPError), PrefectRest(up.url) as api:
        bury(api, WORKER)
        _first_sweep(up)
        return True
    return False


def _first_sweep(up: Up) -> None:
    # What an earlier `ringback up` was killed in goes on now, and not at the first turn of the schedule.
    with suppress(httpx.HTTPError), PrefectRest(up.url) as api:
        sweep = api.deployment_id(SWEEP_FLOW, SWEEP)
        if sweep:
            api.create_run(sweep, {"request": {"act": up.wishes.act}}, f"up:{time.time_ns()}")


def _addresses(up: Up) -> dict[str, str]:
    found = {
        "prefect": up.url.removesuffix("/api"),
        "password": str(password_file(up.folder)),
        "logs": str(up.folder),
    }
    gateway = {"gateway": f"http://{HOST}:{up.wishes.gateway_port}"}
    return found | (gateway if any(child.name == "gateway" for child in up.children) else {})


def _tell(up: Up) -> None:
    found, say = _addresses(up), up.reporter.say
    site = found["prefect"]
    say(f"Prefect      {site}")
    say(f"Password     the line in {found['password']}; the UI asks for it once")
    say(
        f"Deployments  {site}/deployments  recover, triage, plan, escalate, sweep (every {up.wishes.every} s)"
    )
    if "gateway" in found:
        say(f"Gateway      {found['gateway']}")
    say(f"Logs         {found['logs']}")
    say("Stop with Ctrl-C: recoveries take back what does not ring yet, and end held.")
