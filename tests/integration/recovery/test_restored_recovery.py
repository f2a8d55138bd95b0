"""A recovery whose ledger goes back while it runs: a person is asked, and nobody is called twice."""

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from models.enums import State
from tasks.ledger import recoveries
from tasks.ledger.database import restores
from tasks.ledger.database.engine import make_engine
from tasks.ledger.database.restores import note_restore
from tasks.ledger.errors import NothingToDecideError
from tasks.marks import listen
from tests.chaos.stateful.story import Story
from tests.integration.copies import Copy

MOMENTS = (17, 40, 75, 120, 160)
"""Touches of platform or clock at which the copy is made: from the first look to the last wave."""


@pytest.fixture
def story(url: str, tmp_path: Path) -> Iterator[Story]:
    """Return a job whose permits have leaked, recovered under a policy that approves by itself."""
    engine = make_engine(url)
    yield Story("permit-leak", 1, tmp_path, engine, tell=print)
    engine.dispose()


def most_calls(story: Story) -> int:
    """Return how often the most called person was called by waves of ours."""
    story.clock.sleep(7200)
    story.world.advance(story.now)
    return max(Counter(dial.digits for dial in story.ours()).values(), default=0)


def goes_back(story: Story, moment: int) -> None:
    """Copy the ledger at a moment, let the recovery end, and put the copy back."""
    kept: list[Copy] = []
    story.run(moment, lambda: kept.append(Copy(story.ledger)), frozen=True)
    story.clock.sleep(7200)
    kept[0].put_back(story.ledger)
    with story.ledger.write() as session:
        note_restore(session, story.ledger, made_at="earlier", how="a test")


def goes_on(story: Story) -> None:
    """Run the recovery some times, with a person who approves whatever plan can be approved."""
    for _ in range(3):
        story.outlast_the_lease()
        if story.state is State.AWAITING_APPROVAL:
            with suppress(NothingToDecideError):  # a plan of before: the next run makes a fresh one
                story.decide(approved=True)
        story.run()


@pytest.mark.parametrize("moment", MOMENTS)
def test_nobody_is_called_twice_from_a_copy(story: Story, moment: int) -> None:
    """Neither the policy's approval nor that of before lets anybody be called again; nor does a person's."""
    goes_back(story, moment)
    before = len(story.ours())
    with listen() as heard:
        story.run()
    assert heard["restores.asks_a_person"] or story.state is not State.RECOVERED
    assert len(story.ours()) == before
    restores.confirm_opt_outs(story.ledger, story.world.workspace_id, "Ana")
    goes_on(story)
    assert most_calls(story) == 1


def test_without_the_opt_outs_nobody_is_called(story: Story) -> None:
    """Approved again, a begun plan is held until a person says that the list is whole."""
    kept: list[Copy] = []

    def copy() -> None:
        kept.append(Copy(story.ledger))
        story.die()

    story.run(40, copy, frozen=True)
    kept[0].put_back(story.ledger)  # nothing happened since: only the list may have grown
    with story.ledger.write() as session:
        note_restore(session, story.ledger, made_at="earlier", how="a test")
    before = len(story.ours())
    with listen() as heard:
        goes_on(story)
    assert heard["restores.opt_outs"]
    assert len(story.ours()) == before
    stored = recoveries.get(story.ledger, story.recoveries[-1].id)
    assert (stored.state, stored.resumable) == ("held", True)
    assert "--confirm-restored" in stored.next_action
    restores.confirm_opt_outs(story.ledger, story.world.workspace_id, "Ana")
    story.finish()
    assert most_calls(story) == 1
    assert story.state is State.RECOVERED
