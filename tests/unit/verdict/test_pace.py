"""The pace of a job: what the window counts, how the clock stops at night, and when silence is a stall."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.estimate.eta import Eta
from models.estimate.job import Progress, estimate, measure
from models.estimate.pace import open_between, silence_limit

START = datetime(2026, 3, 2, 10, tzinfo=UTC)


def _at(seconds: float) -> datetime:
    """Return a moment after the start."""
    return START + timedelta(seconds=seconds)


def _likely(eta: Eta) -> datetime:
    """Return when everybody will likely be dispatched."""
    assert eta.dispatched is not None
    return eta.dispatched.likely


def _office_hours(start: datetime, seconds: float) -> datetime:
    """Run the clock from 9 to 17 only, every day."""
    while True:
        opens, closes = start.replace(hour=9, minute=0, second=0), start.replace(hour=17, minute=0, second=0)
        start = max(start, opens)
        left = (closes - start).total_seconds()
        if 0 < seconds <= left:
            return start + timedelta(seconds=seconds)
        if seconds <= 0:
            return start
        seconds -= max(0.0, left)
        start = opens + timedelta(days=1)


def test_the_clock_stands_still_outside_calling_windows() -> None:
    """An hour of work left at half past four is done at half past nine, and the night is no stall."""
    evening = START.replace(hour=16, minute=30)
    events = [evening - timedelta(seconds=10 * at) for at in range(200)]
    progress = Progress(pending=360, in_air=5, ended_at=events)
    assert estimate(progress, evening, _office_hours).rate == pytest.approx(0.1)
    assert _likely(estimate(progress, evening, _office_hours)) == _at(84600)
    morning = START.replace(hour=9, minute=1) + timedelta(days=1)
    late = [at + timedelta(minutes=29) for at in events]
    again = estimate(Progress(pending=360, in_air=5, ended_at=late), morning, _office_hours)
    assert again.rate == pytest.approx(0.1, rel=0.25)


@given(st.floats(0, 200_000), st.floats(0, 60_000))
@settings(max_examples=50, deadline=None)
def test_open_time_is_measured_as_it_is_spent(begin: float, seconds: float) -> None:
    """The open seconds up to the moment at which so many have passed are just as many."""
    end = _office_hours(_at(begin), seconds)
    assert open_between(_at(begin), end, _office_hours) == pytest.approx(seconds, abs=0.01)


@pytest.mark.parametrize(("in_air", "rate"), [(80, 2.0), (800, 1900 / 1200)])
def test_the_window_grows_with_the_calls(in_air: int, rate: float) -> None:
    """Ten minutes are enough for short calls; for long ones the pace is taken over three of them."""
    slow, fast = [_at(second) for second in range(1000)], [_at(1000 + at / 2) for at in range(1400)]
    pace = measure(Progress(100, in_air, ended_at=[*slow, *fast]), _at(1700))
    assert pace is not None
    assert pace.rate == pytest.approx(rate, rel=0.01)


def test_a_slow_job_is_measured_over_a_hundred_events() -> None:
    """One dispatch a minute is few in ten minutes, so the window reaches back to a hundred of them."""
    events = [_at(30 * at) for at in range(100)] + [_at(3000 + 60 * at) for at in range(100)]
    pace = measure(Progress(100, 1, ended_at=events), _at(9000))
    assert pace is not None
    assert pace.rate == pytest.approx(1 / 60, rel=0.02)


def test_silence_becomes_a_stall_by_the_usual_pace() -> None:
    """One event a minute may pause for seven minutes, a fast job for five, one that never moved for five."""
    assert silence_limit(1 / 60) == pytest.approx(60 * math.log(1000))
    assert silence_limit(2.0) == 300
    assert silence_limit(0.0) == 300
    assert silence_limit(0.01, floor=30) == pytest.approx(690.8, abs=0.1)


def test_events_of_one_moment_are_no_pace() -> None:
    """Thirty dispatches that all happened just now give no rate, and no permits are made up to give one."""
    eta = estimate(Progress(100, ended_at=[START] * 30), START)
    assert eta.dispatched is None
    assert eta.message().startswith("No estimate")
