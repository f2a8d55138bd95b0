"""Measures a whole recovery over HTTP beside a script of asyncio and httpx that calls the same people.

Both speak to one sandbox on loopback, a process of its own, in which calls of a minute pass in the tenth of a
second. The script has asked for its calls when it ends; a recovery has watched them to their end as well.
"""

import csv
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from deployments.sandbox.client import Sandbox, WorldInfo
from tests.bench.child import in_child
from tests.bench.rows import Row, in_turn

CONTACTS = 1000
PERMITS = 20
SPEED = 600.0
HERE = "tests.bench.bench_script"
SCRIPT = "tests.bench.rivals.script:called"
OURS = "rb-"
"""How the name of every job begins that a wave of ours has made."""


def measure(rounds: int, contacts: int = CONTACTS) -> list[Row]:
    """Return the rows: CPU and seconds of one contact."""
    with Sandbox() as sandbox:
        found, load = in_turn(rounds, both=lambda: _both(sandbox, contacts))
    told = found["both"]
    beside = {"calls": told[0]["script"]["calls"], "permits": PERMITS}
    return [
        _row("CPU ms", "cpu", told, load, beside),
        _row("ms", "wall", told, load, beside),
    ]


def _row(
    unit: str, figure: str, told: Sequence[dict[str, Any]], load: Sequence[float], beside: dict[str, float]
) -> Row:
    ours, script = (
        [1000 * one[name][figure] / one["script"]["calls"] for one in told] for name in ("ours", "script")
    )
    name = f"contact of a recovery over HTTP, by {'CPU' if figure == 'cpu' else 'time'}"
    return Row(name, unit, ours, "asyncio + httpx script without safety", script, None, load, beside)


def _both(sandbox: Sandbox, contacts: int) -> dict[str, dict[str, float]]:
    """Recover one world, then let the script call in its twin whom the recovery has called."""
    world, twin = (_world(sandbox, contacts) for _ in range(2))
    ours = in_child(f"{HERE}:recovered", world=asdict(world))
    dials = sandbox.history(world.key)["dials"]
    people = sorted({one["phone"] for one in dials if one["job_name"].startswith(OURS)})
    with TemporaryDirectory() as folder:
        upload = Path(folder) / "people.csv"
        _write(upload, people)
        job = {"agent_id": twin.agent_id, "agent_phone_number_id": twin.phone_number_id}
        script = in_child(SCRIPT, upload=str(upload), url=twin.url, key=twin.key, job=job, at_once=PERMITS)
    return {"ours": ours, "script": script}


def _world(sandbox: Sandbox, contacts: int) -> WorldInfo:
    return sandbox.world("dead-dispatcher", contacts=contacts, permits=PERMITS, speed=SPEED)


def _write(upload: Path, people: Sequence[str]) -> None:
    with upload.open("w", newline="") as file:
        sheet = csv.writer(file)
        sheet.writerow(["name", "phone_number"])
        sheet.writerows([f"Ana {n}", phone] for n, phone in enumerate(people))


def recovered(world: dict[str, Any]) -> dict[str, float]:
    """Recover the source job of a world; returns the seconds and the seconds of CPU."""
    from tests.support import recover

    with TemporaryDirectory() as folder:
        cpu, wall = time.process_time(), time.perf_counter()
        report = recover(WorldInfo(**world), Path(folder))
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    if report["state"] != "recovered":
        raise SystemExit(f"the recovery ended as {report['state']}, so it measures nothing")
    return {"cpu": cpu, "wall": wall}
