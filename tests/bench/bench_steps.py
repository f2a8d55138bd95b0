"""Measures what one contact of a durable recovery costs, beside a Prefect task, which would hold it else.

The tasks run against a server of their own, with SQLite, in the same run. Both are seconds of wall: a task
spends most of its time in the server.
"""

import os
import time
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.child import in_child
from tests.bench.rows import Goal, Row, in_turn

CONTACTS = 1000
TASKS = 60
HERE = "tests.bench.bench_steps"


def measure(rounds: int) -> list[Row]:
    """Return the row."""
    found, load = in_turn(
        rounds,
        ours=lambda: in_child(f"{HERE}:recovered", contacts=CONTACTS),
        rival=lambda: in_child(f"{HERE}:tasks", count=TASKS),
    )
    ours = [1000 * one for one in found["ours"]]
    rival = [1000 * one["second"] for one in found["rival"]]
    beside = {"first task ms": median(1000 * one["first"] for one in found["rival"])}
    goal = Goal("ratio", "at most", 1 / 30)
    return [Row("durable contact of a whole recovery", "ms", ours, "Prefect task", rival, goal, load, beside)]


def recovered(contacts: int) -> float:
    """Return the seconds of wall that one dispatched contact of a recovery costs, the platform's left out."""
    from tests.bench.dispatch.recovery import WholeRecovery

    with TemporaryDirectory() as folder:
        policy: dict[str, Any] = {"wave_max": 500, "poll_seconds": 30.0, "lease_seconds": 120.0}
        whole = WholeRecovery(
            f"sqlite:///{Path(folder) / 'ledger.db'}", Path(folder), contacts, permits=500, **policy
        )
        begun = time.perf_counter()
        whole.run()
        return (time.perf_counter() - begun - whole.platform.seconds) / whole.dispatched()


def tasks(count: int) -> dict[str, float]:
    """Return the seconds of one empty task within a flow: of the first, and of each after it."""
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
            return {"first": first - begun, "second": (time.perf_counter() - first) / count}

        with prefect_test_harness(server_startup_timeout=180):
            found: dict[str, float] = all_of_them()
        return found
