"""Somebody presses retry on the source: its counter begins lower, and hides nobody for that."""

from pathlib import Path

import pytest

from deployments.sandbox.engine.moves import make_move
from models.enums import State
from tests.chaos.stateful.story import Story
from tests.chaos.world.moving import assert_held, assert_nobody_twice, fault, landed, ours, told

SHORT = "fell-short"


def retried(story: Story, hidden: int, word: str = "dialled") -> None:
    """Retry the source; as it is stopped it hands over so many people more, and shows none of them."""
    make_move(story.scene, "retry_job")
    if hidden:
        fault(story, "hidden_dispatch", on="cancel", n=hidden, word=word, seconds=20)


def waiting(home: Path) -> Story:
    """Tell the story of a job that fell short, up to the plan that waits for a person."""
    story = told(home, SHORT, approval="ask")
    story.run()
    assert story.state is State.AWAITING_APPROVAL
    return story


@pytest.mark.strikes("fence.retried_source", "fence.hidden_dispatch")
@pytest.mark.parametrize("hidden", [1, 3])
@pytest.mark.parametrize("word", ["dialled", "handed"])
def test_who_was_dialled_unseen_after_a_retry_is_not_called_again(
    tmp_path: Path, word: str, hidden: int
) -> None:
    """The counter fell by the failed rows and rose by those dialled: the rise is what counts."""
    story = waiting(tmp_path)
    retried(story, hidden, word)
    story.decide(approved=True)
    story.run()
    assert_held(story, "shows no row or call", "may have been called")
    assert ours(story) == 0
    assert_nobody_twice(story)


@pytest.mark.parametrize("hidden", [1, 3])
def test_the_next_recovery_keeps_them_back_as_well(tmp_path: Path, hidden: int) -> None:
    """A fresh plan of a retried and cancelled job trusts no row that shows an earlier call only."""
    story = waiting(tmp_path)
    retried(story, hidden)
    story.decide(approved=True)
    story.run()
    landed(story)
    story.run()
    assert_held(story, "a person decides about")
    assert ours(story) == 0
    assert_nobody_twice(story)


@pytest.mark.parametrize("hidden", [1, 3])
def test_a_job_that_a_person_has_retried_and_cancelled_holds(tmp_path: Path, hidden: int) -> None:
    """The same before anybody of ours has looked: nothing from before the retry is known."""
    story = told(tmp_path, SHORT)
    retried(story, hidden)
    story.cancel_the_source()
    landed(story)
    story.run()
    assert_held(story, "somebody cancelled the job")
    assert_nobody_twice(story)


def test_a_retry_that_hides_nobody_holds_nobody(tmp_path: Path) -> None:
    """Whom the retry has called leaves the plan; the others are called, each once."""
    story = waiting(tmp_path)
    retried(story, 0)
    story.decide(approved=True)
    story.run()
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED
    assert ours(story) > 0


@pytest.mark.strikes("fence.retried_source")
@pytest.mark.parametrize("nth", [1, 2])
def test_a_retry_between_two_waves_is_noticed(tmp_path: Path, nth: int) -> None:
    """The source is stopped once more, and what it dialled meanwhile ends the recovery."""
    story = told(tmp_path, SHORT)
    story.run(nth, lambda: retried(story, 2), where="before submitting a wave")
    story.run()
    assert story.state in {State.HELD, State.ESCALATED}
