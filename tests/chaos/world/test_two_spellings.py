"""A whole recovery of a job in which one person stands under two spellings: called once, or not at all."""

from pathlib import Path

import pytest

from deployments.sandbox.engine.entities import Row
from deployments.sandbox.engine.people import same_phone
from models.enums import Action, Disposition
from tasks.ledger import plans
from tasks.ledger.people.opt_outs import add
from tests.chaos.stateful.story import Story

PAIRS = [
    # The old spelling and the new one; only those of the second can be dialled everywhere.
    ("+5491123456789", "+541123456789"),
    ("+5215512345678", "+525512345678"),
    ("+22997123456", "+2290197123456"),
    ("+22507080910", "+2250707080910"),
    ("+551187654321", "+5511987654321"),
    ("+972599123456", "+970599123456"),
]


def told(story: Story) -> tuple[Row, Row]:
    """Return a row of somebody who was reached, and one that nobody has called."""
    rows = story.scene.job.rows
    reached = next(row for row in rows if row.call is not None and row.call.outcome.answered)
    return reached, next(row for row in rows if row.status == "pending" and row.call is None)


def called_by_us(story: Story, *phones: str) -> int:
    """Return how often our waves called some numbers."""
    digits = {same_phone(phone) for phone in phones}
    return sum(dial.digits in digits for dial in story.ours())


@pytest.fixture
def story(tmp_path: Path) -> Story:
    """Return a job whose dispatcher died before everybody was called."""
    return Story("dead-dispatcher", 7, tmp_path)


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("old_was_called", [True, False])
def test_reached_under_one_spelling_pending_under_the_other(
    story: Story, pair: tuple[str, str], *, old_was_called: bool
) -> None:
    """Whoever was reached in one row is not called for the other, and everybody else is."""
    reached, pending = told(story)
    reached.phone, pending.phone = pair if old_was_called else pair[::-1]
    story.run()
    story.finish()
    assert called_by_us(story, *pair) == 0
    assert len(story.ours()) > 0


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("in_a_file", [True, False])
def test_opted_out_under_one_spelling(
    story: Story, tmp_path: Path, pair: tuple[str, str], *, in_a_file: bool
) -> None:
    """Whoever asked under one spelling never to be called is not called under the other."""
    _, pending = told(story)
    listed, pending.phone = pair
    if in_a_file:
        story.opted_out = tmp_path / "opted-out.csv"
        story.opted_out.write_text(f"{listed}\n")
    else:
        add(story.ledger, story.world.workspace_id, [listed], "asked for it")
    story.run()
    story.finish()
    assert called_by_us(story, *pair) == 0
    (row,) = (r for r in plans.contacts(story.ledger, story.recoveries[0].id) if r.contact_id == pending.id)
    assert (row.action, row.disposition) == (Action.DROP.value, Disposition.DO_NOT_CONTACT.value)


@pytest.mark.parametrize("pair", [*PAIRS, ("+5491123456789", "+5491123456789")])
def test_twice_in_the_upload_under_both(story: Story, pair: tuple[str, str]) -> None:
    """Two rows of one person that nobody has called yet are one call."""
    waiting = [row for row in story.scene.job.rows if row.status == "pending" and row.call is None]
    waiting[0].phone, waiting[1].phone = pair
    story.run()
    story.finish()
    assert called_by_us(story, *pair) == 1


@pytest.mark.parametrize("pair", [PAIRS[0], PAIRS[4], PAIRS[5]])
def test_a_wave_of_an_earlier_recovery_under_the_other_spelling(story: Story, pair: tuple[str, str]) -> None:
    """What a wave called under one spelling is not called again when the source shows the other."""
    _, pending = told(story)
    pending.phone = pair[0]
    story.world.people.at(pair[0]).fate = "answered"
    story.run()
    story.finish()
    assert called_by_us(story, *pair) == 1
    pending.phone, pending.id = pair[1], "anew"
    story.run()
    story.finish()
    assert called_by_us(story, *pair) == 1
    assert len(story.recoveries) > 1
