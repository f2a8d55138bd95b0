"""What a ledger knows of an earlier wave is a memory: before its people are planned the platform is asked."""

from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from deployments.sandbox.engine.moves import make_move, newest_wave
from models.enums import Disposition, State
from models.tables.ledger import Planned
from tasks.ledger import plans, waves
from tasks.marks import listen
from tests.chaos.stateful.story import Story
from tests.chaos.world.moving import assert_nobody_twice, fault, told

LATE = 3000.0
AFTER_A_WAVE = "after submitting a wave"


def taken_back(story: Story) -> None:
    """Let a person cancel the recovery once its first wave is on the platform."""
    story.run(1, story.ask_cancel, where=AFTER_A_WAVE)
    assert story.state is State.CANCELLED
    assert any(row.outcome == Disposition.UNDELIVERED.value for row in said(story))


def dies_in(story: Story, seconds: float) -> None:
    """Let the process die in a while, when it waits for the answer that it has lost."""
    story.world.agenda.add(story.now + seconds, lambda _it, _now: story.die(), None)


def cancelled_badly(story: Story, name: str, **wishes: Any) -> None:
    """Let a person cancel the recovery while the platform has a fault."""
    fault(story, name, **wishes)
    story.ask_cancel()


def said(story: Story) -> list[Planned]:
    """Return the rows of the newest recovery as the ledger has them."""
    return plans.contacts(story.ledger, story.recoveries[-1].id)


def judged(story: Story, guards: Counter[str], *names: str) -> None:
    """Hold a story to it that nobody is called twice, and that each of these guards has struck."""
    assert_nobody_twice(story)
    assert [name for name in names if not guards[name]] == []


def test_a_wave_that_woke_up_before_the_next_plan_is_read_again(tmp_path: Path) -> None:
    """A cancel is not for ever: whom the woken wave calls the next recovery leaves alone."""
    story = told(tmp_path, "fell-short")
    fault(story, "wake_cancelled", seconds=30)
    with listen() as guards:
        taken_back(story)
        story.clock.sleep(300)
        story.run()
    judged(story, guards, "taken_back.woken")


def test_a_wave_that_wakes_up_while_the_next_plan_waits_is_stopped_and_its_people_left_out(
    tmp_path: Path,
) -> None:
    """The plan was made when all was quiet: what happens before it is approved is seen before the send."""
    story = told(tmp_path, "fell-short", approval="ask")
    story.run()
    story.decide(approved=True)
    fault(story, "wake_cancelled", seconds=LATE)
    with listen() as guards:
        taken_back(story)
        story.run()
        assert story.recoveries[-1].state == State.AWAITING_APPROVAL
        story.clock.sleep(LATE + 20)
        story.decide(approved=True)
        story.run()
    judged(story, guards, "witness.woken_wave")
    assert story.state is State.RECOVERED


def test_a_wave_that_woke_up_and_ended_while_the_next_plan_waits_is_seen_by_its_counter(
    tmp_path: Path,
) -> None:
    """Over at the plan and over at the send: that it dialled in between its counter tells."""
    story = told(tmp_path, "fell-short", approval="ask")
    story.run()
    story.decide(approved=True)
    fault(story, "wake_cancelled", seconds=LATE)
    with listen() as guards:
        taken_back(story)
        story.run()
        story.clock.sleep(4 * LATE)
        story.decide(approved=True)
        story.run()
    judged(story, guards, "witness.woken_wave")
    assert not guards["witness.stopped_again"]


def test_a_wave_that_wakes_up_between_two_waves_is_stopped_again(tmp_path: Path) -> None:
    """The next recovery is already dialling: whom the woken one holds it leaves out, or it escalates."""
    story = told(tmp_path, "fell-short")
    fault(story, "wake_cancelled", seconds=LATE)
    with listen() as guards:
        taken_back(story)
        story.clock.sleep(LATE - 300)
        story.run(1, lambda: story.clock.sleep(291), where=AFTER_A_WAVE)
    judged(story, guards, "witness.stopped_again")


def test_people_of_a_wave_that_is_gone_are_held(tmp_path: Path) -> None:
    """Somebody deleted its job: whether it called anybody after the cancel cannot be told any more."""
    story = told(tmp_path, "fell-short")
    with listen() as guards:
        taken_back(story)
        people = {row.phone for row in said(story) if row.wave is not None}
        make_move(story.scene, "delete_job", newest_wave(story.scene))
        story.run()
    judged(story, guards, "taken_back.gone")
    kept = [row for row in said(story) if row.phone in people]
    assert {row.action for row in kept} <= {"hold", "drop"}
    assert any("no longer on the platform" in row.why for row in kept)


def test_a_wave_that_does_not_stop_is_told_again(tmp_path: Path) -> None:
    """The answer to a stop is a word: nobody counts as not dialled before the job stands still."""
    story = told(tmp_path, "fell-short")
    with listen() as guards:
        story.run(1, partial(cancelled_badly, story, "cancel_lost"), where=AFTER_A_WAVE)
        assert story.state is State.CANCELLED
        story.run()
    judged(story, guards, "watching.stop_was_lost")


def test_dispatches_that_a_stop_hides_keep_the_wave_in_doubt(tmp_path: Path) -> None:
    """Its counter tells of three more than its rows: any of them may have been called."""
    story = told(tmp_path, "fell-short")
    with listen() as guards:
        story.run(
            1,
            partial(cancelled_badly, story, "hidden_dispatch", on="cancel", n=2),
            where=AFTER_A_WAVE,
        )
        story.run()
    judged(story, guards, "watching.hidden_dispatch")


@pytest.mark.parametrize("approval", ["auto", "ask"])
def test_a_wave_that_was_proved_absent_and_appears_is_taken_up(tmp_path: Path, approval: str) -> None:
    """Absence is a memory too: a wave that turns up after all is read, and nobody in it is called again."""
    story = told(tmp_path, "fell-short", approval=approval)
    if approval == "ask":
        story.run()
        story.decide(approved=True)
    fault(story, "slow_create", seconds=LATE)
    with listen() as guards:
        story.run(1, lambda: dies_in(story, 60), where="before submitting a wave")
        story.ask_cancel()
        story.wait_for_the_lease()
        story.run()
        proved = [wave for wave in waves.of(story.ledger, story.recoveries[-1].id) if wave.state == "refused"]
        if approval == "ask":
            story.run()
        story.clock.sleep(2 * LATE)
        if approval == "ask":
            story.decide(approved=True)
        story.run()
    assert proved
    judged(story, guards, "earlier.there_after_all" if approval == "auto" else "witness.turned_up")


def test_a_cancelled_job_of_a_person_that_wakes_up_is_news(tmp_path: Path) -> None:
    """The same of somebody else's job: it was over when the plan was made, and has called since."""
    story = told(tmp_path, "fell-short", approval="ask")
    fault(story, "wake_cancelled", seconds=LATE)
    other = make_move(story.scene, "second_job", n=8)
    make_move(story.scene, "cancel_job", other)
    story.run()
    story.clock.sleep(3 * LATE)
    if story.state is State.AWAITING_APPROVAL:
        story.decide(approved=True)
        story.run()
    assert_nobody_twice(story)
