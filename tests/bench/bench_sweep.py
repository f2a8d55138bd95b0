"""Measures a sweep beside a bare listing of the same workspaces on the same sandbox, in turn.

Run it as `python -m tests.bench.bench_sweep [--jobs 10 100 1000 10000]`. The sandbox is a process of its own
and is asked over HTTP; the clock of the sweeps is virtual, so that no pause of theirs is measured. Who is in
which job, and whose a call is, are known from earlier sweeps: the first is told as `first`, some more follow
before anything is measured. The power says how the cost grows with the jobs.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.child import in_child
from tests.bench.rows import Goal, Row, growth, in_turn, line
from tests.bench.sweep.accounts import accounts
from tests.bench.sweep.sweeping import Sweeping

WORKSPACES = 50
BEFORE = 4
"""Sweeps before those that are measured: each reads of a busy account whose some more of its calls are."""
LEAST = 20
"""Jobs of one workspace, as long as there are fewer workspaces than that."""
CONTACTS = 10
HERE = "tests.bench.bench_sweep"


def swept(jobs: int, stalled: int, rounds: int) -> dict[str, Any]:
    """Sweep so many jobs, some of which stand still, in turn with listing them; figures by round."""
    places = max(1, min(WORKSPACES, jobs // LEAST))
    with accounts(places, jobs // places, CONTACTS, stalled) as told, TemporaryDirectory() as folder:
        sweeping = Sweeping(told["url"], told["keys"], Path(folder))
        sweeping.counted.listen(sweeping.ledger.engine)
        first = _known(sweeping)
        found, load = in_turn(rounds, listing=sweeping.listing, sweep=sweeping.once_more)
    return {"first": first, "load": load, **found}


def _known(sweeping: Sweeping) -> dict[str, Any]:
    """Let the ledger know what earlier sweeps have read; returns what the very first one cost."""
    sweeping.begin()
    sweeping.go_by()
    with sweeping.measured() as first:
        sweeping.sweep()
    for _ in range(BEFORE):
        sweeping.once_more()
    return first


def looked(jobs: int, rounds: int) -> dict[str, Any]:
    """Sweep so many jobs of one workspace that all stand still, in turn with reading each of them bare."""
    with accounts(1, jobs, CONTACTS, jobs) as told, TemporaryDirectory() as folder:
        sweeping = Sweeping(told["url"], told["keys"], Path(folder))
        sweeping.counted.listen(sweeping.ledger.engine)
        first = _known(sweeping)
        found, load = in_turn(rounds, reading=sweeping.reading, sweep=sweeping.once_more)
    return {"first": first, "load": load, **found}


def measure(
    rounds: int,
    sizes: Sequence[int] = (10, 100, 1000, 10_000),
    hundredth: Sequence[int] = (100, 1000, 10_000),
    still: Sequence[int] = (20, 100, 400),
) -> list[Row]:
    """Return the rows: moving jobs, one in a hundred stalled, and nothing but stalled ones."""
    moving = [in_child(f"{HERE}:swept", jobs=n, stalled=0, rounds=rounds) for n in sizes]
    mixed = [in_child(f"{HERE}:swept", jobs=n, stalled=n // 100, rounds=rounds) for n in hundredth]
    stalled = [in_child(f"{HERE}:looked", jobs=n, rounds=rounds) for n in still]
    rows = [
        _row(f"sweep of {n:,} moving jobs", one, "listing", 1.3) for n, one in zip(sizes, moving, strict=True)
    ]
    rows += [
        _row(f"sweep of {n:,} jobs, 1 % stalled", one, "listing", 2.0)
        for n, one in zip(hundredth, mixed, strict=True)
    ]
    rows += [
        _row(f"sweep of {n:,} stalled jobs of one workspace", one, "reading", None)
        for n, one in zip(still, stalled, strict=True)
    ]
    return [*rows, *_powers("moving", sizes, moving), *_powers("stalled", still, stalled)]


RIVALS = {"listing": "bare listing", "reading": "reading each job bare"}


def _row(name: str, told: dict[str, Any], rival: str, most: float | None) -> Row:
    middle = {
        key: median(one[key] for one in told["sweep"]) for key in ("cpu", "requests", "statements", "peak")
    }
    theirs = {key: median(one[key] for one in told[rival]) for key in ("cpu", "requests")}
    return Row(
        name,
        "s",
        [one["wall"] for one in told["sweep"]],
        RIVALS[rival],
        [one["wall"] for one in told[rival]],
        Goal("ratio", "at most", most) if most else None,
        told["load"],
        {
            "CPU s": middle["cpu"],
            "its CPU s": theirs["cpu"],
            "requests": middle["requests"],
            "its requests": theirs["requests"],
            "statements": middle["statements"],
            "peak MB": middle["peak"],
            "first sweep s": told["first"]["wall"],
        },
    )


def _powers(name: str, sizes: Sequence[int], told: Sequence[dict[str, Any]]) -> list[Row]:
    load = [one for found in told for one in found["load"]]
    rows = []
    for key in ("cpu", "requests"):
        costs = [median(one[key] for one in found["sweep"]) for found in told]
        rows += growth(f"growth of {key} with {name} jobs", sizes, costs, load)
    return rows


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(f"python -m {HERE}", description=__doc__)
    parser.add_argument("--jobs", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument(
        "--hundredth", type=int, nargs="+", default=[100, 1000], help="jobs, 1 %% of them stalled"
    )
    parser.add_argument("--stalled", type=int, nargs="+", default=[20, 100])
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    for row in measure(asked.rounds, asked.jobs, asked.hundredth, asked.stalled):
        print(line(row))


if __name__ == "__main__":
    main()
