"""`python -m tests.simulation.estimates`: how true the estimates of simulated jobs and recoveries were."""

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from functools import partial
from typing import Any

from rich.console import Console
from rich.progress import track
from rich.table import Table

from tests.simulation.estimates import jobs, recoveries
from tests.simulation.estimates.said import Said, table

JOBS_EACH = 2
"""Jobs that are played for each recovery: they cost next to nothing."""


def main(arguments: list[str] | None = None) -> int:
    """Play, compare every estimate with what came, print a table for recoveries and one for jobs."""
    asked = _parser().parse_args(arguments)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(asked.processes, mp_context=context) as pool:
        told = {
            "seed": asked.seed,
            "recoveries": asked.recoveries,
            "jobs": JOBS_EACH * asked.recoveries,
            "of_recoveries": _rows(pool, recoveries.played, asked.seed, asked.recoveries),
            "of_jobs": _rows(pool, jobs.seen, asked.seed, JOBS_EACH * asked.recoveries),
        }
    if asked.json:
        print(json.dumps(told, indent=2))
        return 0
    for name in ("recoveries", "jobs"):
        Console().print(_shown(f"{told[name]} {name}", told[f"of_{name}"]))
    return 0


def _rows(
    pool: Executor, play: Callable[[int, int], list[Said]], seed: int, count: int
) -> list[dict[str, Any]]:
    ran = pool.map(partial(play, seed), range(count))
    bar = track(ran, "simulating", total=count, console=Console(stderr=True))
    return table(one for said in bar for one in said)


def _shown(title: str, rows: Sequence[dict[str, Any]]) -> Table:
    shown = Table(
        "moment", "dispatched by then", "asked", "answered", "bias", "off", "in the band", title=title
    )
    for row in rows:
        figures = ("-" if row[name] is None else f"{row[name]:.1%}" for name in ("bias", "off", "within"))
        shown.add_row(row["moment"], row["dispatched"], str(row["asked"]), str(row["estimated"]), *figures)
    return shown


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.simulation.estimates", description=__doc__)
    parser.add_argument("--recoveries", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


if __name__ == "__main__":
    sys.exit(main())
