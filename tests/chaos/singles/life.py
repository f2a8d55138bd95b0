"""What runs in a child: a recovery of single calls, until it waits, ends, or dies at its fault point."""

import os
import signal
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from json import dumps
from pathlib import Path
from typing import Any

from tasks import fault_points
from tests.chaos.kills.child import COPIED, LEDGER, save
from tests.chaos.singles.world import World

OBEY = "tests.chaos.singles.life:obey"
BEFORE, AFTER = "call.before", "call.after"
"""A request has arrived and nothing was done about it; the call is on its way and nobody has heard of it."""
PASSED = "passed.json"


@dataclass(frozen=True, slots=True)
class Life:
    """One life of a recovery: it dies at the nth passing of a point, and may copy its ledger before that."""

    folder: str
    fault: str = ""
    copy: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return the order as it goes to the process that forks."""
        return asdict(self)


class _Passings:
    """Counts passings of every point, copies the ledger at one, and dies at another."""

    def __init__(self, world: World, life: Life) -> None:
        self._world, self._fault, self._copy = world, life.fault, life.copy
        self.passed: Counter[str] = Counter()

    def __call__(self, point: str) -> None:
        self.passed[point] += 1
        passing = f"{point}:{self.passed[point]}"
        if passing == self._copy:
            save(self._world.site.home / LEDGER, self._world.folder / COPIED)
        if passing == self._fault:
            self._world.save()
            os.kill(os.getpid(), signal.SIGKILL)


def obey(told: Mapping[str, Any]) -> int:
    """Live once."""
    life = Life(**told)
    os.chdir(life.folder)
    world = World.load(Path(life.folder))
    passings = _Passings(world, life)
    heard = world.site.fake.after

    def after(body: dict[str, Any]) -> None:
        heard(body)
        passings(AFTER)

    world.site.fake.before = lambda _body: passings(BEFORE)
    world.site.fake.after = after
    fault_points.arm(passings)
    world.site.run()
    Path(PASSED).write_text(dumps(passings.passed))
    world.close()
    return 0
