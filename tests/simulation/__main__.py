"""`python -m tests.simulation`: many recoveries on a virtual clock, and what came of them."""

import argparse
import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from time import monotonic

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tests.simulation.kept import Kept
from tests.simulation.run import play, play_batch
from tests.simulation.table import report, show
from tests.simulation.truth import Outcome


def main(arguments: list[str] | None = None) -> int:
    """Play, show, and return 0 where every promise was kept, else 1."""
    asked = _parser().parse_args(arguments)
    if asked.only is not None:
        (one,) = play_batch(asked.seed, asked.only, asked.only + 1)
        _print(asdict(one))
        return 0
    begun = monotonic()
    outcomes = _played(asked, Kept(asked.kept, asked.seed))
    told = report(outcomes, asked.seed, monotonic() - begun)
    if asked.json:
        _print(told)
    else:
        show(told, Console())
    return 1 if told["broken"] else 0


def _played(asked: argparse.Namespace, kept: Kept) -> list[Outcome]:
    columns = (TextColumn("simulating"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    found = {one.index: one for one in kept.read() if one.index < asked.recoveries}
    with Progress(*columns, console=Console(stderr=True)) as progress:
        bar = progress.add_task("simulating", total=asked.recoveries, completed=len(found))
        for batch in play(asked.recoveries, asked.seed, asked.processes, frozenset(found)):
            kept.add(batch)
            found |= {one.index: one for one in batch}
            progress.update(bar, completed=len(found))
    return [found[index] for index in sorted(found)]


def _print(what: object) -> None:
    print(json.dumps(what, indent=2), flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m tests.simulation", description=__doc__)
    parser.add_argument("--recoveries", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--kept", type=Path, metavar="FILE", help="keep outcomes, and go on from those kept")
    parser.add_argument("--only", type=int, metavar="CASE", help="play one case and show its outcome")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    return parser


if __name__ == "__main__":
    sys.exit(main())
