"""Machines as docs/deploy.md has them: a database, a server and workers, each with a home of its own.

Where the system lets us, each machine has a name and a process space of its own, so that none sees another's
processes and each dies as a whole; elsewhere it is a home folder.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import psutil
from sqlalchemy import Engine, text

from deployments.prefect.work import POOL
from tasks.ledger.database.engine import make_engine
from tasks.prefect_api.rest import FLOW, SWEEP, SWEEP_FLOW, TAG, PrefectRefusedError, PrefectRest, Row
from tasks.prefect_api.server.process import free_port, is_healthy
from tasks.runtime.keys import load_keys
from tests.acceptance.site import ROOT, Site
from tests.acceptance.workers.debian import DebianPostgres
from tests.acceptance.workers.typed import typed
from tests.invariants import Breach, check
from tests.plain_settings import plain_settings

SECRET, AUDIT = "a-word-of-this-test-alone", "an-audit-key-of-this-test-alone"
START_SECONDS = 150.0
ENDED = ("recovered", "healthy", "held", "escalated", "cancelled")
APART = ("unshare", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")


@cache
def can_part() -> bool:
    """Tell whether this system lets us give each machine a process space of its own."""
    with suppress(OSError):
        return subprocess.run([*APART, "true"], check=False, capture_output=True).returncode == 0
    return False


@dataclass
class Machine:
    """One machine: a home, a folder with settings, and whatever is typed there."""

    name: str
    folder: Path
    names: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Write down what every machine is told."""
        self.etc.mkdir(parents=True)
        (self.folder / "home").mkdir()
        names = {**self.names, "LONG-WORD": AUDIT, "/etc/ringback": str(self.etc)}
        (self.etc / "env").write_text(typed("What every machine is told", names))

    @property
    def etc(self) -> Path:
        """Return the place of /etc/ringback."""
        return self.folder / "etc"

    @property
    def log(self) -> Path:
        """Return what was printed there."""
        return self.folder / "log"

    def type(self, commands: str, **more: str) -> None:
        """Type commands and let them run."""
        apart = (*APART, "sh", "-e", "-c", f'hostname {self.name}; exec sh -e -c "$0"') if can_part() else ()
        told = f'set -a; . "{self.etc}/env"; set +a\n{commands}'
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*(apart or ("sh", "-e", "-c")), told],
                cwd=self.folder,
                env=self._env() | more,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def typed(self, commands: str, **more: str) -> None:
        """Type commands and wait for their end."""
        self.type(commands, **more)
        assert self.process
        assert self.process.wait(START_SECONDS) == 0, self.log.read_text()[-3000:]

    def _env(self) -> dict[str, str]:
        foreign = ("RINGBACK_", "PREFECT_", "PG")
        own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        path = f"{Path(sys.executable).parent}{os.pathsep}{own['PATH']}"
        return own | {"HOME": str(self.folder / "home"), "PATH": path, "PYTHONPATH": str(ROOT)}

    def processes(self) -> list[psutil.Process]:
        """Return all processes of the machine."""
        assert self.process
        with suppress(psutil.NoSuchProcess):
            top = psutil.Process(self.process.pid)
            return [top, *top.children(recursive=True)]
        return []

    def main(self) -> psutil.Process:
        """Return the process that was typed last, the first of the machine's own space if it has one."""
        assert self.process
        top = psutil.Process(self.process.pid)
        return top.children()[0] if can_part() else top

    def runs(self) -> list[psutil.Process]:
        """Return the processes of flow runs."""
        found: list[psutil.Process] = self.main().children(recursive=True)
        return found

    def kill(self) -> None:
        """Let the machine die, with every process on it."""
        for process in self.processes():
            with suppress(psutil.NoSuchProcess):
                process.kill()
        if self.process:
            self.process.wait(30)

    def end(self, seconds: float) -> int:
        """Tell its program to end as systemd and Docker do, and return the exit code."""
        assert self.process
        self.main().send_signal(signal.SIGTERM)
        return self.process.wait(seconds)


@dataclass
class Machines:
    """A database, a server, and workers by name, for the workspaces of one sandbox."""

    folder: Path
    sites: Mapping[str, Site]
    postgres: DebianPostgres = field(default_factory=DebianPostgres)
    port: int = field(default_factory=free_port)
    gateway_port: int = field(default_factory=free_port)
    workers: dict[str, Machine] = field(default_factory=dict)
    limit: int = 2
    """Runs at once on a machine, so that all machines get some."""

    def __post_init__(self) -> None:
        """Make the machines of the server and of the gateway."""
        self.server = self.machine("server")
        self.gateway = self.machine("gateway")

    @property
    def at(self) -> dict[str, str]:
        """Return this test's addresses by the page's."""
        return {"server:4200": f"127.0.0.1:{self.port}", "db:5432": f"127.0.0.1:{self.postgres.port}"}

    @property
    def url(self) -> str:
        """Return the address of Prefect's API."""
        return f"http://127.0.0.1:{self.port}/api"

    def machine(self, name: str) -> Machine:
        """Set a machine up; the settings are the same on each."""
        made = Machine(name, self.folder / name, {**self.at, "SECRET": SECRET})
        (made.etc / "ringback.toml").write_text((self.folder / "ringback.toml").read_text())
        return made

    def start(self, *workers: str) -> None:
        """Type the page from its first line to its last."""
        self.server.typed(typed("Postgres", {"SECRET": SECRET}), **self.postgres.env)
        self.server.type(self._typed_at_server())
        self.wait(lambda: is_healthy(self.url), "the server answers", START_SECONDS)
        hand = self.machine("hand")
        hand.typed(typed("The server", {}, 1))
        ports = {"0.0.0.0": "127.0.0.1", "--port 8484": f"--port {self.gateway_port}"}
        self.gateway.type(typed("The gateway and the outbox", ports))
        for name in workers:
            self.work(name)
        self.wait(
            lambda: self.gateway_says("/readyz").status_code == 200, "the gateway is ready", START_SECONDS
        )
        self.wait(lambda: self.joined() >= {*workers}, "all workers have joined", START_SECONDS)

    def _typed_at_server(self) -> str:
        names = {**self.at, "SECRET": SECRET, "0.0.0.0": "127.0.0.1", "--port 4200": f"--port {self.port}"}
        return typed("The server", names)

    def work(self, name: str) -> None:
        """Set up a machine with a worker, or start the worker of one again."""
        made = self.workers.get(name) or self.machine(name)
        self.workers[name] = made
        made.type(typed("Workers", {"$(hostname)": name, "--limit 10": f"--limit {self.limit}"}))

    def gateway_says(self, path: str) -> httpx.Response:
        """Return what the gateway answers to whoever keeps it running."""
        return httpx.get(f"http://127.0.0.1:{self.gateway_port}{path}", timeout=30)

    def joined(self) -> set[str]:
        """Return the workers that Prefect has heard of lately."""
        with self.api() as api:
            return {str(one["name"]) for one in api.workers(POOL)}

    def close(self) -> None:
        """End everything."""
        for machine in (*self.workers.values(), self.gateway, self.server):
            machine.kill()
        self.postgres.close()

    def api(self) -> PrefectRest:
        """Return the server's API."""
        return PrefectRest(self.url, auth=("ringback", SECRET))

    def sweep(self) -> None:
        """Ask for a sweep, as the schedule does each five minutes."""
        with self.api() as api:
            deployment = api.deployment_id(SWEEP_FLOW, SWEEP)
            assert deployment
            api.create_run(deployment, {"request": {"act": "report"}}, f"test:{time.time_ns()}")

    def beginning(self) -> int:
        """Return how many runs a worker has taken that have not begun, or not claimed their job yet.

        What is lost so early goes on after two minutes and not after a lease; its unit tests are shorter.
        """
        with self.api() as api:
            waiting = api.runs({"tags": {"all_": ["ringback"]}, **_in("PENDING")})
            runs = api.runs({"tags": {"all_": ["dials"]}, **_in("RUNNING")})
        unclaimed = [run for run in runs if not any(tag.startswith(TAG) for tag in run["tags"])]
        return len(waiting) + len(unclaimed)

    def last_words(self) -> set[str]:
        """Return what the states of all runs that have crashed say."""
        with self.api() as api:
            return {str(run["state"]["message"]) for run in api.runs(_in("CRASHED"))}

    def ask(self, name: str) -> Row:
        """Start a recovery of a workspace's job over the API."""
        site = self.sites[name]
        request = {"job_id": site.job, "workspace": site.world.workspace_id, "approval": "auto"}
        with self.api() as api:
            deployment = api.deployment_id(FLOW)
            assert deployment
            return api.create_run(deployment, {"request": request}, f"test:{name}:{time.time_ns()}")

    def wait(self, true: Callable[[], Any], what: str, seconds: float = 240) -> Any:
        """Wait until something is true and return it; whoever does not answer is asked again."""
        end = time.monotonic() + seconds
        while not (found := _answered(true)):
            assert time.monotonic() < end, f"waited {seconds:.0f} s in vain until {what}\n{self.told()}"
            time.sleep(0.25)
        return found

    def told(self) -> str:
        """Return the ends of all logs, for a failure."""
        states = f"{self.ask_ledger('select job_id, state, next_action from recovery')}"
        logs = [one.log for one in (self.server, self.gateway, *self.workers.values())]
        return "\n".join([states, *(f"{log}: {log.read_text()[-3000:]}" for log in logs if log.exists())])

    @property
    def engine(self) -> Engine:
        """Return a fresh way into the ledger."""
        return make_engine(f"postgresql://ringback@127.0.0.1:{self.postgres.port}/ledger")

    def ask_ledger(self, sql: str, **values: object) -> list[tuple[Any, ...]]:
        """Ask the ledger directly; a database that is away has no answer."""
        engine = self.engine
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(text(sql), values)]
        except Exception:  # noqa: BLE001  it is stopped and started around us
            return []
        finally:
            engine.dispose()

    def states(self) -> dict[str, str]:
        """Return the state of each job's recovery by workspace; a job with two is a failure."""
        rows = self.ask_ledger("select job_id, state from recovery")
        counted = Counter(job for job, _ in rows)
        assert not counted or max(counted.values()) == 1, f"recovered twice: {rows}"
        by_job = dict(rows)
        return {name: by_job[site.job] for name, site in self.sites.items() if site.job in by_job}

    def dialling(self) -> dict[str, str]:
        """Return the machine on which each workspace's recovery has a wave on the platform."""
        sql = (
            "select distinct recovery.job_id, lease.host from recovery "
            "join wave on wave.recovery_id = recovery.id join lease on lease.recovery_id = recovery.id "
            "where wave.state in ('accepted', 'settled') and recovery.state = 'running' "
            "and lease.expires_at > now()"
        )
        hosts = dict(self.ask_ledger(sql))
        found = {name: hosts.get(site.job, "") for name, site in self.sites.items()}
        return {name: host.partition("/")[0] for name, host in found.items() if host}

    def breaches(self, name: str) -> tuple[Breach, ...]:
        """Hold the ledger and what truly happened to a workspace's job against the promises."""
        site, engine = self.sites[name], self.engine
        keys = load_keys(plain_settings(home=self.folder, audit_key=AUDIT)).by_id
        try:
            return check(engine, site.history, (site.world.workspace_id, "elevenlabs", site.job), keys)
        finally:
            engine.dispose()


def _answered(true: Callable[[], Any]) -> Any:
    with suppress(httpx.HTTPError, PrefectRefusedError):
        return true()
    return None


def _in(*types: str) -> Row:
    return {"state": {"type": {"any_": [*types]}}}
