"""Platforms that promise nothing: listings, answers and counters as they may come; nobody is called twice."""

from dataclasses import replace
from pathlib import Path

import pytest

from deployments.sandbox.engine.moves import make_move
from models.enums import Disposition, State
from tasks.ledger import plans
from tests.chaos.stateful.story import Story
from tests.chaos.world.moving import (
    assert_held,
    assert_nobody_twice,
    fault,
    ours,
    start_second,
    told,
    twice,
)

SUBMITS = "/batch-calling/submit"
ENDLESS = ("nowhere", "unknown", "endless")


# A create that is slow, and listings that promise nothing


@pytest.mark.parametrize("seconds", [35, 42, 60, 90])
@pytest.mark.parametrize("skip", [0, 1])
def test_a_create_slower_than_our_patience_is_found_and_not_sent_again(
    tmp_path: Path, seconds: float, skip: int
) -> None:
    """The client gives up after thirty seconds; the job comes later, once."""
    story = told(tmp_path)
    fault(story, "slow_create", seconds=seconds, skip=skip)
    story.run()
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


@pytest.mark.strikes("dispatch.absence_unearned")
def test_a_slow_create_with_an_unearned_listing_is_found_or_held(tmp_path: Path) -> None:
    """A ledger that is new to the account holds rather than sending again."""
    story = told(tmp_path, earned=False)
    fault(story, "slow_create", seconds=1_000)
    story.run()
    assert_held(story, "cannot be told", "rb-")
    assert_nobody_twice(story)


@pytest.mark.parametrize("order", ["oldest", "name", "shuffled", "newest"])
@pytest.mark.parametrize("lost", ["accept_then_cut", "accept_then_500"])
def test_a_lost_answer_is_found_in_a_listing_of_any_order(tmp_path: Path, lost: str, order: str) -> None:
    """A hundred and twenty older jobs stand in it, and the answer to a submit is cut."""
    story = told(tmp_path)
    older_jobs(story, 120)
    fault(story, "list_order", word=order)
    fault(story, lost, skip=1)
    story.run()
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


def older_jobs(story: Story, count: int) -> None:
    """Let the workspace have jobs of the past, all of them over."""
    world, order = story.world, story.scene.job.order
    for n in range(count):
        job = world.open_job(replace(order, name=f"Old {n:03d}", rows=()), story.now - 90_000 - n)
        job.status, job.source = "completed", True


@pytest.mark.parametrize("ends", ["unsaid", "unsaid_cursor", "repeat"])
@pytest.mark.parametrize("size", [2, 50])
def test_a_lost_answer_is_found_however_pages_end(tmp_path: Path, size: int, ends: str) -> None:
    """has_more is left out, or a page comes twice: neither is an end."""
    story = told(tmp_path)
    older_jobs(story, 120)
    fault(story, "page_ends", word=ends)
    fault(story, "page_size", n=size)
    fault(story, "list_order", word="oldest")
    fault(story, "accept_then_cut", skip=1)
    story.run()
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


@pytest.mark.parametrize("ends", ENDLESS)
def test_a_listing_without_an_end_proves_nothing(tmp_path: Path, ends: str) -> None:
    """It cannot be read to its end: nobody is called on its word."""
    story = told(tmp_path)
    story.run(1, lambda: fault(story, "page_ends", word=ends), where="before submitting a wave")
    assert_nobody_twice(story)
    assert_held(story, "listing")


@pytest.mark.parametrize(
    ("word", "n"), [("cut", 40), ("cut", 30), ("cut", 20), ("cut", 12), ("upper", 0), ("replaced", 0)]
)
@pytest.mark.parametrize("skip", [0, 1])
def test_a_changed_name_is_not_taken_for_absence(tmp_path: Path, word: str, n: int, skip: int) -> None:
    """The answer is cut and the name comes back changed: the marker is found elsewhere, or it is held."""
    story = told(tmp_path)
    fault(story, "names", word=word, n=n)
    fault(story, "accept_then_cut", skip=skip)
    story.run()
    assert_nobody_twice(story)
    assert story.state in {State.RECOVERED, State.HELD}
    if story.state is State.HELD:
        assert_held(story, "cannot be told")


@pytest.mark.parametrize(
    ("word", "seconds"), [("random", 10), ("listed", 10), ("listed", 40), ("listed", 100)]
)
def test_a_listing_that_is_late_is_waited_for(tmp_path: Path, word: str, seconds: float) -> None:
    """New jobs stay unseen for a time of their own, and an answer is lost."""
    story = told(tmp_path)
    fault(story, "visibility_delay", word=word, seconds=seconds)
    fault(story, "accept_then_cut", skip=1)
    story.run()
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


# Calls that nothing shows


@pytest.mark.strikes("fence.hidden_dispatch")
@pytest.mark.parametrize("word", ["dialled", "handed"])
def test_rows_dialled_while_the_source_is_cancelled_hold(tmp_path: Path, word: str) -> None:
    """The counter rises by three, no row and no call shows whom: nobody more is called."""
    story = told(tmp_path)
    fault(story, "hidden_dispatch", on="cancel", word=word, seconds=20)
    story.run()
    assert_nobody_twice(story)
    assert_held(story, "3 contacts", "may have been called")


def test_rows_dialled_before_anybody_looked_are_kept_back(tmp_path: Path) -> None:
    """The counter tells of three dispatches when the plan is made: every pending row is in doubt."""
    story = told(tmp_path)
    make_move(story.scene, "hidden_calls", n=3)
    story.run()
    assert_nobody_twice(story)
    pending = {row.id for row in story.scene.job.rows if row.call is None}
    planned = plans.contacts(story.ledger, story.recoveries[-1].id)
    kept = [row for row in planned if row.contact_id in pending]
    assert {row.action for row in kept} == {"hold"}
    assert f"{len(kept)} contacts are kept back" in story.why


def test_hidden_calls_that_appear_are_left_out(tmp_path: Path) -> None:
    """Once the platform shows them, the others are recovered."""
    story = told(tmp_path)
    make_move(story.scene, "hidden_calls", n=3)
    story.run()
    make_move(story.scene, "reveal")
    story.clock.sleep(600)
    story.run()
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


# Rows that say failed, and people written twice


@pytest.mark.parametrize("move", ["answered_503", "voicemail_503"])
def test_whom_a_failed_call_had_reached_is_not_called_again(tmp_path: Path, move: str) -> None:
    """The row says failed with 503; the carrier says that somebody answered."""
    story = told(tmp_path, "fell-short")
    fault(story, "call_results")
    reached = make_move(story.scene, move, n=4)
    story.run()
    assert_nobody_twice(story)
    assert sum(row.call is not None and row.call.outcome.key == move for row in reached.rows) == 4


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("+54 9 11 2345 6789", "+54 11 2345 6789"),
        ("+52 1 55 1234 5678", "+52 55 1234 5678"),
        ("+61491570156", "0491 570 156"),
    ],
)
def test_a_person_written_in_two_ways_is_called_once(tmp_path: Path, one: str, other: str) -> None:
    """Two rows of one upload, two spellings of one line."""
    story = told(tmp_path)
    first, second = story.scene.job.rows[-2:]
    first.phone, second.phone = one, other
    story.run()
    assert not twice(story).sure


@pytest.mark.parametrize("word", ["plain", "spaced", "national"])
def test_ids_and_numbers_may_come_back_otherwise(tmp_path: Path, word: str) -> None:
    """Rows have new ids and other spellings: who was reached is reported as reached, nobody is escalated."""
    story = told(tmp_path)
    fault(story, "new_ids")
    story.run(1, lambda: fault(story, "numbers", word=word), where="before submitting a wave")
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED
    reached = {
        row.phone
        for row in plans.contacts(story.ledger, story.recoveries[-1].id)
        if row.outcome == Disposition.REACHED.value
    }
    truly = {dial.digits for dial in story.ours() if story.world.people.at(dial.digits).reached}
    assert len(reached) == len(truly)


# Cancels, keys, others in the workspace, pauses


@pytest.mark.parametrize("status", [404, 409, 422])
def test_a_cancel_refused_because_it_is_over_is_a_stop(tmp_path: Path, status: int) -> None:
    """The source ends while it is told to stop: over is stopped."""
    story = told(tmp_path)
    fault(story, "cancel_over", n=status)
    story.run(1, story.cancel_the_source, where="before stopping a job")
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


@pytest.mark.parametrize("name", ["cancel_then_500", "cancel_late", "cancel_lost"])
def test_a_cancel_that_is_answered_wrongly_is_read_after(tmp_path: Path, name: str) -> None:
    """What the answer says is not believed: the job is read until it is over."""
    story = told(tmp_path)
    fault(story, name, seconds=70)
    story.run()
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


@pytest.mark.parametrize(
    "on", ["/live-count", "/agents/", "/phone-numbers", "/conversations", "/sip-messages"]
)
def test_a_key_that_may_not_read_aside_does_not_end_a_recovery(tmp_path: Path, on: str) -> None:
    """What may not be read is a gap that is said; the recovery comes to an end, nobody is called twice."""
    story = told(tmp_path)
    fault(story, "no_permission", on=on)
    story.run()
    assert_nobody_twice(story)
    assert story.state in {State.RECOVERED, State.HELD}


@pytest.mark.parametrize("n", [1, 4])
def test_conversations_of_others_do_not_make_a_stall_move(tmp_path: Path, n: int) -> None:
    """Somebody else is on the phone all the time: the stalled job is recovered all the same."""
    story = told(tmp_path)
    fault(story, "foreign_live", n=n)
    fault(story, "foreign_calls", n=300)
    story.run()
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


def test_jobs_of_another_team_change_nothing(tmp_path: Path) -> None:
    """A workspace that two teams use: their jobs start meanwhile, and nobody of ours is in them."""
    story = told(tmp_path)
    story.run(2, lambda: make_move(story.scene, "foreign_job", n=10), where="before submitting a wave")
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


@pytest.mark.strikes("permits.listed")
@pytest.mark.parametrize("n", [6, 12, 40])
def test_jobs_of_another_team_keep_their_permits_where_nobody_counts_them(tmp_path: Path, n: int) -> None:
    """Without a live count the listing tells how many calls others have, and the headroom stays free."""
    story = told(tmp_path)
    fault(story, "no_permission", on="/live-count")
    make_move(story.scene, "foreign_job", n=n)
    story.run()
    assert_nobody_twice(story)
    assert story.state in {State.RECOVERED, State.HELD}


@pytest.mark.parametrize("asked", [0, "date", "soon", None])
def test_no_create_loop_without_a_pause_and_an_ear(tmp_path: Path, asked: object) -> None:
    """However short a pause the platform asks for, a cancel is heard and the number of tries is small."""
    story = told(tmp_path)
    fault(story, "answer_429", retry_after=asked, on=SUBMITS, count=None)
    story.world.agenda.add(story.now + 300, lambda _it, _now: story.ask_cancel(), None)
    story.run()
    assert story.state is State.CANCELLED
    tries = story.world.faults.strikes()["answer_429"]
    assert 2 <= tries <= 40
    assert ours(story) == 0


@pytest.mark.parametrize("hours", [-9, -1, 3, 11])
def test_a_platform_clock_hours_off_hides_nothing(tmp_path: Path, hours: float) -> None:
    """Its times are not ours: a lost answer is found, a second job is seen."""
    story = told(tmp_path)
    fault(story, "clock_skew", seconds=hours * 3600)
    fault(story, "accept_then_cut", skip=1)
    story.run(4, lambda: start_second(story, 6), where="before listing jobs")
    found = twice(story)
    assert not found.sure
    assert story.state is not State.HEALTHY
