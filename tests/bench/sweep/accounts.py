"""A sandbox of many workspaces with jobs that move and jobs that stand still, as a process of its own."""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

from deployments.sandbox.engine.world import World
from deployments.sandbox.registry import Registry
from deployments.sandbox.scenarios.builder import MINUTES, Stage
from deployments.sandbox.serve import run, stop_with_stdin
from deployments.sandbox.wire.bodies import WorldIn

STALLED = "Stalled"
"""How the names of the jobs begin that stand still."""
SHARES = {"answered": 0.8, "unavailable_503": 0.2}
SHARED = 2
"""People of a stalled job that the job after it holds too."""
SEED = 20261128


@contextmanager
def accounts(workspaces: int, jobs: int, contacts: int, stalled: int) -> Iterator[dict[str, Any]]:
    """Serve so many workspaces of so many jobs each, and give the address and the keys.

    `stalled` of the jobs of all workspaces stand still, spread evenly.
    """
    sizes = (workspaces, jobs, contacts, stalled)
    command = [sys.executable, "-m", "tests.bench.sweep.accounts", *map(str, sizes)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        told: dict[str, Any] = json.loads(server.stdout.readline())  # type: ignore[union-attr]
        yield told
    finally:
        server.communicate()


def main() -> None:
    """Build the workspaces, say where they are, and serve until the standard input closes."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name in ("workspaces", "jobs", "contacts", "stalled"):
        parser.add_argument(name, type=int)
    asked = parser.parse_args()
    stop_with_stdin()
    registry = Registry()
    keys = []
    for n in range(asked.workspaces):
        key, scene = registry.open(WorldIn(scenario="healthy", seed=n, contacts=1))
        scene.world.jobs.clear()
        still = asked.stalled // asked.workspaces + (n < asked.stalled % asked.workspaces)
        _fill(scene.world, asked.jobs, asked.contacts, still)
        keys.append(key)
    run(ready=lambda url: print(json.dumps({"url": url, "keys": keys}), flush=True), registry=registry)


def _fill(world: World, jobs: int, contacts: int, stalled: int) -> None:
    dice = Random(SEED)
    stage = Stage(world, contacts, dice)
    people = stage.people(min(jobs * contacts, 15_000))
    every = max(1, jobs // stalled) if stalled else 0
    for n in range(jobs):
        still = bool(stalled) and n % every == 0 and n // every < stalled
        start = n * contacts % max(1, len(people) - contacts - SHARED + 1)
        numbers = people[start : start + contacts + (SHARED if still else 0)]
        name = f"{STALLED} {n}" if still else f"Spring {n}"
        until = world.now - (40 if still else 0.2) * MINUTES
        job = stage.open(numbers, began=until - 60 * MINUTES - n, name=name)
        stage.tell(job.rows[: len(job.rows) // 2], SHARES, until=until)
        job.dead = True


if __name__ == "__main__":
    main()
