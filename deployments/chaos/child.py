"""What runs in a child: one command of the command line, with something armed at the fault points."""

import json
import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tasks import faults


@dataclass(frozen=True, slots=True)
class Order:
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
    """Run an order and return the exit code; RINGBACK_FAULT in its environment says where it dies."""
    order = Order(**told)
    dress(order)
    faults.arm(faults.killer(order.environ.get("RINGBACK_FAULT", "")))
    return run_counted(order) if order.counts else run(order)


def dress(order: Order) -> None:
    """Take on the order's folder, environment and output."""
    os.chdir(order.folder)
    os.environ.update(order.environ)
    for number, suffix in ((1, "out"), (2, "err")):
        where = os.open(f"{order.name}.{suffix}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.dup2(where, number)
        os.close(where)


def run(order: Order) -> int:
    """Run the command line."""
    from deployments.cli.app import app

    try:
        app(list(order.arguments))
    except SystemExit as end:
        return int(end.code or 0)
    return 0


def run_counted(order: Order) -> int:
    """Run the command line and write down how often each fault point was passed."""
    passed: Counter[str] = Counter()
    faults.arm(lambda name: passed.update((name,)))
    code = run(order)
    Path(f"{order.name}.passed").write_text(json.dumps(passed))
    return code
