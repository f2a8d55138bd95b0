"""A place to run ringback as people run it: a world, a home, a policy, and real processes."""

import json
import os
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from deployments.sandbox.client import Sandbox, WorldInfo
from tasks.ledger.database.engine import make_engine
from tasks.runtime.keys import load_keys
from tests.invariants import Breach, check
from tests.plain_settings import plain_settings
from tests.warm import warm_commands

ROOT = Path(__file__).resolve().parents[2]
COMMAND = (sys.executable, "-m", "deployments.cli")
QUICK = {"poll_seconds": 0.05, "stall_seconds": 3, "visibility_seconds": 0.3, "lease_seconds": 20}
"""A policy for worlds that play a call in a fraction of a second."""
NATIONAL = 9
"""Digits of an Australian number without its country code."""
PATIENT = {"stall_seconds": 60}
"""What a world needs whose calls are to last for seconds: they are no stall."""
OURS = "rb-"
"""How the name of every job begins that a wave of ours has made."""


@dataclass(frozen=True, slots=True)
class Completed:
    """What one command left behind."""

    code: int
    stdout: str
    stderr: str

    @property
    def json(self) -> Any:
        """Return the one JSON document on stdout; anything besides it there is a ValueError."""
        return json.loads(self.stdout)


AT_START = frozenset({"PYTHONIOENCODING"})
"""Variables that an interpreter reads only as it starts, so that no fork can take them on."""
BLOCK = 512
"""Bytes that `ulimit -f` counts by."""


@contextmanager
def start_cli(
    args: Sequence[str], env: Mapping[str, str], cwd: Path, most_bytes: int | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Start ringback as a process without a terminal; it does not outlive the block.

    No file that it writes may grow past `most_bytes`, as if the disk were full.
    """
    limit = ("sh", "-c", f'ulimit -f {most_bytes // BLOCK}; exec "$0" "$@"') if most_bytes else ()
    process = subprocess.Popen(
        [*limit, *COMMAND, *args],
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def run_cli(
    args: Sequence[str],
    env: Mapping[str, str],
    cwd: Path,
    timeout: float = 120,
    most_bytes: int | None = None,
) -> Completed:
    """Run ringback to its end; `most_bytes` as in `start_cli`."""
    if most_bytes is None and not AT_START & env.keys():
        return Completed(*warm_commands().run(args, env, cwd, timeout))
    with start_cli(args, env, cwd, most_bytes) as process:
        return finished(process, timeout)


def finished(process: subprocess.Popen[str], timeout: float = 120) -> Completed:
    """Wait for a process and return what it left behind."""
    stdout, stderr = process.communicate(timeout=timeout)
    return Completed(process.returncode, stdout, stderr)


@dataclass(frozen=True)
class Site:
    """One world with one home: everything that a command of ours is given by its environment."""

    sandbox: Sandbox
    world: WorldInfo
    home: Path

    @property
    def job(self) -> str:
        """Return the id of the source job."""
        return self.world.job_id

    def env(self, **changes: str | None) -> dict[str, str]:
        """Return the environment of a command; None takes a variable away."""
        foreign = ("RINGBACK_", "PREFECT_", "FORCE_COLOR", "NO_COLOR", "COLUMNS")
        own = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        own |= {
            "PYTHONPATH": str(ROOT),
            "RINGBACK_PLATFORM_URL": self.world.url,
            "RINGBACK_PLATFORM_KEY": self.world.key,
            "RINGBACK_WORKSPACE": self.world.workspace_id,
            "RINGBACK_HOME": str(self.home),
            "RINGBACK_POLICY": str(self.home / "policy.toml"),
        }
        return {name: value for name, value in (own | changes).items() if value is not None}

    def run(self, *args: str, timeout: float = 120, **changes: str | None) -> Completed:
        """Run one command here to its end."""
        return run_cli(args, self.env(**changes), self.home, timeout)

    def recover(self, *, most_bytes: int | None = None) -> Completed:
        """Recover the source job without Prefect and without asking; `most_bytes` as in `start_cli`."""
        args = ("recover", self.job, "--yes", "--no-prefect", "--json")
        return run_cli(args, self.env(), self.home, most_bytes=most_bytes)

    @contextmanager
    def recovering(self, *more: str, **changes: str | None) -> Iterator[subprocess.Popen[str]]:
        """Start to recover the source job without asking, and let the block watch it."""
        with self.running("recover", self.job, "--yes", "--json", *more, **changes) as process:
            yield process

    @contextmanager
    def running(self, *args: str, **changes: str | None) -> Iterator[subprocess.Popen[str]]:
        """Start a command and let the block watch it."""
        with start_cli(args, self.env(**changes), self.home) as process:
            yield process

    @property
    def ledger(self) -> Path:
        """Return the ledger's file."""
        return self.home / "ledger.db"

    def ask(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Ask the ledger's file directly."""
        with closing(sqlite3.connect(f"file:{self.ledger}?mode=ro", uri=True, timeout=30)) as ledger:
            return ledger.execute(sql, values).fetchall()

    def recoveries(self) -> int:
        """Return how many recoveries there are; 0 before there is a ledger."""
        return self.count("select count(*) from recovery")

    def waves(self, *phases: str) -> int:
        """Return how many waves of some phases the platform has taken; 0 before there is a ledger."""
        marks = ",".join("?" * len(phases))
        sql = "select count(*) from wave join recovery on recovery.id = recovery_id where job_id = ?"
        taken = f"{sql} and wave.state in ('accepted', 'settled') and phase in ({marks})"
        return self.count(taken, self.job, *phases)

    def count(self, sql: str, *values: object) -> int:
        """Return the one figure that the ledger answers with; 0 before there is a ledger."""
        try:
            return int(self.ask(sql, *values)[0][0])
        except sqlite3.OperationalError:
            return 0

    @property
    def history(self) -> dict[str, Any]:
        """Return what truly happened."""
        return self.sandbox.history(self.world.key)

    def dialled(self) -> Counter[str]:
        """Return how often waves of ours have dialled each number."""
        return Counter(d["phone"] for d in self.history["dials"] if d["job_name"].startswith(OURS))

    def numbers(self) -> set[str]:
        """Return the number of everybody in the source job."""
        return {person["phone"] for person in self.history["truth"]}

    def breaches(self) -> tuple[Breach, ...]:
        """Hold the ledger and what truly happened against the promises."""
        settings = plain_settings(home=self.home)
        engine = make_engine(f"sqlite:///{self.ledger}")
        try:
            key = (self.world.workspace_id, "elevenlabs", self.job)
            return check(engine, self.history, key, load_keys(settings).by_id)
        finally:
            engine.dispose()


class OpenSite(Protocol):
    """Opens sites."""

    def __call__(
        self,
        scenario: str,
        *,
        home: Path | None = None,
        policy: Mapping[str, Any] | None = None,
        **wishes: Any,
    ) -> Site:
        """Open a world and give it a home of its own, or the given one; `policy` changes the quick one."""
        ...


def open_site(
    sandbox: Sandbox, home: Path, scenario: str, policy: Mapping[str, Any], wishes: Mapping[str, Any]
) -> Site:
    """Open a world and write its policy down: the quick one with some changes."""
    world = sandbox.world(scenario, **{"contacts": 24, "speed": 300, **wishes})
    chosen = {**QUICK, "permits": world.permits, **policy}
    (home / "policy.toml").write_text("".join(f"{name} = {value}\n" for name, value in chosen.items()))
    return Site(sandbox, world, home)


def until(
    true: Callable[[], object], what: str, seconds: float = 60, *, by: Sequence[subprocess.Popen[str]] = ()
) -> None:
    """Wait until something is true; fails when it does not become so in time.

    Fails at once, with what a process of `by` has said, where one of those that bring it about has ended.
    """
    end = time.monotonic() + seconds
    while not true():
        gone = [process for process in by if process.poll() is not None]
        assert not gone or true(), f"not {what}: {[process.communicate() for process in gone]}"
        assert time.monotonic() < end, f"waited {seconds:.0f} s in vain until {what}"
        time.sleep(0.05)


def whole(numbers: set[str], text: str) -> set[str]:
    """Return the numbers of which the text holds the national digits, whatever stands around them."""
    digits = {number: "".join(filter(str.isdecimal, number))[-NATIONAL:] for number in numbers}
    return {number for number, national in digits.items() if national in text}
