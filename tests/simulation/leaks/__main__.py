"""`python -m tests.simulation.leaks`: many recoveries, and everything that they show to anybody, searched."""

import argparse
import json
import multiprocessing
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.simulation.leaks.found import Found, searched

BATCH = 10
MOST_SHOWN = 50


def main(arguments: list[str] | None = None) -> int:
    """Play, search, show; return 0 where nothing was found and all counts agree, else 1."""
    asked = _parser().parse_args(arguments)
    found = Found()
    for batch in _batches(asked.recoveries, asked.seed, asked.processes):
        found.add(batch)
        print(f"{found.recoveries} recoveries of {found.cases} cases", file=sys.stderr)
    told = told_of(found, asked.seed)
    if asked.json:
        print(json.dumps(told, indent=2))
    else:
        _show(told)
    return 0 if found.is_clean else 1


def told_of(found: Found, seed: int) -> dict[str, Any]:
    """Return the figures as a page and a program read them."""
    told = asdict(found)
    del told["texts"], told["characters"]
    surfaces = [
        {"surface": kind, "texts": found.texts[kind], "characters": found.characters[kind]}
        for kind in sorted(found.texts)
    ]
    return {"seed": seed, **told, "ends": dict(sorted(found.ends.items())), "surfaces": surfaces}


def _batches(cases: int, seed: int, processes: int) -> Iterator[Found]:
    firsts = range(0, cases, BATCH)
    if processes == 1:
        yield from (searched(seed, range(first, min(first + BATCH, cases))) for first in firsts)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        jobs = [pool.submit(searched, seed, range(first, min(first + BATCH, cases))) for first in firsts]
        for job in as_completed(jobs):
            yield job.result()


def _show(told: dict[str, Any]) -> None:
    console, table = Console(), Table("surface", "texts", "characters")
    for one in told["surfaces"]:
        table.add_row(one["surface"], f"{one['texts']:,}", f"{one['characters']:,}")
    console.print(table)
    console.print(
        f"{told['recoveries']:,} recoveries of {told['cases']:,} cases (seed {told['seed']}), "
        f"{told['numbers']:,} numbers: {len(told['hits'])} found in a text, {len(told['counted'])} counts "
        f"that differ, {len(told['troubles'])} cases that ended in an error."
    )
    for line in (*told["hits"], *told["counted"], *told["troubles"])[:MOST_SHOWN]:
        console.print(line, markup=False, highlight=False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.simulation.leaks", description=__doc__)
    parser.add_argument("--recoveries", type=int, default=200, help="cases; some have more than one recovery")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


if __name__ == "__main__":
    sys.exit(main())
