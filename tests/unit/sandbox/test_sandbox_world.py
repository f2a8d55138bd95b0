"""The sandbox's engine: permits, dispatch, cancel, retry, and the truth that it records."""

from collections import Counter
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deployments.sandbox.engine.entities import Agent, Job, JobSubmission, Number
from deployments.sandbox.engine.faults import Faults, make_fault
from deployments.sandbox.engine.outcomes import OUTCOMES
from deployments.sandbox.engine.people import CLEAR, POISON
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.objects import call_body
from tests.sure import sure

NOW = 1_800_000_000.0
LONG = 1_000_000.0
AGENT = Agent("agent_1", "Renewals agent")
NUMBER = Number("phnum_1", "+61255501234", "Sydney line", AGENT)


def order(contacts: int = 20, **wishes: Any) -> JobSubmission:
    """Ask for a job of so many distinct people."""
    rows = tuple((None, f"+614915700{n:02d}", None) for n in range(contacts))
    return JobSubmission(name="Spring", agent=AGENT, number_id=NUMBER.id, rows=rows, **wishes)


def world(**wishes: Any) -> World:
    """Open an empty world at a fixed time."""
    return World("seed", NOW, **wishes)


def statuses(job: Job) -> Counter[str]:
    """Count a job's rows by status."""
    return Counter(row.status for row in job.rows)


def dials(it: World) -> list[tuple[float, str, str, float | None]]:
    """List every dial with its times, phone and outcome."""
    return [(call.started_at, call.row.phone, call.outcome.key, call.ended_at) for call in it.calls.values()]


def test_a_world_plays_the_same_however_often_it_is_asked() -> None:
    """The same seed and orders give the same dials, in one step or in a thousand."""
    once, often = world(), world()
    once.submit(order())
    often.submit(order())
    once.advance(NOW + 500)
    for step in range(1000):
        often.advance(NOW + step / 2)
    often.advance(NOW + 500)
    assert dials(once) == dials(often) != []


def test_a_clock_that_goes_backwards_changes_nothing() -> None:
    """An earlier clock value neither replays nor loses anything."""
    it = world()
    job = it.submit(order())
    it.advance(NOW + 30)
    before = (statuses(job), dials(it), it.now)
    it.advance(NOW - 30)
    assert (statuses(job), dials(it), it.now) == before


@pytest.mark.parametrize(("cap", "peak"), [(None, 5), (3, 3), (50, 10)])
def test_a_job_holds_no_more_permits_than_its_cap_and_the_workspace_allow(cap: int | None, peak: int) -> None:
    """Without a cap a job takes half the workspace; with one, never more than the workspace has."""
    it = world(permits=10)
    job = it.submit(order(40, cap=cap))
    it.advance(NOW + LONG)
    assert it.permits.peak_held == peak
    assert (it.permits.held, job.held, job.status) == (0, 0, "completed")


def test_two_jobs_share_the_workspace() -> None:
    """Jobs together never hold more permits than the workspace has, and all of them finish."""
    it = world(permits=4)
    jobs = [it.submit(order(cap=4)) for _ in range(3)]
    it.advance(NOW + LONG)
    assert it.permits.peak_held == 4
    assert {job.status for job in jobs} == {"completed"}


def test_the_platform_dedupes_nothing() -> None:
    """The same order twice dials everybody twice: the sandbox protects nobody."""
    it = world()
    it.submit(order())
    it.submit(order())
    it.advance(NOW + LONG)
    assert set(Counter(call.row.phone for call in it.calls.values()).values()) == {2}


def test_a_row_goes_through_the_documented_states() -> None:
    """A row is seen pending, dispatched, initiated, in_progress and completed, in this order."""
    it = world(mix={"answered": 1})
    row = it.submit(order(1)).rows[0]
    seen = [row.status]
    for tenth in range(2000):
        it.advance(NOW + tenth / 10)
        seen += [row.status] if row.status != seen[-1] else []
    assert seen == ["pending", "dispatched", "initiated", "in_progress", "completed"]


def test_a_scheduled_job_waits_for_its_hour() -> None:
    """Before its scheduled time a job reads pending and dials nobody."""
    it = world()
    job = it.submit(order(scheduled_at=NOW + 3600))
    it.advance(NOW + 3599)
    assert (job.status, len(it.calls)) == ("pending", 0)
    it.advance(NOW + 3700)
    assert job.status == "in_progress"
    assert min(call.started_at for call in it.calls.values()) >= NOW + 3600


def test_speed_divides_durations_and_leaves_the_clock_alone() -> None:
    """Sixty times the speed plays a call in a sixtieth of the time, from the same moment."""
    slow, fast = world(mix={"answered": 1}), world(mix={"answered": 1}, speed=60)
    for it in (slow, fast):
        it.submit(order(1))
        it.advance(NOW + LONG)
    (one,), (other,) = slow.calls.values(), fast.calls.values()
    assert (sure(one.ended_at) - NOW) / 60 == pytest.approx(sure(other.ended_at) - NOW, rel=1e-4)
    assert sure(other.ended_at) - NOW < 2


def test_cancel_lets_live_calls_finish_and_overwrites_every_row() -> None:
    """After a cancel nothing new is handed over, every row reads cancelled, and calls in the air go on."""
    it = world(permits=10)
    job = it.submit(order(40))
    it.advance(NOW + 20)
    handed_over, live = job.dispatched, it.permits.live
    calls = {row.id: row.call.id for row in job.rows if row.call}
    it.cancel(job)
    assert (statuses(job), job.status) == ({"cancelled": 40}, "cancelled")
    assert {row.id: row.call.id for row in job.rows if row.call} == calls
    assert it.permits.live == live > 0
    it.advance(NOW + LONG)
    assert (len(it.calls), statuses(job), job.status) == (handed_over, {"cancelled": 40}, "cancelled")
    assert (it.permits.held, it.permits.live) == (0, 0)


def test_cancel_sets_leaked_permits_free() -> None:
    """A permit that is held for nothing comes free when its job is cancelled."""
    it = world(permits=4)
    it.faults.add(make_fault("lose_delivery", count=4))
    job = it.submit(order(cap=4))
    it.advance(NOW + LONG)
    assert (it.permits.held, it.permits.live, len(it.calls), statuses(job)["dispatched"]) == (4, 0, 0, 4)
    it.cancel(job)
    assert it.permits.held == 0


def test_retry_calls_failed_rows_again_and_nobody_else() -> None:
    """The platform's own retry redials every failed row, whatever its reason, and counts itself."""
    it = world(mix={"answered": 0.5, "invalid_404": 0.5})
    job = it.submit(order())
    it.advance(NOW + LONG)
    failed = {row.phone for row in job.rows if row.status == "failed"}
    first = len(it.calls)
    it.retry(job)
    it.advance(NOW + 2 * LONG)
    again = [call.row.phone for call in list(it.calls.values())[first:]]
    assert (set(again), len(again), job.retries) == (failed, len(failed), 1)
    assert (job.dispatched, job.finished, job.status) == (20, 20, "completed")


def test_a_retry_within_the_wrap_up_keeps_the_count_of_permits() -> None:
    """A row that is handed over again before its old permit is back holds two for a moment, never fewer."""
    it = world(permits=4, mix={"busy": 1})
    job = it.submit(order(3, cap=4))
    while job.finished < 3:
        it.advance(it.now + 0.1)
    assert it.permits.held > 0
    it.retry(job)
    it.advance(NOW + LONG)
    assert (it.permits.held, job.held, len(it.calls)) == (0, 0, 6)


def test_a_delivery_can_come_twice() -> None:
    """At-least-once delivery dials the same row twice and records both dials."""
    it = world()
    it.faults.add(make_fault("duplicate_delivery"))
    job = it.submit(order(5))
    it.advance(NOW + LONG)
    assert sorted(call.delivery for call in it.calls.values()) == [1, 1, 1, 1, 1, 2]
    assert (job.finished, job.status, it.permits.held) == (5, "completed", 0)


def test_a_cancelled_job_can_wake_up() -> None:
    """After a wake_cancelled fault the job dials those who were pending when it was cancelled."""
    it = world(permits=2)
    it.faults.add(make_fault("wake_cancelled", seconds=5))
    job = it.submit(order())
    it.advance(NOW + 10)
    dialled = {row.phone for row in job.rows if row.status != "pending"}
    it.cancel(job)
    it.advance(NOW + LONG)
    late = {call.row.phone for call in it.calls.values() if call.started_at > NOW + 15}
    assert late == {row.phone for row in job.rows} - dialled


def test_a_deleted_job_never_wakes_up() -> None:
    """A job that is gone dials nobody, even where a cancelled one would have woken."""
    it = world(permits=2)
    it.faults.add(make_fault("wake_cancelled", seconds=5))
    job = it.submit(order())
    it.advance(NOW + 10)
    handed_over = job.dispatched
    it.delete(job)
    it.advance(NOW + LONG)
    assert (len(it.calls), it.permits.held) == (handed_over, 0)


def test_a_platform_can_ignore_the_cap_but_not_the_workspace() -> None:
    """Under ignore_cap a job of cap 1 fills the workspace, and no more."""
    it = world(permits=4)
    it.faults.add(make_fault("ignore_cap"))
    it.submit(order(cap=1))
    it.advance(NOW + LONG)
    assert it.permits.peak_held == 4


@pytest.mark.parametrize("key", OUTCOMES)
def test_every_outcome_is_told_as_the_wire_format_tells_it(key: str) -> None:
    """Only calls whose answer was noticed have an accept time and a length; the error is the SIP status."""
    it = world(mix={key: 1})
    it.submit(order(1))
    it.advance(NOW + LONG)
    (call,) = it.calls.values()
    told, outcome = call_body(call, NUMBER, Faults("none"))["metadata"], OUTCOMES[key]
    noticed = outcome.answered and not outcome.blind
    assert (told["accepted_time_unix_secs"] is not None) == noticed
    assert (told["call_duration_secs"] > 0) == noticed
    error = told["error"] and (told["error"]["code"], told["error"]["reason"])
    if noticed:
        assert error == outcome.error
    elif outcome.sip:
        assert error == (outcome.sip, outcome.phrase)
        assert told["termination_reason"] == f"call failed to connect: {outcome.sip} {outcome.phrase}"
    else:
        assert (error, told["termination_reason"]) == (None, "")


def test_poison_looks_well_at_first() -> None:
    """The first twenty dials of later jobs go through; of the rest more than half fail for the provider."""
    it = world(mix={"answered": 1}, permits=40)
    it.people.weather = POISON
    it.submit(order(100, cap=1))
    it.advance(NOW + LONG)
    went = [call.outcome.answered for call in it.calls.values()]
    assert all(went[:20])
    assert 0.45 <= went[20:].count(False) / 80 <= 0.75
    it.people.weather = CLEAR
    later = it.submit(order(100))
    it.advance(NOW + 2 * LONG)
    assert statuses(later) == {"completed": 100}


ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("advance"), st.floats(0.1, 60)),
        st.tuples(st.just("submit"), st.integers(1, 12)),
        st.tuples(st.sampled_from(["cancel", "retry", "delete"]), st.integers(0, 5)),
        st.tuples(
            st.just("fault"),
            st.sampled_from(["lose_delivery", "duplicate_delivery", "wake_cancelled", "ignore_cap"]),
        ),
    ),
    max_size=30,
)


def act(it: World, what: str, value: Any) -> None:
    """Do one of the drawn actions."""
    jobs = list(it.jobs.values())
    if what == "advance":
        it.advance(it.now + value)
    elif what == "submit":
        it.submit(order(value))
    elif what == "fault":
        it.faults.add(make_fault(value))
    elif jobs:
        getattr(it, what)(jobs[value % len(jobs)])


@settings(max_examples=150, deadline=None)
@given(ACTIONS)
def test_the_books_balance_whatever_is_done_to_a_world(actions: list[tuple[str, float | str]]) -> None:
    """Permits never pass the limit or go below zero, and in the end only lost deliveries still hold one."""
    it = world(permits=5)
    for what, value in actions:
        act(it, what, value)
    it.advance(it.now + LONG)
    assert it.permits.peak_held <= 5
    assert all(held >= live >= 0 for _, held, live in it.permits.samples)
    assert all(before <= after for (before, *_), (after, *_) in pairwise(it.permits.samples))
    assert it.permits.live == 0
    leaked = sum(row.holds for job in it.jobs.values() for row in job.rows)
    assert (
        it.permits.held
        == leaked
        <= sum(fault.strikes for fault in it.faults.all if fault.name == "lose_delivery")
    )
