"""Runs every bench beside its rival, prints a line a row, and tells all of it as one JSON document.

`python -m tests.bench [NAME ...] --json FILE`; `python -m docs.generate.benchmarks FILE` makes the page.
What a file holds already of other benches stays in it, so that they can be run one at a time.
"""

import argparse
import json
import os
import platform
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench import (
    bench_contacts,
    bench_dispatch,
    bench_gateway,
    bench_plan,
    bench_relaunch,
    bench_start,
    bench_steps,
    bench_sweep,
)
from tests.bench.rows import Goal, Row, in_turn, line

MISSING = {
    "DBOS step": "it is not in the lock, and the benches add no dependency",
    "asyncio + httpx script without safety": "it has not been written yet",
}
"""Rivals that a reader may look for here, and why they are not."""
DISPATCHED = (1000, 4000, 10_000)


def contacts(rounds: int, rows: int = 300_000) -> list[Row]:
    """Return the check of a contact file beside csv and phonenumbers."""
    options = Namespace(rows=rows, sample=30_000)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "contacts.csv"
        bench_contacts.child("generate", path, options)
        found, load = in_turn(
            rounds,
            ours=lambda: bench_contacts.child("ours", path, options),
            plain=lambda: bench_contacts.child("plain", path, options),
        )
    ours, rival = ([one["cpu"] for one in found[name]] for name in ("ours", "plain"))
    beside = {"our peak MB": median(one["peak"] for one in found["ours"])}
    name = f"check of a contact file of {rows:,} rows"
    return [
        Row(
            name,
            "rows a CPU s",
            ours,
            "csv + phonenumbers",
            rival,
            Goal("ratio", "at least", 10),
            load,
            beside,
        )
    ]


def dispatch(rounds: int) -> list[Row]:
    """Return the CPU of a contact dispatched beside one committed row, by the size of the job."""
    options = Namespace(permits=500, wave_max=500, poll=30.0, postgres=False)
    rows, whole = [], []
    for size in DISPATCHED:
        found, load = in_turn(rounds, both=lambda n=size: bench_dispatch.child("cpu", n, options))  # type: ignore[misc]
        ours, rival = ([1000 * one[name] for one in found["both"]] for name in ("cpu", "rival"))
        name = f"contact dispatched, of {size:,}"
        rows.append(Row(name, "CPU ms", ours, "naive row commit", rival, Goal("ours", "at most", 0.6), load))
        whole.append(min(one["cpu"] * one["dispatched"] for one in found["both"]))
    power = bench_dispatch.exponent(DISPATCHED, whole)
    return [
        *rows,
        Row(
            "growth of dispatch with contacts", "power", [power], goal=Goal("ours", "at most", 1.1), load=load
        ),
    ]


BENCHES: dict[str, Callable[[int], list[Row]]] = {
    "contacts": contacts,
    "start": bench_start.measure,
    "dispatch": dispatch,
    "plan": bench_plan.measure,
    "steps": bench_steps.measure,
    "sweep": bench_sweep.measure,
    "gateway": bench_gateway.measure,
    "relaunch": bench_relaunch.measure,
}


def main() -> int:
    """Run the benches that are named, or all."""
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(BENCHES)}; all where none is named")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--jobs", type=int, nargs="+", default=[10, 100, 1000, 10_000], help="jobs that all move, for a sweep"
    )
    parser.add_argument(
        "--hundredth", type=int, nargs="+", default=[100, 1000, 10_000], help="1 %% of them stalled"
    )
    parser.add_argument("--json", type=Path, help="where the document goes")
    asked = parser.parse_args()
    if unknown := set(asked.names) - set(BENCHES):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}")
    benches = BENCHES | {"sweep": partial(bench_sweep.measure, sizes=asked.jobs, hundredth=asked.hundredth)}
    told = json.loads(asked.json.read_text()) if asked.json and asked.json.exists() else {"benches": {}}
    for name in asked.names or BENCHES:
        begun = time.perf_counter()
        rows = benches[name](asked.rounds)
        for row in rows:
            print(line(row), flush=True)
        told["benches"][name] = {
            "at": datetime.now(UTC).isoformat(timespec="minutes"),
            "seconds": time.perf_counter() - begun,
            "rows": [row.as_json() for row in rows],
        }
        told |= {"machine": machine(), "missing": MISSING}
        if asked.json:
            asked.json.write_text(json.dumps(told, indent=1))
    return 0


def machine() -> dict[str, Any]:
    """Return what the figures were measured on."""
    described = Path("/proc/cpuinfo")
    lines = described.read_text().splitlines() if described.exists() else []
    model = next(
        (one.partition(":")[2].strip() for one in lines if one.startswith("model name")), platform.machine()
    )
    return {
        "processor": model,
        "cores": os.cpu_count(),
        "system": platform.system(),
        "python": platform.python_version(),
    }


if __name__ == "__main__":
    sys.exit(main())
