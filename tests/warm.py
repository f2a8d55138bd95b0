"""Commands of the command line in forks of a warm process: what they import costs most of their time.

A fork is a process of its own, with its own folder, environment, output and exit code. What no environment
changes is loaded already; our own command line each of them loads itself.
"""

import atexit
import gc
import os
import runpy
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.chaos.kills.fork_server import ForkServer

WARM = (
    "alembic.command",
    "typer",
    "rich.console",
    "rich.progress",
    "tasks.runtime.wiring",
    "tasks.finish.report",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "matplotlib.dates",
)
"""What every command needs and nothing in its environment changes."""
TARGET = f"{__name__}:obey"
POLL_SECONDS = 0.01
FAULT = 1


@dataclass(frozen=True, slots=True)
class Command:
    """One command with its folder and environment; what it prints goes to two files."""

    args: tuple[str, ...]
    cwd: str
    env: Mapping[str, str] = field(repr=False)
    out: str
    err: str

    def as_json(self) -> dict[str, Any]:
        """Return the order as it goes to the process that forks."""
        return asdict(self)


def obey(told: Mapping[str, Any]) -> int:
    """Be the command, in a fork: take on folder, environment and output, and return the exit code."""
    order = Command(**told)
    os.chdir(order.cwd)
    os.environ.clear()
    os.environ.update(order.env)
    for number, name in ((1, order.out), (2, order.err)):
        where = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(where, number)
        os.close(where)
    sys.argv[1:] = order.args
    try:
        runpy.run_module("deployments.cli", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return _code(end)
    finally:
        atexit._run_exitfuncs()
        _let_go()
    return 0


def _let_go() -> None:
    # An interpreter that ends closes its databases, and SQLite takes its log in; a fork just stops.
    for one in gc.get_objects():
        if isinstance(one, sqlite3.Connection):
            one.close()


def _code(end: SystemExit) -> int:
    if end.code is None or isinstance(end.code, int):
        return end.code or 0
    sys.stderr.write(f"{end.code}\n")
    return FAULT


class WarmCommands:
    """Runs commands in forks, from any number of threads."""

    def __init__(self) -> None:
        self._server = ForkServer(WARM)
        self._turn = threading.Lock()
        self._open = ExitStack()
        self._open.enter_context(self._server)

    def close(self) -> None:
        """End the process that forks."""
        self._open.close()

    def run(
        self, args: Sequence[str], env: Mapping[str, str], cwd: Path, seconds: float
    ) -> tuple[int, str, str]:
        """Run a command to its end and return exit code and output; raises TimeoutExpired after `seconds`."""
        with TemporaryDirectory() as folder:
            out, err = Path(folder, "out"), Path(folder, "err")
            order = Command(tuple(args), str(cwd), dict(env), str(out), str(err))
            with self._turn:
                pid = self._server.start(order, TARGET)
            code = self._wait(pid, time.monotonic() + seconds)
            said = tuple(path.read_text(errors="replace") if path.exists() else "" for path in (out, err))
        if code is None:
            raise subprocess.TimeoutExpired(["ringback", *args], seconds, *said)
        return code, said[0], said[1]

    def _wait(self, pid: int, until: float) -> int | None:
        while True:
            with self._turn:
                code = self._server.wait(pid, 0)
            if code is not None:
                return code
            if time.monotonic() > until:
                os.kill(pid, signal.SIGKILL)
                with self._turn:
                    self._server.wait(pid, seconds=5)
                return None
            time.sleep(POLL_SECONDS)


@cache
def warm_commands() -> WarmCommands:
    """Return what runs commands in this process of tests; it ends with it."""
    commands = WarmCommands()
    atexit.register(commands.close)
    return commands
