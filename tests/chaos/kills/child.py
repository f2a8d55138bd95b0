"""What runs in a child: one command of the command line, with something armed at the fault points."""

import json
import os
import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tasks import fault_points

COPY = "CHAOS_COPY"
"""Names the passing at which the ledger is copied, `point:n`, in the environment of the child."""
LEDGER, COPIED = "ledger.db", "earlier.db"


@dataclass(frozen=True, slots=True)
class ChildCommand:
    """One run of the command line in a child process, in its own folder and environment.

    Output goes to `<name>.out` and `<name>.err` in the folder, the number of passings of each fault point to
    `<name>.passed` where they are to be counted.
    """

    folder: str
    name: str
    arguments: tuple[str, ...]
    environ: Mapping[str, str] = field(repr=False)
    counts: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the order as it goes to the process that forks."""
        return asdict(self)


def obey(told: Mapping[str, Any]) -> int:
    """Run an order and return the exit code; RINGBACK_FAULT in its environment says where it dies.

    COPY there says at which passing the ledger is copied first: it dies only after that.
    """
    order = ChildCommand(**told)
    dress(order)
    kill = fault_points.killer(order.environ.get("RINGBACK_FAULT", ""))
    fault_points.arm(_copier(order.environ[COPY], kill) if order.environ.get(COPY) else kill)
    return run_counted(order) if order.counts else run(order)


def _copier(spec: str, then: fault_points.Act | None) -> fault_points.Act:
    """Return an act that copies the ledger at the nth passing of a point, and leaves the rest to another."""
    point, _, count = spec.partition(":")
    left = int(count)

    def copy(passed: str) -> None:
        nonlocal left
        if left <= 0 and then:
            then(passed)
        left -= passed == point
        if passed == point and left == 0:
            save(Path(os.environ["RINGBACK_HOME"], LEDGER), Path(COPIED))

    return copy


def save(ledger: Path, copy: Path) -> None:
    """Copy a ledger with its log into one file, as it is now."""
    with closing(sqlite3.connect(ledger)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)


def dress(order: ChildCommand) -> None:
    """Take on the order's folder, environment and output."""
    os.chdir(order.folder)
    os.environ.update(order.environ)
    for number, suffix in ((1, "out"), (2, "err")):
        where = os.open(f"{order.name}.{suffix}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(where, number)
        os.close(where)


def run(order: ChildCommand) -> int:
    """Run the command line."""
    from deployments.cli.app import app

    try:
        app(list(order.arguments))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def run_counted(order: ChildCommand) -> int:
    """Run the command line and write down how often each fault point was passed."""
    passed: Counter[str] = Counter()
    fault_points.arm(lambda name: passed.update((name,)))
    code = run(order)
    Path(f"{order.name}.passed").write_text(json.dumps(passed))
    return code
