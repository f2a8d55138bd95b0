"""One trial: a recovery is killed at a fault point, resumed, killed again, resumed, and judged at its end."""

import signal
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from random import Random

from deployments.sandbox.client import Sandbox
from models.enums import State
from models.invariants import given
from tests.chaos.kills.ends import End, end_of, unlike
from tests.chaos.kills.fork_server import OBEY, ForkServer
from tests.chaos.kills.stories import Story
from tests.chaos.kills.trial_environment import THEN, TrialEnvironment, house_of
from tests.invariants import Breach, check

CHILD_SECONDS = 60.0
"""How long one child may take before it counts as lost; an undisturbed one takes one or two."""
SURE = 0.6
"""Share of the passings of an undisturbed run that an interrupted one passes for sure."""
MOST_LIVES = 8
COMMITTED = "ledger.after_commit"
"""Where a ledger is copied: as it is on the disk then."""
OLD_BOOKS = ("which the ledger calls", "the ledger does not know", "who is not in that wave")
"""What the checker says of rows and waves that an old copy of the ledger knows otherwise."""
RIGHT_ENDS = frozenset(
    {State.RECOVERED.value, State.HELD.value, State.ESCALATED.value, State.AWAITING_APPROVAL.value}
)
"""How a recovery may end whose ledger went back: what it cannot know it holds."""


@dataclass(frozen=True, slots=True)
class Reference:
    """How an undisturbed recovery of a story and seed went."""

    end: End
    passed: Mapping[str, int]
    breaches: tuple[Breach, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What to try: the story and its seed, and the point at which the first process dies.

    Where it `goes_back`, the ledger was copied some time before, and that copy is put back after the death.
    """

    story: Story
    seed: int
    point: str
    goes_back: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial; `struck` tells whether the first process died where it was meant to.

    `went_back` tells whether the ledger was an earlier copy from then on.
    """

    trial: Trial
    struck: bool
    kills: int
    resumes: int
    breaches: tuple[Breach, ...]
    seconds: float
    deaths: tuple[str, ...]
    went_back: bool = False


def refer(sandbox: Sandbox, nursery: ForkServer, story: Story, seed: int, target: str = OBEY) -> Reference:
    """Let a recovery of the story run to its end undisturbed."""
    with house_of(sandbox, story, seed) as house:
        code = nursery.run(house.recover("whole", counts=True), CHILD_SECONDS, target)
        breaches = list(_judged(house))
        if code is None or house.state != story.end:
            said = house.said("whole")[-300:]
            words = f"Undisturbed, {story.name} ended {house.state} instead of {story.end}: {said}"
            breaches.append(Breach("end", words))
        return Reference(end_of(house), house.passed("whole"), tuple(breaches))


def attempt(
    sandbox: Sandbox, nursery: ForkServer, trial: Trial, reference: Reference, target: str = OBEY
) -> Outcome:
    """Kill a recovery as the trial says, resume it until it ends, and judge what it left behind."""
    began = time.monotonic()
    with house_of(sandbox, trial.story, trial.seed) as house:
        deaths, lives, back = _live(house, nursery, trial, reference, target)
        if back:
            ended = house.state
            _again(house, nursery, target)
            breaches = list(_judged_back(house, ended))
        else:
            breaches = [*_judged(house), *unlike(reference.end, end_of(house), exact=trial.story.exact)]
    return Outcome(
        trial,
        struck=back if trial.goes_back else bool(deaths) and deaths[0].startswith(trial.point),
        kills=len(deaths),
        resumes=lives - 1,
        breaches=tuple(breaches),
        seconds=time.monotonic() - began,
        deaths=tuple(deaths),
        went_back=back,
    )


def _live(
    house: TrialEnvironment, nursery: ForkServer, trial: Trial, reference: Reference, target: str
) -> tuple[list[str], int, bool]:
    deaths: list[str] = []
    lives, back = 0, False
    faults = _faults(trial, reference)
    while lives < MOST_LIVES and (not lives or house.state in {None, State.RUNNING.value}):
        fault = next(faults)
        order = house.go_on(f"life{lives}", fault)
        lives += 1
        if nursery.run(order, CHILD_SECONDS, target) == -signal.SIGKILL:
            deaths.append(fault)
        back = house.go_back() or back
    return deaths, lives, back


def _again(house: TrialEnvironment, nursery: ForkServer, target: str) -> None:
    """Let a person approve what waits, and recover once more as the report says."""
    if house.state == State.AWAITING_APPROVAL.value:
        newest = given(house.newest(), "what waits is a recovery").id
        said = ("approve", newest, "--by", "Ida", "--reason", "looked at it")
        nursery.run(house.order("approved", said), CHILD_SECONDS, target)
        nursery.run(house.go_on("afterwards"), CHILD_SECONDS, target)
    nursery.run(house.recover("again"), CHILD_SECONDS, target)


def _judged_back(house: TrialEnvironment, ended: str | None) -> Iterator[Breach]:
    """Judge by the true history: the books of a ledger that went back are old, and it has to know that.

    `ended` is how it ended before it was run once more: only after a good end there may be nothing to do.
    """
    nothing_to_do = house.state == State.HEALTHY.value and ended != State.RECOVERED.value
    if ended not in RIGHT_ENDS or nothing_to_do:
        words = f"With an earlier copy of the ledger it ended {ended}, and then {house.state}."
        yield Breach("end", words)
    yield from (one for one in _judged(house) if not any(words in one.message for words in OLD_BOOKS))


def _faults(trial: Trial, reference: Reference) -> Iterator[str]:
    """Name the place of the first death, of a second one, now and then of a third; nothing after that."""
    dice = Random(f"{trial.story.name}/{trial.seed}/{trial.point}")
    if trial.goes_back:
        passed = int(SURE * reference.passed.get(COMMITTED, 1))
        yield f"{COMMITTED}:{dice.randint(1, max(1, passed))}{THEN}{trial.point}:1"
    else:
        yield f"{trial.point}:{dice.randint(1, max(1, int(SURE * reference.passed.get(trial.point, 1))))}"
    points = sorted(trial.story.points)
    yield f"{dice.choice(points)}:{dice.randint(1, 3)}"
    if dice.random() < 0.5:
        yield f"{dice.choice(points)}:{dice.randint(1, 3)}"
    while True:
        yield ""


def _judged(house: TrialEnvironment) -> Iterator[Breach]:
    if house.state in {None, State.RUNNING.value}:
        yield Breach("end", f"The recovery came to no end; it is {house.state}.")
    yield from check(house.ledger, house.landed(), house.job_key, house.keys)
