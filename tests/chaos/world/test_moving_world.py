"""Each situation in which people were called twice, played again: nobody is, and a hold says why."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from deployments.sandbox.engine.entities import Job
from deployments.sandbox.engine.moves import make_move, newest_wave
from deployments.sandbox.scenarios.builder import Stage
from deployments.sandbox.scenarios.stalled import dead_dispatcher
from models.enums import Disposition, State
from tasks.clock import VirtualClock
from tasks.ledger import plans
from tests.chaos.stateful.story import Story
from tests.chaos.together import SharedClock
from tests.chaos.world.moving import (
    assert_held,
    assert_nobody_twice,
    fault,
    landed,
    ledger_file,
    told,
    twice,
)

MORNING = datetime(2024, 1, 9, 4, 0, tzinfo=UTC)
"""A Tuesday, and calling hours wherever an Australian number may be."""
SUBMITS = "/batch-calling/submit"
ENDLESS = ("nowhere", "unknown", "endless")


def asking(home: Path, **policy: object) -> Story:
    """Tell a story up to the plan that waits for a person."""
    story = told(home, approval="ask", clock=VirtualClock(MORNING), **policy)
    story.run()
    assert story.state is State.AWAITING_APPROVAL
    return story


def ours(story: Story) -> int:
    """Count the people whom waves have called."""
    landed(story)
    return len({dial.digits for dial in story.ours()})


# A ledger that goes back


def test_a_ledger_from_before_the_approval_calls_nobody_again(tmp_path: Path):
    """The copy was made while the plan waited; it is approved and resumed a second time."""
    story = asking(tmp_path)
    copied = story.backup()
    story.decide(approved=True)
    story.run()
    assert story.state is State.RECOVERED
    called = ours(story)
    story.restore(copied)
    story.decide(approved=True)
    story.run()
    assert_held(story, "on the platform and not in this ledger", "restored", story.scene.job.id)
    assert ours(story) == called
    assert_nobody_twice(story)


@pytest.mark.parametrize("nth", [1, 2, 3])
@pytest.mark.parametrize("where", ["before submitting a wave", "after submitting a wave"])
def test_a_ledger_from_the_middle_of_the_waves_calls_nobody_again(tmp_path: Path, where: str, nth: int):
    """The copy was made at a wave; one sweep goes on with it, and nobody is asked."""
    story = told(tmp_path)
    copies: list[bytes] = []
    story.run(nth, lambda: copies.append(story.backup()), where=where)
    assert story.state is State.RECOVERED
    called = ours(story)
    story.restore(copies[0])
    story.wait_for_the_lease()
    story.run()
    assert story.state in {State.HELD, State.RECOVERED}
    if story.state is State.HELD:
        assert_held(story, "on the platform and not in this ledger", "restored")
    assert ours(story) == called
    assert_nobody_twice(story)


def test_a_second_recovery_from_an_old_copy_calls_nobody_again(tmp_path: Path):
    """The ledger goes back to before the recovery: what is on the platform is another ledger's work."""
    story = told(tmp_path)
    copied = story.backup()
    story.run()
    called = ours(story)
    story.restore(copied)
    story.run()
    assert story.state in {State.HELD, State.ESCALATED}
    assert ours(story) == called


# Two ledgers


def test_two_ledgers_one_after_the_other_call_everybody_once(tmp_path: Path):
    """The default home is each user's own: the second ledger finds the work of the first."""
    story = told(tmp_path)
    story.run()
    called = ours(story)
    other = story.beside()
    other.run()
    assert ours(story) == called
    assert_nobody_twice(story)
    assert other.state not in {State.HEALTHY, State.RECOVERED}, other.why
    assert story.recoveries[-1].id in other.why or "another ledger" in other.why.lower()


@pytest.mark.parametrize("window", ["off", "au"])
@pytest.mark.parametrize("touch", [1, 5, 12, 25, 40, 60, 90, 130])
def test_a_second_ledger_that_begins_in_between_costs_one_wave_at_most(
    tmp_path: Path, touch: int, window: str
):
    """Whenever the other one begins, both together call at most one wave's people twice, and both say so."""
    story = told(tmp_path, calling_window=window, clock=VirtualClock(MORNING))
    other = story.beside()
    story.run(touch, other.run)
    found = twice(story, other)
    assert not found.sure
    assert len(found.raced) <= 5
    assert {story.state, other.state} != {State.RECOVERED}


@pytest.mark.parametrize("apart", [0.0, 1.0, 20.0, 100.0])
def test_two_ledgers_at_the_same_moment_cost_one_wave_at_most(tmp_path: Path, apart: float):
    """Side by side on one clock: the younger takes back and stops, the older says so."""
    clock = SharedClock()
    story = told(tmp_path, engine=ledger_file(tmp_path, "one"), clock=clock)
    other = story.beside(ledger_file(tmp_path, "other"))
    clock.together(story.run, other.run, apart=apart)
    found = twice(story, other)
    assert not found.sure
    assert len(found.raced) <= 5
    assert State.HELD in {story.state, other.state}
    if found.raced:
        assert f"{story.why} {other.why}".lower().count("another ledger") == 2


def both_approved(home: Path, unseen: float) -> tuple[Story, Story]:
    """Let two ledgers plan one job and both be approved, new jobs being listed late; then let both go on."""
    clock = SharedClock()
    story = told(home, "fell-short", engine=ledger_file(home, "one"), clock=clock, approval="ask")
    other = story.beside(ledger_file(home, "other"))
    if unseen:
        fault(story, "visibility_delay", word="listed", seconds=unseen)
    for one in (story, other):
        one.run()
        one.decide(approved=True)
    clock.together(story.run, other.run)
    return story, other


@pytest.mark.strikes("witness.younger_ledger")
def test_a_ledger_whose_plan_waited_steps_back_before_it_calls_anybody(tmp_path: Path):
    """Another one has begun since the plan: its first wave is older than ours, which is not sent."""
    story, other = both_approved(tmp_path, 0)
    found = twice(story, other)
    assert (found.sure, found.raced) == (frozenset(), frozenset())
    assert {story.state, other.state} == {State.RECOVERED, State.HELD}
    assert "steps back" in f"{story.why} {other.why}"


@pytest.mark.strikes("witness.younger_ledger", "witness.older_ledger")
@pytest.mark.parametrize("unseen", [15.0, 40.0])
def test_two_ledgers_that_cannot_see_each_other_yet_cost_one_wave(tmp_path: Path, unseen: float):
    """Both send a wave before either is listed: the younger steps back, the older one names it at its end."""
    story, other = both_approved(tmp_path, unseen)
    found = twice(story, other)
    assert not found.sure
    assert 0 < len(found.raced) <= 5
    assert {story.state, other.state} == {State.RECOVERED, State.HELD}
    assert all("another ledger works on this job" in one.why.lower() for one in (story, other))


# A person's own jobs


@pytest.mark.strikes("witness.newer_job", "witness.all_taken")
@pytest.mark.parametrize("window", ["off", "au"])
def test_a_second_job_started_while_the_plan_waits_keeps_its_people(tmp_path: Path, window: str):
    """A person helps themselves; then the plan is approved."""
    story = asking(tmp_path, calling_window=window)
    second = make_move(story.scene, "second_job")
    story.clock.sleep(120)
    story.decide(approved=True)
    story.run()
    assert_nobody_twice(story)
    assert_held(story)
    assert second.id in " ".join(
        row.outcome_why or "" for row in plans.contacts(story.ledger, story.recoveries[-1].id)
    )


@pytest.mark.parametrize("n", [5, 12])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_second_job_for_some_leaves_the_others_to_us(tmp_path: Path, nth: int, n: int):
    """Between two waves a person calls the last rows again: they leave, the others are called."""
    story = told(tmp_path)
    story.run(nth + 1, lambda: _second(story, n), where="before listing jobs")
    found = twice(story)
    assert not found.sure
    assert ours(story) >= 5


def _second(story: Story, n: int) -> None:
    make_move(story.scene, "second_job", n=n)
    story.clock.sleep(61)


def test_a_retry_of_the_source_by_a_person_is_not_called_twice(tmp_path: Path):
    """The platform's own retry button was pressed while the plan waited."""
    story = told(tmp_path, "fell-short", approval="ask")
    story.run()
    make_move(story.scene, "retry_job")
    story.clock.sleep(30)
    story.decide(approved=True)
    story.run()
    assert_nobody_twice(story)
    assert story.state is not State.HEALTHY


def test_a_retry_of_a_wave_by_a_person_is_told(tmp_path: Path):
    """A person presses retry on a wave of ours: whoever it calls again is not called by us as well."""
    story = told(tmp_path, "fell-short")
    story.run(
        3,
        lambda: make_move(story.scene, "retry_job", newest_wave(story.scene)),
        where="before submitting a wave",
    )
    story.clock.sleep(3600)
    story.run()
    assert not twice(story).sure


def test_a_deleted_source_calls_nobody(tmp_path: Path):
    """The job is thrown away while the plan waits: nothing is sent for a job that is gone."""
    story = asking(tmp_path)
    make_move(story.scene, "delete_job")
    story.decide(approved=True)
    story.run()
    assert ours(story) == 0
    assert story.state in {State.HELD, State.ESCALATED}


# A create that is slow, and listings that promise nothing


@pytest.mark.parametrize("seconds", [35, 42, 60, 90])
@pytest.mark.parametrize("skip", [0, 1])
def test_a_create_slower_than_our_patience_is_found_and_not_sent_again(
    tmp_path: Path, seconds: float, skip: int
):
    """The client gives up after thirty seconds; the job comes later, once."""
    story = told(tmp_path)
    fault(story, "slow_create", seconds=seconds, skip=skip)
    story.run()
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


@pytest.mark.strikes("dispatch.absence_unearned")
def test_a_slow_create_with_an_unearned_listing_is_found_or_held(tmp_path: Path):
    """A ledger that is new to the account holds rather than sending again."""
    story = told(tmp_path, earned=False)
    fault(story, "slow_create", seconds=1_000)
    story.run()
    assert_held(story, "cannot be told", "rb-")
    assert_nobody_twice(story)


@pytest.mark.parametrize("order", ["oldest", "name", "shuffled", "newest"])
@pytest.mark.parametrize("lost", ["accept_then_cut", "accept_then_500"])
def test_a_lost_answer_is_found_in_a_listing_of_any_order(tmp_path: Path, lost: str, order: str):
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
def test_a_lost_answer_is_found_however_pages_end(tmp_path: Path, size: int, ends: str):
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
def test_a_listing_without_an_end_proves_nothing(tmp_path: Path, ends: str):
    """It cannot be read to its end: nobody is called on its word."""
    story = told(tmp_path)
    story.run(1, lambda: fault(story, "page_ends", word=ends), where="before submitting a wave")
    assert_nobody_twice(story)
    assert_held(story, "listing")


@pytest.mark.parametrize(
    ("word", "n"), [("cut", 40), ("cut", 30), ("cut", 20), ("cut", 12), ("upper", 0), ("replaced", 0)]
)
@pytest.mark.parametrize("skip", [0, 1])
def test_a_changed_name_is_not_taken_for_absence(tmp_path: Path, word: str, n: int, skip: int):
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
def test_a_listing_that_is_late_is_waited_for(tmp_path: Path, word: str, seconds: float):
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
def test_rows_dialled_while_the_source_is_cancelled_hold(tmp_path: Path, word: str):
    """The counter rises by three, no row and no call shows whom: nobody more is called."""
    story = told(tmp_path)
    fault(story, "hidden_dispatch", on="cancel", word=word, seconds=20)
    story.run()
    assert_nobody_twice(story)
    assert_held(story, "3 contacts", "may have been called")


def test_rows_dialled_before_anybody_looked_are_kept_back(tmp_path: Path):
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


def test_hidden_calls_that_appear_are_left_out(tmp_path: Path):
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
def test_whom_a_failed_call_had_reached_is_not_called_again(tmp_path: Path, move: str):
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
def test_a_person_written_in_two_ways_is_called_once(tmp_path: Path, one: str, other: str):
    """Two rows of one upload, two spellings of one line."""
    story = told(tmp_path)
    first, second = story.scene.job.rows[-2:]
    first.phone, second.phone = one, other
    story.run()
    assert not twice(story).sure


@pytest.mark.parametrize("word", ["plain", "spaced", "national"])
def test_ids_and_numbers_may_come_back_otherwise(tmp_path: Path, word: str):
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
def test_a_cancel_refused_because_it_is_over_is_a_stop(tmp_path: Path, status: int):
    """The source ends while it is told to stop: over is stopped."""
    story = told(tmp_path)
    fault(story, "cancel_over", n=status)
    story.run(1, story.cancel_the_source, where="before stopping a job")
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


@pytest.mark.parametrize("name", ["cancel_then_500", "cancel_late", "cancel_lost"])
def test_a_cancel_that_is_answered_wrongly_is_read_after(tmp_path: Path, name: str):
    """What the answer says is not believed: the job is read until it is over."""
    story = told(tmp_path)
    fault(story, name, seconds=70)
    story.run()
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


@pytest.mark.parametrize(
    "on", ["/live-count", "/agents/", "/phone-numbers", "/conversations", "/sip-messages"]
)
def test_a_key_that_may_not_read_aside_does_not_end_a_recovery(tmp_path: Path, on: str):
    """What may not be read is a gap that is said; the recovery comes to an end, nobody is called twice."""
    story = told(tmp_path)
    fault(story, "no_permission", on=on)
    story.run()
    assert_nobody_twice(story)
    assert story.state in {State.RECOVERED, State.HELD}


@pytest.mark.parametrize("n", [1, 4])
def test_conversations_of_others_do_not_make_a_stall_move(tmp_path: Path, n: int):
    """Somebody else is on the phone all the time: the stalled job is recovered all the same."""
    story = told(tmp_path)
    fault(story, "foreign_live", n=n)
    fault(story, "foreign_calls", n=300)
    story.run()
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


def test_jobs_of_another_team_change_nothing(tmp_path: Path):
    """A workspace that two teams use: their jobs start meanwhile, and nobody of ours is in them."""
    story = told(tmp_path)
    story.run(2, lambda: make_move(story.scene, "foreign_job", n=10), where="before submitting a wave")
    assert_nobody_twice(story)
    assert story.state is State.RECOVERED


@pytest.mark.parametrize("asked", [0, "date", "soon", None])
def test_no_create_loop_without_a_pause_and_an_ear(tmp_path: Path, asked: object):
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
def test_a_platform_clock_hours_off_hides_nothing(tmp_path: Path, hours: float):
    """Its times are not ours: a lost answer is found, a second job is seen."""
    story = told(tmp_path)
    fault(story, "clock_skew", seconds=hours * 3600)
    fault(story, "accept_then_cut", skip=1)
    story.run(4, lambda: _second(story, 6), where="before listing jobs")
    found = twice(story)
    assert not found.sure
    assert story.state is not State.HEALTHY


# Who else will call


@pytest.mark.parametrize("seconds", [60, 600, 5_000])
def test_a_job_of_a_campaign_is_held_and_the_campaign_is_named(tmp_path: Path, seconds: float):
    """It calls again by itself: nobody is redialled, and the sentence says where to pause it."""
    story = told(tmp_path)
    owned = make_move(story.scene, "campaign", seconds=seconds)
    story.run()
    assert_nobody_twice(story)
    assert_held(story, "campaign", owned.campaign_id or "", "pause")


@pytest.mark.parametrize("n", [0, 6])
def test_people_on_whatsapp_are_held_and_said(tmp_path: Path, n: int):
    """They have no number to dial: kept back with a reason, never dropped as malformed."""
    story = told(tmp_path)
    make_move(story.scene, "whatsapp", n=n)
    story.run()
    assert_nobody_twice(story)
    assert story.state is not State.HEALTHY
    assert n or "not a phone batch" in story.why
    if story.recoveries[-1].plan_hash:
        rows = plans.contacts(story.ledger, story.recoveries[-1].id)
        kept = [row for row in rows if "whatsapp" in row.why.lower()]
        assert {row.action for row in kept} == {"hold"}
        assert len(kept) == (n or len(rows))


def test_a_row_with_a_redacted_secret_is_held(tmp_path: Path):
    """What the agent would say cannot be said again: the row is kept back."""
    story = told(tmp_path)
    make_move(story.scene, "secret_rows", n=5)
    fault(story, "output_model")
    story.run()
    assert_nobody_twice(story)
    secret = {row.id for row in story.scene.job.rows[-5:]}
    dialled = {row.asked_id for job in story.world.jobs.values() if not job.source for row in job.rows}
    assert not secret & dialled


# Permits


def test_four_recoveries_of_an_account_share_its_permits(tmp_path: Path):
    """Four jobs at once, five permits, one of them kept free: never more than four calls in the air."""
    clock = SharedClock()
    story = told(tmp_path, engine=ledger_file(tmp_path), clock=clock, permits=5, headroom=1)
    others = [story.beside(story.engine, job) for job in more_jobs(story, 3)]
    clock.together(story.run, *(other.run for other in others))
    for one in (story, *others):
        landed(one)
        assert one.state is State.RECOVERED, one.why
    assert story.world.permits.peak_live <= 4
    assert_nobody_twice(story)


def more_jobs(story: Story, count: int) -> list[Job]:
    """Let other jobs of the workspace stall too, each with people of its own."""
    known = {row.phone for row in story.scene.job.rows}
    jobs = []
    for n in range(count):
        stage = Stage(story.world, 160, Random(n))
        fresh = [phone for phone in stage.people() if phone not in known][:24]
        known |= set(fresh)
        stage.people = lambda *_args, fresh=fresh: fresh  # type: ignore[method-assign,misc]
        jobs.append(dead_dispatcher(stage, n)[0])
    return jobs
