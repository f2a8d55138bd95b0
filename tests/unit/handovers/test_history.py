"""Movement between hand-overs: two moments apart, never one moment twice."""

import pytest

from models.enums import Cause, ContactStatus, JobStatus, Severity
from models.handovers.history import HandoverPoint, stillness
from models.triage.checks.health import health
from models.triage.diagnosis import _what_to_do
from tests.unit.handovers.examples import at
from tests.unit.look_example import job, look, policy, rows

WAITING = rows(ContactStatus.REACHED, ContactStatus.NOT_DIALED)
STALL = policy(stall_seconds=300)


def moments(*told: tuple[float, int | None, dict[str, int] | None]) -> tuple[HandoverPoint, ...]:
    """Return hand-overs, each with its second, its counter and its report's rows."""
    return tuple(HandoverPoint(at(second), count, rows) for second, count, rows in told)


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ([(0, 3, None)], (None, False)),
        ([(0, 3, None), (900, 3, None)], (0, False)),
        ([(0, 3, None), (900, 5, None)], (None, True)),
        ([(0, 3, None), (900, 5, None), (1800, 5, None)], (900, False)),
        ([(0, None, {"reached": 2}), (900, None, {"reached": 2})], (0, False)),
        ([(0, 3, {"reached": 2}), (900, 3, {"reached": 3})], (None, True)),
        ([(0, 3, None), (900, None, {"reached": 3})], (None, False)),
        ([(0, None, None), (900, None, None)], (None, False)),
        ([(0, 3, None), (450, None, None), (900, 3, None)], (0, False)),
    ],
)
def test_only_what_both_moments_tell_is_compared(
    told: list[tuple[float, int | None, dict[str, int] | None]], expected: tuple[float | None, bool]
) -> None:
    """A counter is compared with a counter and rows with rows; what cannot be compared says nothing."""
    seen = stillness(moments(*told))
    since = None if expected[0] is None else at(expected[0])
    assert (seen.since, seen.moved) == (since, expected[1])


def test_no_hand_over_is_no_judgement() -> None:
    """Stillness of nothing is an error of ours, not a stall."""
    with pytest.raises(ValueError, match="at least one"):
        stillness([])


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        ([(0, 1, None)], Cause.UNKNOWN),
        ([(0, 1, None), (200, 1, None)], Cause.UNKNOWN),
        ([(0, 1, None), (400, None, None)], Cause.UNKNOWN),
        ([(0, 1, None), (400, 2, None)], Cause.NONE),
        ([(0, 1, None), (400, 1, None)], Cause.DEAD_DISPATCHER),
    ],
)
def test_a_stall_needs_two_moments_apart(
    told: list[tuple[float, int | None, dict[str, int] | None]], cause: Cause
) -> None:
    """A running job has stalled only where two hand-overs, a stall's time apart, tell the same."""
    found = health(look(WAITING, job(total=2, finished=1, dispatched=1), handed=moments(*told)), STALL)
    assert found.cause is cause


def test_the_hand_over_that_is_needed_is_named() -> None:
    """Where one moment is not enough, the next action says from when on another one tells."""
    seen = look(WAITING, job(total=2, finished=1, dispatched=1), handed=moments((0, 1, None)))
    found = health(seen, STALL)
    assert found.severity is Severity.UNKNOWN
    assert "at 2030-01-01 12:06 UTC or later" in _what_to_do(found)
    assert "ringback observe job-1" in _what_to_do(found)


@pytest.mark.parametrize(
    ("status", "words"),
    [(JobStatus.SCHEDULED, "nobody has run it"), (JobStatus.CANCELLED, "was deleted")],
)
def test_what_nobody_runs_has_not_stalled(status: JobStatus, words: str) -> None:
    """A pending job waits for somebody to run it, a deleted one for somebody to decide: both hold."""
    still = moments((0, 0, None), (900, 0, None))
    of = job(status=status, raw_status=str(status), total=2)
    found = health(look(rows(ContactStatus.NOT_DIALED), of, handed=still), STALL)
    assert found.cause is Cause.UNKNOWN
    assert words in found.message
