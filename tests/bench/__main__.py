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
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from tests.bench import (
    bench_contacts,
    bench_dispatch,
    bench_gateway,
    bench_plan,
    bench_relaunch,
    bench_script,
    bench_start,
    bench_steps,
    bench_sweep,
)
from tests.bench.rows import Row, line

Bench = Callable[[int], list[Row]]


def benches(missing: dict[str, str], asked: argparse.Namespace) -> dict[str, Bench]:
    """Return every bench by its name; `missing` takes in which rivals cannot be measured here, and why."""
    return {
        "contacts": bench_contacts.measure,
        "start": bench_start.measure,
        "dispatch": partial(bench_dispatch.measure, large=asked.large),
        "plan": bench_plan.measure,
        "steps": partial(bench_steps.measure, missing=missing),
        "script": bench_script.measure,
        "sweep": partial(bench_sweep.measure, sizes=asked.jobs, hundredth=asked.hundredth),
        "gateway": bench_gateway.measure,
        "relaunch": bench_relaunch.measure,
    }


def main() -> int:
    """Run the benches that are named, or all."""
    asked = _asked()
    missing: dict[str, str] = {}
    known = benches(missing, asked)
    if unknown := set(asked.names) - set(known):
        raise SystemExit(f"There is no bench {', '.join(sorted(unknown))}. There are: {', '.join(known)}.")
    told = json.loads(asked.json.read_text()) if asked.json and asked.json.exists() else {"benches": {}}
    for name in asked.names or known:
        begun = time.perf_counter()
        missing.clear()
        rows = known[name](asked.rounds)
        for row in rows:
            print(line(row), flush=True)
        for rival, reason in missing.items():
            print(f"{rival}: not measured: {reason}", flush=True)
        told["benches"][name] = {
            "at": datetime.now(UTC).isoformat(timespec="minutes"),
            "seconds": time.perf_counter() - begun,
            "rows": [row.as_json() for row in rows],
            "missing": dict(missing),
        }
        told["machine"] = machine()
        if asked.json:
            asked.json.write_text(json.dumps(told, indent=1))
    return 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench", description=__doc__)
    parser.add_argument("names", nargs="*", help="all benches where none is named")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--jobs", type=int, nargs="+", default=[10, 100, 1000, 10_000], help="jobs that all move, for a sweep"
    )
    parser.add_argument(
        "--hundredth", type=int, nargs="+", default=[100, 1000, 10_000], help="1 %% of them stalled"
    )
    parser.add_argument(
        "--large",
        type=int,
        default=bench_dispatch.LARGE,
        help="contacts of the largest job recovered; 0: none",
    )
    parser.add_argument("--json", type=Path, help="where the document goes")
    return parser.parse_args()


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
