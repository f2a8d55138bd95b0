"""One trial: a recovery of single calls dies, goes on, may be given an older ledger, and is judged."""

import json
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from random import Random

from models.enums import State
from models.tables.ledger import Recovery
from tasks.ledger import plans, recoveries
from tasks.ledger.database import restores
from tasks.ledger.errors import NothingToDecideError
from tests.chaos.kills.child import COPIED, LEDGER
from tests.chaos.kills.fork_server import ForkServer
from tests.chaos.kills.trial_environment import MEMORY
from tests.chaos.singles.judge import KEY, breaches
from tests.chaos.singles.life import OBEY, PASSED, Life
from tests.chaos.singles.world import World
from tests.invariants import Breach

SECONDS = 60.0
MOST_LIVES = 16
COMMITTED = "ledger.after_commit"
RIGHT_ENDS = frozenset({State.RECOVERED.value, State.HELD.value, State.ESCALATED.value})


@dataclass(frozen=True, slots=True)
class Trial:
    """The seed of the world, where the first life ends, and whether it goes on with an older ledger."""

    seed: int
    point: str
    goes_back: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial: how often it died, whether the first death struck, and what was broken."""

    trial: Trial
    deaths: tuple[str, ...]
    went_back: bool
    ends: tuple[str, ...]
    called: int
    breaches: tuple[Breach, ...]

    @property
    def struck(self) -> bool:
        """Tell whether the first life ended where it was meant to."""
        return bool(self.deaths) and self.deaths[0].startswith(f"{self.trial.point}:")


class _Person:
    """Somebody who does what a waiting recovery asks for, as its next action says."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._said: dict[str, int] = {}

    def answers(self) -> bool:
        """Do what is asked for; False where nothing is."""
        world = World.load(self._folder)
        try:
            return self._answer(world)
        finally:
            world.close()

    def _answer(self, world: World) -> bool:
        ledger, stored = world.site.handovers.ledger, newest(world)
        if stored is None or stored.state == State.RUNNING.value:
            return True
        if stored.state == State.AWAITING_APPROVAL.value:
            with suppress(NothingToDecideError):  # a ledger that was put back makes another plan first
                recoveries.decide(ledger, stored.id, approved=True, by="Ida", reason="looked at it")
            return True
        if stored.state != State.HELD.value or not stored.resumable:
            return False
        if "confirm-restored" in stored.next_action:
            with ledger.write() as session:
                called = sorted({who for who, _ in world.truth.ours})
                plans.suppress(session, "ws_1", called, "called since the copy", ledger)
            restores.confirm_opt_outs(ledger, "ws_1", "Ana")
            restores.confirm_calls(ledger, "ws_1", "Ana")
            return True
        self._said[stored.id] = self._said.get(stored.id, 0) + 1
        if "confirm-stopped" in stored.next_action and self._said[stored.id] <= 3:
            report = world.site.report((1, "completed"), (2, "failed"))
            world.site.stopped(stored.id, report=report, processed=2)
            return True
        return False


def newest(world: World) -> Recovery | None:
    """Return the newest recovery of the job."""
    ran = recoveries.of_job(world.site.handovers.ledger, KEY)
    return ran[-1] if ran else None


@dataclass
class Lives:
    """The lives of one world in a folder of its own."""

    server: ForkServer
    folder: Path
    deaths: list[str]
    went_back: bool = False

    @cached_property
    def person(self) -> _Person:
        """Return whoever answers what is asked."""
        return _Person(self.folder)

    def go_on(self, faults: Iterator[tuple[str, str]], target: str = OBEY) -> None:
        """Live, die and be answered until nothing is asked for."""
        for _ in range(MOST_LIVES):
            fault, copy = next(faults)
            life = Life(str(self.folder), fault, copy)
            if self.server.run(life, SECONDS, target) == -signal.SIGKILL:
                self.deaths.append(fault)
            self.went_back = self._put_back() or self.went_back
            if not self.person.answers():
                return

    def passed(self) -> dict[str, int]:
        """Return how often the last life that came to rest passed each point."""
        found: dict[str, int] = json.loads((self.folder / PASSED).read_text())
        return found

    def _put_back(self) -> bool:
        copy, ledger = self.folder / COPIED, self.folder / "home" / LEDGER
        if not copy.exists():
            return False
        for log in ("-wal", "-shm"):
            ledger.with_name(f"{LEDGER}{log}").unlink(missing_ok=True)
        copy.replace(ledger)
        return True


def passings(server: ForkServer, seed: int) -> tuple[Mapping[str, int], tuple[Breach, ...]]:
    """Let a recovery run undisturbed: how often the life that calls passes each point, and what it broke."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        lives = _begin(server, Path(name), seed)
        server.run(Life(str(lives.folder)), SECONDS, OBEY)
        passed = lives.passed()
        lives.go_on(_quiet())
        return passed, tuple(_judged(lives))


def attempt(server: ForkServer, trial: Trial, passed: Mapping[str, int], target: str = OBEY) -> Outcome:
    """Kill the life that calls people, go on, recover the job once more, and judge it all."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        lives = _begin(server, Path(name), trial.seed)
        lives.go_on(_faults(trial, passed), target)
        lives.go_on(_quiet(), target)
        world = World.load(lives.folder)
        ends = tuple(one.state for one in recoveries.of_job(world.site.handovers.ledger, KEY))
        called = len(world.truth.ours)
        world.close()
        return Outcome(trial, tuple(lives.deaths), lives.went_back, ends, called, tuple(_judged(lives)))


def _begin(server: ForkServer, folder: Path, seed: int) -> Lives:
    """Begin a world, and bring its recovery to the person who has to stop the job."""
    (folder / "home").mkdir()
    World.begin(folder, seed).close()
    server.run(Life(str(folder)), SECONDS, OBEY)
    lives = Lives(server, folder, [])
    lives.person.answers()
    return lives


def _quiet() -> Iterator[tuple[str, str]]:
    while True:
        yield "", ""


def _faults(trial: Trial, passed: Mapping[str, int]) -> Iterator[tuple[str, str]]:
    dice = Random(f"singles/{trial.seed}/{trial.point}")
    times = max(1, passed.get(trial.point, 1))
    copy = f"{COMMITTED}:{dice.randint(1, max(1, passed[COMMITTED] // 4))}" if trial.goes_back else ""
    yield f"{trial.point}:{dice.randint(1, times)}", copy
    point = dice.choice(sorted(passed))
    yield f"{point}:{dice.randint(1, 3)}", ""
    yield from _quiet()


def _judged(lives: Lives) -> Iterator[Breach]:
    world = World.load(lives.folder)
    try:
        stored = newest(world)
        state = stored.state if stored else None
        if state not in RIGHT_ENDS:
            yield Breach("end", f"The recovery ended {state}.")
        contacts = tuple(one.id for one in world.site.context().platform.list_contacts(KEY[2]))
        yield from breaches(world, contacts, went_back=lives.went_back)
    finally:
        world.close()
