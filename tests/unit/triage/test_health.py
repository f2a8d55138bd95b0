"""Check 1: a terminal state before a stall, and a stall with its cause."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from models.enums import Cause, ContactStatus, JobStatus, Severity
from models.platform import Capacity, Config, Contact
from models.triage.checks.health import health, permit_limit
from models.triage.findings import Finding
from models.triage.observation import Observation, Tally
from tests.unit.look_example import JUST_NOW, LONG_AGO, NOW, POLICY, job, look, policy, row, rows

NOT_DIALED, IN_DOUBT, LIVE, REACHED, NOT_REACHED, CANCELLED, UNKNOWN = ContactStatus
FAIL, WARN, OK, UNSURE = Severity.FAIL, Severity.WARN, Severity.OK, Severity.UNKNOWN
ALL_REACHED = rows(REACHED, REACHED)
SOME_LEFT = rows(REACHED, NOT_REACHED, NOT_DIALED)


def told(found: Finding) -> tuple[Severity, Cause]:
    """Return how much a finding weighs and what it names."""
    return found.severity, found.cause


def seen(contacts: Sequence[Contact], status: JobStatus, **fields: Any) -> Observation:
    """Look at contacts in a job of some status."""
    return look(contacts, job(status=status, raw_status=str(status), total=len(contacts), **fields))


@pytest.mark.parametrize(
    ("contacts", "status", "expected"),
    [
        ((), JobStatus.RUNNING, (WARN, Cause.NONE)),
        ((), JobStatus.FINISHED, (WARN, Cause.NONE)),
        (ALL_REACHED, JobStatus.FINISHED, (OK, Cause.ALREADY_FINISHED)),
        (SOME_LEFT, JobStatus.FINISHED, (FAIL, Cause.FELL_SHORT)),
        (rows(REACHED, NOT_REACHED), JobStatus.FINISHED, (FAIL, Cause.FELL_SHORT)),
        (rows(REACHED, NOT_DIALED), JobStatus.FAILED, (FAIL, Cause.FELL_SHORT)),
        (rows(REACHED, CANCELLED), JobStatus.FAILED, (FAIL, Cause.FELL_SHORT)),
        (rows(REACHED, CANCELLED), JobStatus.CANCELLED, (WARN, Cause.UNKNOWN)),
        (SOME_LEFT, JobStatus.PAUSED, (WARN, Cause.UNKNOWN)),
        (SOME_LEFT, JobStatus.UNKNOWN, (UNSURE, Cause.UNKNOWN)),
        (ALL_REACHED, JobStatus.RUNNING, (OK, Cause.ALREADY_FINISHED)),
        (rows(REACHED, CANCELLED), JobStatus.RUNNING, (WARN, Cause.UNKNOWN)),
        (rows(NOT_REACHED, CANCELLED), JobStatus.RUNNING, (WARN, Cause.UNKNOWN)),
    ],
)
def test_the_state_is_looked_at_before_movement(
    contacts: Sequence[Contact], status: JobStatus, expected: tuple[Severity, Cause]
) -> None:
    """An ended, paused, empty or unheard-of state is named as such, however long nothing has moved."""
    assert told(health(seen(contacts, status), POLICY)) == expected


def test_a_job_that_we_stopped_ourselves_fell_short() -> None:
    """A cancel of an earlier recovery is no stranger's: the job is taken up where it was left."""
    found = health(
        look(rows(REACHED, CANCELLED), job(status=JobStatus.CANCELLED, total=2), stopped_by_us=True), POLICY
    )
    assert told(found) == (FAIL, Cause.FELL_SHORT)
    assert found.evidence["left"] == 1


def test_a_short_job_says_what_is_missing() -> None:
    """The sentence and the evidence count who has no end and who was not reached."""
    found = health(seen(SOME_LEFT, JobStatus.FINISHED), POLICY)
    assert (found.evidence["left"], found.evidence["failed"]) == (1, 1)
    assert "1 contact without an end, 1 not reached, of 3" in found.message


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"scheduled_at": NOW + timedelta(hours=2)}, Cause.CALLING_WINDOW),
        ({"scheduled_at": NOW + timedelta(hours=2), "timezone": "Australia/Sydney"}, Cause.CALLING_WINDOW),
        ({"scheduled_at": NOW - timedelta(hours=2)}, Cause.DEAD_DISPATCHER),
        ({"scheduled_at": NOW + timedelta(hours=2), "dispatched": 1}, Cause.UNKNOWN),
        ({"scheduled_at": NOW}, Cause.NONE),
    ],
)
def test_a_job_may_wait_for_its_own_start(fields: dict[str, Any], cause: Cause) -> None:
    """A start ahead of the platform's clock is no stall; once somebody was dispatched, it goes on."""
    contacts = [row(1, NOT_DIALED, updated_at=None)]
    found = health(look(contacts, job(total=1, **fields)), POLICY)
    assert found.cause is cause
    if cause is Cause.CALLING_WINDOW:
        assert "2030-01-01 14:00 UTC" in found.message
        assert fields.get("timezone", "UTC") in found.message


@pytest.mark.parametrize(
    ("moved_at", "seconds", "cause"),
    [
        (JUST_NOW, 300, Cause.NONE),
        (NOW - timedelta(seconds=299), 300, Cause.NONE),
        (NOW - timedelta(seconds=300), 300, Cause.DEAD_DISPATCHER),
        (NOW + timedelta(hours=1), 300, Cause.NONE),
        (None, 300, Cause.DEAD_DISPATCHER),
        (None, 7200, Cause.NONE),
    ],
)
def test_silence_shorter_than_the_policy_says_is_no_stall(
    moved_at: Any, seconds: float, cause: Cause
) -> None:
    """Silence counts from the last change, or from the job's start, on the platform's clock."""
    found = health(look([row(1, NOT_DIALED, updated_at=moved_at)]), policy(stall_seconds=seconds))
    assert found.cause is cause


@pytest.mark.parametrize(
    ("earlier", "cause"),
    [
        (Tally(LONG_AGO, 0, 0, {"not_dialed": 2}), Cause.NONE),
        (Tally(LONG_AGO, 1, 0, {"not_dialed": 1}), Cause.NONE),
        (Tally(LONG_AGO, 0, 1, {"not_dialed": 1}), Cause.NONE),
        (Tally(LONG_AGO, 0, 0, {"not_dialed": 1}), Cause.DEAD_DISPATCHER),
    ],
)
def test_counters_that_differ_from_the_last_look_are_movement(earlier: Tally, cause: Cause) -> None:
    """A platform that dates nothing is still seen to move between two looks."""
    assert health(look([row(1, NOT_DIALED)], earlier=(earlier,)), POLICY).cause is cause


def test_only_the_newest_earlier_look_counts() -> None:
    """What moved before the last look says nothing about now."""
    old, last = Tally(LONG_AGO, 9, 9, {}), Tally(LONG_AGO, 0, 0, {"not_dialed": 1})
    assert health(look([row(1, NOT_DIALED)], earlier=(old, last)), POLICY).cause is Cause.DEAD_DISPATCHER


def test_a_closed_calling_window_is_no_stall() -> None:
    """Where our own window is closed, that is why nothing moves, and it says when it opens."""
    opens = NOW + timedelta(hours=3)
    found = health(look([row(1, NOT_DIALED)]), POLICY, window_opens=opens)
    assert told(found) == (OK, Cause.CALLING_WINDOW)
    assert "2030-01-01 15:00 UTC" in found.message
    assert found.evidence["opens"] == opens.isoformat()


@pytest.mark.parametrize(
    ("contacts", "live", "cause", "said"),
    [
        (rows(IN_DOUBT, IN_DOUBT), 0, Cause.PERMITS, "2 contacts hold permits, and no call can be heard"),
        (rows(IN_DOUBT, NOT_DIALED), 0, Cause.PERMITS, "1 contact holds a permit, and no call can be heard"),
        (rows(IN_DOUBT, IN_DOUBT, NOT_DIALED), 1, Cause.PERMITS, "only 1 call can be heard"),
        (rows(LIVE, LIVE), 2, Cause.PERMITS, "none of them moves"),
        (rows(NOT_DIALED), 5, Cause.PERMITS, "other calls of the workspace"),
        (rows(NOT_DIALED, IN_DOUBT), None, Cause.PERMITS, "does not move"),
        (rows(NOT_DIALED), 4, Cause.DEAD_DISPATCHER, "nobody dispatches"),
        (rows(NOT_DIALED), None, Cause.DEAD_DISPATCHER, "nobody dispatches"),
        (rows(UNKNOWN, REACHED), 0, Cause.UNKNOWN, "no known cause"),
        (rows(REACHED, NOT_REACHED), 0, Cause.FELL_SHORT, "1 not reached"),
    ],
)
def test_a_stall_has_a_cause(contacts: Sequence[Contact], live: int | None, cause: Cause, said: str) -> None:
    """Leaked permits, permits used by others, a dead dispatcher, or an honest unknown."""
    found = health(look(contacts, live=live), POLICY)
    assert found.cause is cause
    assert said in found.message
    assert (found.severity is OK) is (cause is Cause.NONE)


def test_a_job_that_has_just_failed_its_last_contact_is_waited_for() -> None:
    """With every contact ended and some not reached, the platform gets its time to close or to retry."""
    ended = [row(1, REACHED), row(2, NOT_REACHED, updated_at=JUST_NOW)]
    assert told(health(look(ended), POLICY)) == (OK, Cause.NONE)


def test_evidence_is_what_was_counted() -> None:
    """The figures behind the sentence are kept with the finding."""
    found = health(look(rows(REACHED, NOT_DIALED, LIVE), job(total=4, dispatched=2, finished=1)), POLICY)
    assert dict(found.evidence) == {
        "status": "in_progress",
        "expected": 4,
        "rows": 3,
        "dispatched": 2,
        "finished": 1,
        "not_dialed": 1,
        "in_flight": 1,
        "quiet_seconds": 3600,
    }


@pytest.mark.parametrize(
    ("permits", "told_limit", "agent_limit", "expected"),
    [
        (5, None, None, 5),
        (5, 3, None, 3),
        (5, None, 2, 2),
        (5, 9, 8, 5),
        (5, 0, 0, 0),
        (5, None, 0, 5),
        (5, -1, -1, 5),
    ],
)
def test_the_smallest_limit_that_anybody_states_holds(
    permits: int, told_limit: int | None, agent_limit: int | None, expected: int
) -> None:
    """Policy, platform and agent each may state a limit; an agent's 0 and all below it state nothing."""
    shown = Observation(job(), (), Capacity(0, told_limit), Config(True, True, agent_limit=agent_limit))
    assert permit_limit(shown, policy(permits=permits)) == expected


def untimed(still: float, *, moved: bool = False, lately: bool = True) -> Observation:
    """Look at a job whose platform tells no times, and which looks of ours have seen so for so long."""
    contacts = [
        replace(one, updated_at=NOW, first_sight=True) for one in rows(REACHED, NOT_DIALED, NOT_DIALED)
    ]
    plain = seen(contacts, JobStatus.RUNNING, dispatched=1, finished=1)
    before = replace(plain.tally, at=NOW - timedelta(seconds=still))
    other = replace(before, at=before.at - timedelta(seconds=1), dispatched=0)
    kept = (other, before) if not moved else (other,)
    return replace(plain, kept=kept, earlier=kept if lately else (), looked_at=NOW)


def test_a_platform_without_times_is_never_healthy_at_first_sight() -> None:
    """What nobody can tell holds: a job seen once is neither moving nor stalled, and is told when to look."""
    first = replace(untimed(0), kept=(), earlier=())
    found = health(first, POLICY)
    assert told(found) == (UNSURE, Cause.UNKNOWN)
    assert "cannot be told yet" in found.message
    assert "ringback triage" in found.evidence["asks"]


@pytest.mark.parametrize(
    ("seconds", "expected"), [(30, (UNSURE, Cause.UNKNOWN)), (10_000, (FAIL, Cause.DEAD_DISPATCHER))]
)
def test_a_stall_without_times_shows_between_looks(seconds: float, expected: tuple[Severity, Cause]) -> None:
    """The same counters in looks a stall time apart are a stall; closer together they prove nothing."""
    look_now = untimed(seconds, lately=False)
    assert told(health(look_now, POLICY)) == expected
    assert look_now.quiet_seconds == seconds


def test_counters_that_moved_lately_are_movement_without_times() -> None:
    """A look of the last stall time that showed other counters is proof that the job moves."""
    assert told(health(untimed(30, moved=True), POLICY)) == (OK, Cause.NONE)


def test_counters_that_moved_long_ago_prove_nothing() -> None:
    """The job may have stood still ever since a look of long ago."""
    assert told(health(untimed(10_000, moved=True, lately=False), POLICY)) == (UNSURE, Cause.UNKNOWN)


def test_one_real_time_is_enough() -> None:
    """Where any row has a time of the platform's, that is believed, and first sights are not."""
    one, *rest = untimed(0).rows
    told_by_platform = replace(one, updated_at=LONG_AGO, first_sight=False)
    mixed = replace(untimed(0), rows=(told_by_platform, *rest), kept=(), earlier=())
    assert not mixed.untimed
    assert told(health(mixed, POLICY)) == (FAIL, Cause.DEAD_DISPATCHER)


def test_a_job_without_times_that_sleeps_has_not_stalled() -> None:
    """Since our looks saw it still, and not since it was made, is what calling hours are held against."""
    asleep = untimed(10_000, lately=False)
    assert asleep.last_moved == NOW - timedelta(seconds=10_000)
    opens = NOW + timedelta(hours=1)
    assert told(health(asleep, POLICY, window_opens=opens)) == (OK, Cause.CALLING_WINDOW)
