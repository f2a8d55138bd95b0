"""Each situation in which people were called twice, played again: nobody is, and a hold says why."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import pytest

from deployments.sandbox.engine.entities import Job
from deployments.sandbox.engine.moves import make_move, newest_wave
from deployments.sandbox.scenarios.builder import Stage
from deployments.sandbox.scenarios.stalled import dead_dispatcher
from models.enums import State
from models.plan.markers import read_marker
from tasks import fault_points
from tasks.clock import VirtualClock
from tasks.dispatch.fence import MOVED_ON
from tasks.finish.report import report_of
from tasks.ledger import plans
from tests.chaos.stateful.story import Story
from tests.chaos.together import SharedClock
from tests.chaos.world.moving import (
    MORNING,
    asking,
    assert_held,
    assert_nobody_twice,
    fault,
    landed,
    ledger_file,
    ours,
    start_second,
    told,
    twice,
)

# A ledger that goes back


def test_a_ledger_from_before_the_approval_calls_nobody_again(tmp_path: Path) -> None:
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
def test_a_ledger_from_the_middle_of_the_waves_calls_nobody_again(
    tmp_path: Path, where: str, nth: int
) -> None:
    """The copy was made at a wave; one sweep goes on with it, and nobody is asked."""
    story = told(tmp_path)
    copies: list[bytes] = []
    story.run(nth, lambda: copies.append(story.backup()), where=where)
    assert story.recoveries[-1].state == State.RECOVERED
    called = ours(story)
    story.restore(copies[0])
    story.wait_for_the_lease()
    story.run()
    assert story.state in {State.HELD, State.RECOVERED}
    if story.state is State.HELD:
        assert_held(story, "on the platform and not in this ledger", "restored")
    assert ours(story) == called
    assert_nobody_twice(story)


def test_a_second_recovery_from_an_old_copy_calls_nobody_again(tmp_path: Path) -> None:
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


def test_two_ledgers_one_after_the_other_call_everybody_once(tmp_path: Path) -> None:
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
) -> None:
    """Whenever the other one begins, both together call at most one wave's people twice, and both say so."""
    story = told(tmp_path, calling_window=window, clock=VirtualClock(MORNING))
    other = story.beside()
    story.run(touch, other.run)
    found = twice(story, other)
    assert not found.sure
    assert len(found.raced) <= 5
    assert {story.state, other.state} != {State.RECOVERED}


@pytest.mark.parametrize("apart", [0.0, 1.0, 20.0, 100.0])
def test_two_ledgers_at_the_same_moment_cost_one_wave_at_most(tmp_path: Path, apart: float) -> None:
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
def test_a_ledger_whose_plan_waited_steps_back_before_it_calls_anybody(tmp_path: Path) -> None:
    """Another one has begun since the plan: its first wave is older than ours, which is not sent."""
    story, other = both_approved(tmp_path, 0)
    found = twice(story, other)
    assert (found.sure, found.raced) == (frozenset(), frozenset())
    assert {story.state, other.state} == {State.RECOVERED, State.HELD}
    assert "steps back" in f"{story.why} {other.why}"


@pytest.mark.strikes("witness.younger_ledger", "witness.older_ledger")
@pytest.mark.parametrize("unseen", [15.0, 40.0])
def test_two_ledgers_that_cannot_see_each_other_yet_cost_one_wave(tmp_path: Path, unseen: float) -> None:
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
def test_a_second_job_started_while_the_plan_waits_keeps_its_people(tmp_path: Path, window: str) -> None:
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


def test_whom_the_source_takes_up_while_the_plan_waits_is_not_forgotten(tmp_path: Path) -> None:
    """The dispatcher wakes for a moment: nobody it called is called again, and the good end names them."""
    story = asking(tmp_path)
    waiting = [row for row in story.scene.job.rows if row.call is None]
    story.world.people.at(waiting[0].phone).fate = "unavailable_503"
    make_move(story.scene, "dispatcher_back")
    story.clock.sleep(12)
    story.world.advance(story.now)
    make_move(story.scene, "dispatcher_dead")
    story.clock.sleep(120)
    story.decide(approved=True)
    story.run()
    assert_nobody_twice(story)
    left = plans.skipped_under(story.ledger, story.recoveries[-1].id, MOVED_ON)
    assert left
    assert story.state is State.RECOVERED
    assert f"{len(left)} contact" in story.recoveries[-1].next_action
    assert "left to the source job" in story.recoveries[-1].next_action
    assert "run recover again" in story.recoveries[-1].next_action
    people = report_of(story.ledger, story.recoveries[-1].id)["people"]
    assert (people["left_to_source"], people["elsewhere"]) == (len(left), 0)


@pytest.mark.parametrize("n", [5, 12])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_second_job_for_some_leaves_the_others_to_us(tmp_path: Path, nth: int, n: int) -> None:
    """Between two waves a person calls the last rows again: they leave, the others are called."""
    story = told(tmp_path)
    story.run(nth + 1, lambda: start_second(story, n), where="before listing jobs")
    found = twice(story)
    assert not found.sure
    assert ours(story) >= 5


def test_a_retry_of_the_source_by_a_person_is_not_called_twice(tmp_path: Path) -> None:
    """The platform's own retry button was pressed while the plan waited."""
    story = told(tmp_path, "fell-short", approval="ask")
    story.run()
    make_move(story.scene, "retry_job")
    story.clock.sleep(30)
    story.decide(approved=True)
    story.run()
    assert_nobody_twice(story)
    assert story.state is not State.HEALTHY


def test_a_retry_of_a_wave_by_a_person_is_told(tmp_path: Path) -> None:
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


def meanwhile(story: Story, point: str, nth: int, act: Callable[[], object]) -> None:
    """Let the process that recovers sleep at its nth passing of a fault point, while something happens."""
    left = nth

    def passed(name: str) -> None:
        nonlocal left
        left -= name == point
        if name == point and left == 0:
            fault_points.arm(None)
            act()

    fault_points.arm(passed)
    try:
        story.run()
    finally:
        fault_points.arm(None)


@pytest.mark.strikes("witness.retried_wave")
@pytest.mark.parametrize("nth", [2, 3])
def test_a_retry_of_a_settled_wave_is_noticed_before_the_next_one(tmp_path: Path, nth: int) -> None:
    """A wave that has settled is not read any more: the listing tells that somebody pressed retry on it."""
    story = told(tmp_path)
    meanwhile(story, "wave.before_intent", nth, lambda: retry_first_wave(story))
    assert_held(story, "was retried on the platform")
    assert "leave retries to ringback" in story.recoveries[-1].next_action
    assert not twice(story).sure


def retry_first_wave(story: Story) -> None:
    """Let a person press retry on the first wave."""
    first = next(job for job in story.world.jobs.values() if read_marker(job.order.name))
    story.world.retry(first)


@pytest.mark.strikes("dispatch.old_look")
def test_a_process_that_slept_after_its_look_looks_again_for_another_ledger(tmp_path: Path) -> None:
    """Between the listing and the send another ledger recovers the whole job: nobody is called again."""
    story = told(tmp_path, "fell-short", lease_seconds=7200)
    other = story.beside()
    meanwhile(story, "wave.before_intent", 1, other.run)
    assert not twice(story, other).sure
    assert len(story.ours()) == len({dial.digits for dial in other.ours()})
    assert_held(story, "another ledger works on this job")


def second_and_sleep(story: Story, n: int) -> None:
    """Let a person start a second job, and the process sleep over it."""
    start_second(story, n)
    story.clock.sleep(120)


@pytest.mark.strikes("dispatch.old_look", "dispatch.newer_job")
@pytest.mark.parametrize("n", [5, 40])
def test_a_process_that_slept_after_its_look_leaves_out_whom_a_person_called(tmp_path: Path, n: int) -> None:
    """A person starts a second job while the process sleeps between its look and its send."""
    story = told(tmp_path)
    meanwhile(story, "wave.before_intent", 1, partial(second_and_sleep, story, n))
    assert not twice(story).sure


@pytest.mark.parametrize("nth", [1, 2])
def test_a_process_that_slept_before_the_request_itself_sends_nothing(tmp_path: Path, nth: int) -> None:
    """Written down and not yet sent: what the platform told before a sleep is no reason to send."""
    story = told(tmp_path)
    meanwhile(story, "wave.before_send", nth, partial(second_and_sleep, story, 40))
    sent = len(story.ours())
    story.clock.sleep(3600)
    story.run()
    assert nth > 1 or sent == 0
    assert not twice(story).sure


def test_a_deleted_source_calls_nobody(tmp_path: Path) -> None:
    """The job is thrown away while the plan waits: nothing is sent for a job that is gone."""
    story = asking(tmp_path)
    make_move(story.scene, "delete_job")
    story.decide(approved=True)
    story.run()
    assert ours(story) == 0
    assert story.state in {State.HELD, State.ESCALATED}


# Who else will call


@pytest.mark.parametrize("seconds", [60, 600, 5_000])
def test_a_job_of_a_campaign_is_held_and_the_campaign_is_named(tmp_path: Path, seconds: float) -> None:
    """It calls again by itself: nobody is redialled, and the sentence says where to pause it."""
    story = told(tmp_path)
    owned = make_move(story.scene, "campaign", seconds=seconds)
    story.run()
    assert_nobody_twice(story)
    assert_held(story, "campaign", owned.campaign_id or "", "pause")


@pytest.mark.parametrize("n", [0, 6])
def test_people_on_whatsapp_are_held_and_said(tmp_path: Path, n: int) -> None:
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


def test_a_row_with_a_redacted_secret_is_held(tmp_path: Path) -> None:
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


def test_four_recoveries_of_an_account_share_its_permits(tmp_path: Path) -> None:
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
        stage.people = lambda *_args, fresh=fresh: fresh  # type: ignore[method-assign]
        jobs.append(dead_dispatcher(stage, n)[0])
    return jobs
