"""Measures what one contact of a whole recovery costs our side, for jobs of several sizes, beside a rival.

Run it as `python -m tests.bench.bench_dispatch --contacts 1000 4000 10000 [--postgres]`. Each job's
dispatcher has died after half of its contacts; the platform in memory and the virtual clock let a recovery of
hours pass at once. CPU is that of our process less what the platform in memory needs, per contact dispatched.
Rows, statements and commits are counted in a run of their own. The rival commits one row a contact and looks
at nothing. The power says how the whole cost grows with the size of the job: 1 is a line, 2 a square.
"""

import argparse
import gc
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from models.enums import State
from tasks.runtime.collecting import collect_rarely
from tests.bench.dispatch.counted import Counted
from tests.bench.dispatch.recovery import WholeRecovery
from tests.bench.dispatch.rival import row_commits
from tests.bench.rows import Goal, Row, exponent, growth, in_turn

SIZES = (1000, 4000, 10_000)
LARGE = 50_000
"""Contacts of a job that is recovered once, whatever the rounds: it takes some minutes."""
HEAD = (
    "contacts",
    "dispatched",
    "cpu ms",
    "rival ms",
    "platform ms",
    "rows",
    "statements",
    "commits",
    "steps",
)


def measure(rounds: int, sizes: Sequence[int] = SIZES, large: int = LARGE) -> list[Row]:
    """Return the CPU of a contact dispatched beside one committed row, by the size of the job."""
    options = argparse.Namespace(permits=500, wave_max=500, poll=30.0, postgres=False)
    times = dict.fromkeys(sizes, rounds) | ({large: 1} if large else {})
    rows = {size: _row(size, times[size], options) for size in times}
    whole = [min(row.ours) * row.beside["dispatched"] for row in rows.values()]
    loads = [load for row in rows.values() for load in row.load]
    named = growth("growth of dispatch with contacts", list(rows), whole, loads)
    return [*rows.values(), *_beside_smaller(rows), *named]


def _row(size: int, rounds: int, options: argparse.Namespace) -> Row:
    found, load = in_turn(rounds, both=lambda: child("cpu", size, options))
    ours, rival = ([1000 * one[name] for one in found["both"]] for name in ("cpu", "rival"))
    beside = {"dispatched": found["both"][0]["dispatched"]}
    goal = Goal("ours", "at most", 0.6)
    return Row(
        f"contact dispatched, of {size:,}", "CPU ms", ours, "naive row commit", rival, goal, load, beside
    )


def _beside_smaller(rows: Mapping[int, Row]) -> list[Row]:
    """Return the rows that hold the cost of a contact to that in a smaller job."""
    return [
        Row(
            f"contact of {large:,} beside one of {small:,}",
            "CPU ms",
            rows[large].ours,
            f"of {small:,}",
            rows[small].ours,
            Goal("ratio", "at most", 1.2),
            rows[large].load,
        )
        for small, large in ((1000, 10_000), (10_000, LARGE))
        if small in rows and large in rows
    ]


def main() -> None:
    """Measure every size in processes of their own, print the table."""
    options = _options()
    if options.child:
        print(json.dumps(_measured(options)))
        return
    print(
        f"per contact dispatched; {options.permits} permits, waves of {options.wave_max} at the most, a look "
        f"every {options.poll:g} s, the ledger {'on Postgres' if options.postgres else 'in a SQLite file'}"
    )
    print("".join(f"{word:>12}" for word in HEAD))
    found = []
    for size in options.contacts:
        rounds = [child("cpu", size, options) for _ in range(options.rounds)]
        best = min(rounds, key=lambda one: one["cpu"])
        found.append(best | child("counted", size, options))
        _print_line(found[-1])
    _print_growth(found)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.bench.bench_dispatch", description=__doc__)
    parser.add_argument("--contacts", type=int, nargs="+", default=[1000, 4000, 10_000])
    parser.add_argument("--postgres", action="store_true", help="keep the ledger on Postgres")
    parser.add_argument("--permits", type=int, default=500)
    parser.add_argument("--wave-max", type=int, default=500)
    parser.add_argument("--poll", type=float, default=30.0, help="seconds between two looks")
    parser.add_argument("--rounds", type=int, default=1, help="the least CPU of so many runs counts")
    parser.add_argument("--child", choices=["cpu", "counted"], help=argparse.SUPPRESS)
    return parser.parse_args()


def child(name: str, size: int, options: argparse.Namespace) -> dict[str, Any]:
    """Play one recovery in a fresh process."""
    command = [sys.executable, "-m", "tests.bench.bench_dispatch", "--child", name, "--contacts", str(size)]
    command += ["--permits", str(options.permits), "--wave-max", str(options.wave_max)]
    command += ["--poll", str(options.poll)] + (["--postgres"] if options.postgres else [])
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _measured(options: argparse.Namespace) -> dict[str, Any]:
    (size,) = options.contacts
    policy = {"wave_max": options.wave_max, "poll_seconds": options.poll, "lease_seconds": 4 * options.poll}
    with TemporaryDirectory() as folder, _database(options, Path(folder)) as url:
        whole = WholeRecovery(url, Path(folder), size, permits=options.permits, **policy)
        found = _cpu(whole) if options.child == "cpu" else _counts(whole)
        whole.ledger.engine.dispose()
        if options.child == "cpu":
            found["rival"] = row_commits(url, Path(folder), found["dispatched"])
    return {
        name: value if name in {"contacts", "dispatched"} else value / found["dispatched"]
        for name, value in found.items()
    }


@contextmanager
def _database(options: argparse.Namespace, folder: Path) -> Iterator[str]:
    if not options.postgres:
        yield f"sqlite:///{folder / 'ledger.db'}"
        return
    from tests.integration.postgres import Postgres

    server = Postgres()
    yield server.url(server.fresh())
    server.close()


def _cpu(whole: WholeRecovery) -> dict[str, Any]:
    collect_rarely()  # as every run does that opens its ledger by the settings
    gc.collect()
    gc.freeze()  # the platform's own objects are not ours to look through
    begun = time.process_time()
    _run(whole)
    spent = time.process_time() - begun
    theirs = whole.platform.seconds
    dispatched = whole.dispatched()
    return {
        "contacts": len(whole.scene.job.rows),
        "dispatched": dispatched,
        "cpu": spent - theirs,
        "platform": theirs,
    }


def _counts(whole: WholeRecovery) -> dict[str, Any]:
    counted = Counted()
    counted.listen(whole.ledger.engine)
    _run(whole)
    found = dict(vars(counted))
    return {"dispatched": whole.dispatched(), **found}


def _run(whole: WholeRecovery) -> None:
    ended = whole.run()
    if ended is not State.RECOVERED:
        raise SystemExit(f"the recovery ended as {ended.value}, so it measures nothing")


def _print_line(one: dict[str, Any]) -> None:
    times = "".join(f"{1000 * one[name]:>12.3f}" for name in ("cpu", "rival", "platform"))
    counts = "".join(f"{one[name]:>12,.2f}" for name in ("rows", "statements", "commits", "steps"))
    print(f"{one['contacts']:>12,}{one['dispatched']:>12,}{times}{counts}", flush=True)


def _print_growth(found: Sequence[dict[str, Any]]) -> None:
    if len(found) < 2:
        return
    sizes = [one["contacts"] for one in found]
    for name in ("cpu", "rows", "statements", "steps"):
        whole = [one[name] * one["dispatched"] for one in found]
        if all(whole):
            print(f"the whole of {name:10} grows with the power {exponent(sizes, whole):.2f} of the size")


if __name__ == "__main__":
    main()
