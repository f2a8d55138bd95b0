"""One trial: a recovery on a platform dies at a point and at a second one, goes on, and is judged."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tasks.ledger import recoveries
from tests.chaos.faces import life
from tests.conformance.suite.faces import Face
from tests.conformance.suite.judged import breaches
from tests.conformance.suite.run import folder
from tests.invariants import Breach

MOST_LIVES = 8
CONTACTS = 12
RIGHT_ENDS = frozenset({"recovered", "held", "escalated"})


@dataclass(frozen=True, slots=True)
class Trial:
    """The seed of the world, and where the first life ends."""

    platform: str
    seed: int
    point: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial: where it died, how it ended, how many were called, and what was broken."""

    trial: Trial
    deaths: tuple[str, ...]
    end: str
    called: int
    breaches: tuple[Breach, ...]

    @property
    def struck(self) -> bool:
        """Tell whether the first life ended where it was meant to."""
        return bool(self.deaths) and self.deaths[0].startswith(f"{self.trial.point}:")


def passings(face: Face, seed: int) -> Mapping[str, int]:
    """Let a recovery run undisturbed and return how often it passes each point; it has to recover."""
    with folder() as at:
        life.begin(face, at, seed, CONTACTS)
        life.live(face, at)
        ended = _judged(face, at, Trial(face.name, seed, ""), ())
        if ended.breaches or ended.end != "recovered":
            raise AssertionError(f"Undisturbed, {face.name} seed {seed} ends {ended.end}: {ended.breaches}")
        return life.passed(at)


def attempt(face: Face, trial: Trial, passed: Mapping[str, int]) -> Outcome:
    """Kill a recovery as the trial says, go on until it rests, and judge what it left."""
    with folder() as at:
        life.begin(face, at, trial.seed, CONTACTS)
        deaths: list[str] = []
        faults = _faults(trial, passed)
        for _ in range(MOST_LIVES):
            fault = next(faults)
            if not life.live(face, at, fault):
                break
            deaths.append(fault)
        return _judged(face, at, trial, tuple(deaths))


def _faults(trial: Trial, passed: Mapping[str, int]) -> Iterator[str]:
    dice = Random(f"{trial.platform}/{trial.seed}/{trial.point}")
    yield f"{trial.point}:{dice.randint(1, passed[trial.point])}"
    yield f"{dice.choice(sorted(passed))}:{dice.randint(1, 3)}"
    while True:
        yield ""


def _judged(face: Face, at: Path, trial: Trial, deaths: tuple[str, ...]) -> Outcome:
    site = life.load(face, at)
    site.land()
    ran = recoveries.of_job(site.ledger, site.job_key)
    end = ran[-1].state if ran else "none"
    found = list(breaches(site))
    # A life that begins after the recovery has ended finds nothing left to do.
    through = end == "healthy" and any(one.state == "recovered" for one in ran[:-1])
    if end not in RIGHT_ENDS and not through:
        found.append(Breach("end", f"The recovery ended {end}."))
    called = site.dialled.total()
    site.close()
    return Outcome(trial, deaths, end, called, tuple(found))
