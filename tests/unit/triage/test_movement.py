"""Movement over stored snapshots: what a sweep leaves alone, and what it reads in whole."""

from datetime import UTC, datetime, timedelta

import pytest

from models.triage.movement import Movement, movement
from models.triage.observation import Tally

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def tally(minutes: float, dispatched: int, finished: int = 0, **counts: int) -> Tally:
    """Return the counters of a job some minutes after noon."""
    return Tally(NOON + timedelta(minutes=minutes), dispatched, finished, counts)


def judged(*tallies: Tally) -> Movement:
    """Judge at the moment of the last one."""
    return movement(tallies, tallies[-1].at)


@pytest.mark.parametrize(
    ("tallies", "is_new", "quiet"),
    [
        ([tally(0, 5)], True, 0),
        ([tally(0, 5), tally(5, 6)], False, 0),
        ([tally(0, 5), tally(5, 5, 1)], False, 0),
        ([tally(0, 5), tally(5, 5)], False, 300),
        ([tally(0, 4), tally(5, 5), tally(10, 5), tally(15, 5)], False, 600),
        ([tally(0, 5), tally(5, 6), tally(10, 5)], False, 0),
        ([tally(0, 5, not_dialed=3), tally(5, 5), tally(6, 5, not_dialed=3)], False, 360),
        ([tally(0, 5, not_dialed=3), tally(6, 5, not_dialed=2)], False, 0),
    ],
)
def test_silence_lasts_since_the_counters_last_changed(
    tallies: list[Tally], is_new: bool, quiet: float
) -> None:
    """Silence is the age of the oldest snapshot in a row that equals the newest; rows count where read."""
    assert judged(*tallies) == Movement(is_new, quiet)


def test_only_new_and_silent_jobs_are_read_in_whole() -> None:
    """A moving job costs one line of the listing; one that is new or silent for too long is triaged."""
    assert judged(tally(0, 5)).needs_a_look(300)
    assert judged(tally(0, 5), tally(5, 5)).needs_a_look(300)
    assert not judged(tally(0, 5), tally(4, 5)).needs_a_look(300)
    assert not judged(tally(0, 5), tally(60, 6)).needs_a_look(300)


def test_a_clock_that_went_back_is_no_silence() -> None:
    """A snapshot of the future makes no negative silence."""
    assert movement([tally(5, 5), tally(9, 5)], NOON).quiet_seconds == 0


def test_no_snapshot_is_a_mistake() -> None:
    """Judging nothing is an error, not a moving job."""
    with pytest.raises(ValueError, match="at least the snapshot of now"):
        movement([], NOON)


def test_movement_is_said_in_words() -> None:
    """The summary says whether the counters moved, and if not for how long."""
    assert "have moved" in judged(tally(0, 5), tally(5, 6)).message
    assert "still for 240 s" in judged(tally(0, 5), tally(4, 5)).message
