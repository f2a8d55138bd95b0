"""A recovery may die at any fault point, and again on its way back: nobody is called twice or lost."""

import sys

import pytest

from tasks.fault_points import POINTS
from tests.chaos.kills.stories import unreached
from tests.chaos.kills.suite import Results, run_suite, trials_of

SEEDS = (1,)
"""One world at each point here; `make chaos` plays a hundred."""

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def results() -> Results:
    """Kill at all points, in one world for each seed."""

    def tell(what: str, done: int, total: int) -> None:
        if done == total:
            sys.stderr.write(f"{what}: {done}\n")

    return run_suite(trials_of(POINTS, SEEDS), tell=tell)


def test_every_point_is_on_the_way_of_some_story() -> None:
    """No fault point is left out because nothing passes it."""
    assert not unreached()


def test_undisturbed_recoveries_keep_the_promises(results: Results) -> None:
    """What the killed ones are compared with is itself without a breach."""
    assert [one for one in results.found if one.point == "(undisturbed)"] == []


@pytest.mark.parametrize("point", POINTS)
def test_a_recovery_killed_there_comes_to_the_same_end(results: Results, point: str) -> None:
    """Killed here and resumed, it dials whom the undisturbed one dials, once, and ends as it does."""
    mine = [one for one in results.outcomes if one.trial.point == point and not one.trial.goes_back]
    assert len(mine) == len(SEEDS)
    assert [outcome.trial for outcome in mine if not outcome.struck] == []
    assert [one for one in results.found if one.point == point] == []


@pytest.mark.parametrize("point", POINTS)
def test_a_ledger_that_goes_back_after_a_death_there_calls_nobody_twice(results: Results, point: str) -> None:
    """Killed here and given an earlier copy of its ledger, it recovers the rest or holds."""
    (mine,) = [one for one in results.outcomes if one.trial.point == point and one.trial.goes_back]
    assert (mine.went_back, mine.breaches) == (True, ())


def test_some_recoveries_die_more_than_once(results: Results) -> None:
    """The way back is cut short as well, not only the first run."""
    figures = results.as_json()
    assert figures["trials"] == len(POINTS) * (len(SEEDS) + 1)
    assert figures["kills"] > figures["trials"]
    assert figures["resumes"] > figures["trials"]
