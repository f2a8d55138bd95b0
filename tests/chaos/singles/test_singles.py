"""Single calls: a recovery may die around any of them or go on with an older ledger; each rings once."""

import sys

import pytest

from tests.chaos.singles.__main__ import play
from tests.chaos.singles.life import AFTER, BEFORE
from tests.chaos.singles.trial import Outcome, Trial

SEED = 4
"""A world that recovers, with lost answers in it; `python -m tests.chaos.singles` plays twenty."""
POINTS = (BEFORE, AFTER, "ledger.after_commit", "audit.append", "wave.after_intent", "look.before_verdict")
BACK = (AFTER, "ledger.after_commit")

pytestmark = pytest.mark.timeout(600)


def _tell(what: str, done: int, total: int) -> None:
    if done == total:
        sys.stderr.write(f"{what}: {done}\n")


@pytest.fixture(scope="module")
def outcomes() -> dict[Trial, Outcome]:
    """Kill at every point that a recovery of single calls passes, and give some an older ledger."""
    trials = [Trial(SEED, point) for point in POINTS]
    trials += [Trial(SEED, point, goes_back=True) for point in BACK]
    return dict(zip(trials, play(trials, _tell), strict=True))


@pytest.mark.parametrize("point", POINTS)
def test_a_recovery_of_single_calls_killed_there_calls_nobody_twice(
    outcomes: dict[Trial, Outcome], point: str
) -> None:
    """Killed here and gone on with, and recovered once more at the end: each once, and the books agree."""
    mine = outcomes[Trial(SEED, point)]
    assert mine.struck
    assert mine.breaches == ()
    assert mine.called > 0


@pytest.mark.parametrize("point", BACK)
def test_an_older_ledger_holds_until_a_person_has_looked(outcomes: dict[Trial, Outcome], point: str) -> None:
    """No listing shows single calls: what the copy does not know a person says; nobody is called twice."""
    mine = outcomes[Trial(SEED, point, goes_back=True)]
    assert mine.went_back
    assert mine.breaches == ()


def test_a_build_that_asks_again_for_a_lost_answer_is_caught() -> None:
    """The trials can fail: where a lost answer counts as no request, somebody is called twice."""
    (outcome,) = play([Trial(SEED, AFTER)], _tell, "tests.chaos.singles.broken:obey_asking_again")
    assert "I1" in {one.invariant for one in outcome.breaches}
