"""Measures what one contact costs in the ledger, beside a DBOS step and a Prefect task.

Two things are ours and are never mixed: the durable part alone, which is what a step or a task is, and a
whole recovery, which looks at the platform, asks and judges besides. On SQLite all of it is done in one
process, so CPU is compared; where a server does much of it, time is. All run in the same rounds.
"""

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.child import in_child
from tests.bench.rivals.environment import RivalIsMissingError, program
from tests.bench.rows import Goal, Row, in_turn
from tests.integration.postgres import Postgres

CONTACTS = 1000
"""Contacts of the whole recovery."""
WRITTEN = 5000
"""Contacts of which the durable part alone is measured."""
WAVES = (500, 50)
"""Contacts in a wave: as in the bench of the dispatch, and as the policy has it where nobody sets it."""
STEPS = 500
TASKS = 60
HERE = "tests.bench.bench_steps"
DBOS, TASK = Goal("ratio", "at most", 1 / 15), Goal("ratio", "at most", 1 / 30)


def measure(rounds: int, missing: dict[str, str]) -> list[Row]:
    """Return the rows; `missing` takes in which rival cannot be measured here, and why."""
    python = _interpreter(missing)
    found, load = in_turn(
        rounds,
        **{f"waves of {wave}": partial(_durable, wave) for wave in WAVES},
        whole=lambda: in_child(f"{HERE}:recovered", contacts=CONTACTS),
        task=lambda: in_child(f"{HERE}:tasks", count=TASKS),
        step=lambda: _step(python) if python else {},
    )
    rows = []
    for wave in (f"waves of {wave}" for wave in WAVES):
        if python:
            rows.append(_by_cpu(wave, found[wave], found["step"], load))
        rows.append(_by_time(f"durable part of a contact, {wave}", found[wave], found["task"], TASK, load))
    name = f"contact of a whole recovery of {CONTACTS:,}"
    rows.append(_by_time(name, found["whole"], found["task"], None, load))
    return [*rows, *(_on_postgres(rounds, python, missing) if python else [])]


def _interpreter(missing: dict[str, str]) -> str:
    try:
        return program("python")
    except RivalIsMissingError as error:
        missing["DBOS step"] = str(error)
        return ""


def _durable(wave: int, url: str = "") -> Any:
    return in_child("tests.bench.dispatch.durable:durable", contacts=WRITTEN, wave=wave, url=url)


def _step(python: str, url: str = "") -> Any:
    with TemporaryDirectory() as folder:
        place = url or f"sqlite:///{Path(folder) / 'dbos.db'}"
        return in_child("tests.bench.rivals.dbos_steps:steps", interpreter=python, count=STEPS, url=place)


Rounds = Sequence[Mapping[str, float]]


def _by_cpu(wave: str, ours: Rounds, steps: Rounds, load: Sequence[float]) -> Row:
    name, beside = f"durable part of a contact, {wave}, on SQLite", {"ms": _middle(ours, "wall")}
    beside["its ms"] = _middle(steps, "wall")
    mine, theirs = [one["cpu"] for one in ours], [one["cpu"] for one in steps]
    return Row(name, "CPU ms", mine, "DBOS step on SQLite", theirs, DBOS, load, beside)


def _by_time(name: str, ours: Rounds, tasks: Rounds, goal: Goal | None, load: Sequence[float]) -> Row:
    beside = {"CPU ms": _middle(ours, "cpu"), "first task ms": _middle(tasks, "first")}
    mine, theirs = [one["wall"] for one in ours], [one["wall"] for one in tasks]
    return Row(name, "ms", mine, "Prefect task", theirs, goal, load, beside)


def _on_postgres(rounds: int, python: str, missing: dict[str, str]) -> list[Row]:
    """Return the same on a server that writes to the disk before it says so, for both."""
    rows = []
    with _server(missing) as server:
        if server is None:
            return []
        for wave in WAVES:
            found, load = in_turn(
                rounds,
                ours=lambda n=wave: _durable(n, server.url(server.fresh())),  # type: ignore[misc]
                step=lambda: _step(python, server.url(server.fresh()).replace("://", "+psycopg://", 1)),
            )
            beside = {"CPU ms": _middle(found["ours"], "cpu"), "its CPU ms": _middle(found["step"], "cpu")}
            ours, theirs = ([one["wall"] for one in found[name]] for name in ("ours", "step"))
            name = f"durable part of a contact, waves of {wave}, on Postgres"
            rows.append(Row(name, "ms", ours, "DBOS step on Postgres", theirs, DBOS, load, beside))
    return rows


class _Durable(Postgres):
    """A server that waits for the disk, as one that keeps anybody's calls has to."""

    @property
    def options(self) -> str:
        return super().options.replace("-c fsync=off ", "")


@contextmanager
def _server(missing: dict[str, str]) -> Iterator[Postgres | None]:
    try:
        server = _Durable()
    except (AssertionError, OSError) as error:
        missing["DBOS step on Postgres"] = f"no Postgres could be started here ({str(error).splitlines()[0]})"
        yield None
        return
    try:
        yield server
    finally:
        server.close()


def _middle(rounds: Rounds, name: str) -> float:
    return median(one[name] for one in rounds)


def recovered(contacts: int) -> dict[str, float]:
    """Return the milliseconds that one contact of a recovery costs, the platform's CPU left out."""
    from tests.bench.dispatch.recovery import WholeRecovery

    with TemporaryDirectory() as folder:
        policy: dict[str, Any] = {"wave_max": 500, "poll_seconds": 30.0, "lease_seconds": 120.0}
        whole = WholeRecovery(
            f"sqlite:///{Path(folder) / 'ledger.db'}", Path(folder), contacts, permits=500, **policy
        )
        cpu, wall = time.process_time(), time.perf_counter()
        whole.run()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        each = 1000 / whole.dispatched()
        theirs = whole.platform.seconds
        return {"cpu": (cpu - theirs) * each, "wall": (wall - theirs) * each}


def tasks(count: int) -> dict[str, float]:
    """Return the milliseconds of one empty task within a flow: of the first, and of each after it."""
    with TemporaryDirectory() as home:
        os.environ |= {
            "PREFECT_HOME": home,
            "PREFECT_LOGGING_LEVEL": "ERROR",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "0",
        }
        from prefect import flow, task
        from prefect.testing.utilities import prefect_test_harness

        @task
        def nothing(n: int) -> int:
            return n

        @flow
        def all_of_them() -> dict[str, float]:
            begun = time.perf_counter()
            nothing(0)
            first = time.perf_counter()
            for n in range(count):
                nothing(n)
            each = 1000 * (time.perf_counter() - first) / count
            return {"first": 1000 * (first - begun), "wall": each}

        with prefect_test_harness(server_startup_timeout=180):
            found: dict[str, float] = all_of_them()
        return found
