"""How much sooner two workers are through with many recoveries than one, on Prefect and ledger on Postgres.

    python -m tests.bench.bench_workers --recoveries 200
    python -m tests.bench.bench_workers --recoveries 64 --limit 8 --speed 3

It wants Debian's Postgres, as tests/acceptance/workers does. All of it shares this machine's cores: on few of
them the start of a run, some seconds of CPU, is what is measured, and the ratio says little of machines. At a
lower speed calls are longer, and they are waited for and not the cores, as on machines of their own.
"""

import argparse
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Any

from deployments.sandbox.client import Sandbox
from tests.acceptance import site
from tests.acceptance.up.up_site import open_worlds
from tests.acceptance.workers.machines import ENDED, Machines

GOAL = 1.8
QUICK: dict[str, Any] = {
    "scenario": "dead-dispatcher",
    "contacts": 12,
    "policy": {**site.PATIENT, "approval": '"auto"'},
}


def main() -> None:
    """Print the time of each round and the ratio of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recoveries", type=int, default=200)
    parser.add_argument("--limit", type=int, default=4, help="runs at once on one worker")
    parser.add_argument("--speed", type=float, default=60, help="how much shorter calls are than real ones")
    chosen = parser.parse_args()
    found = {workers: _round(workers, chosen) for workers in (1, 2)}
    ratio = found[1] / found[2]
    cores, load = os.cpu_count(), os.getloadavg()[0]
    shared = f"{cores} cores shared by server, database and workers, load {load:.1f}"
    print(f"ratio {ratio:.2f} (goal {GOAL}); {shared}")


def _round(workers: int, chosen: argparse.Namespace) -> float:
    recoveries = chosen.recoveries
    with TemporaryDirectory() as folder, Sandbox() as sandbox:
        home = Path(folder)
        worlds = {f"{n:03}": QUICK | {"speed": chosen.speed} for n in range(recoveries)}
        machines = Machines(home, open_worlds(_opener(sandbox, home), worlds, home), limit=chosen.limit)
        try:
            machines.start(*(f"w{n}" for n in range(workers)))
            begun = time.monotonic()
            for name in worlds:
                machines.ask(name)
            machines.wait(lambda: _all_ended(machines), "all have ended", 60.0 * recoveries)
            seconds = time.monotonic() - begun
        finally:
            machines.close()
    print(f"{workers} workers: {recoveries} recoveries in {seconds:.0f} s", flush=True)
    return seconds


def _all_ended(machines: Machines) -> bool:
    states = machines.states()
    return len(states) == len(machines.sites) and set(states.values()) <= {*ENDED}


def _opener(sandbox: Sandbox, base: Path) -> Any:
    def opened(scenario: str, *, home: Path | None = None, policy: Any = None, **wishes: Any) -> site.Site:
        place = home or Path(mkdtemp(prefix=scenario, dir=base))
        return site.open_site(sandbox, place, scenario, policy or {}, wishes)

    return opened


if __name__ == "__main__":
    main()
