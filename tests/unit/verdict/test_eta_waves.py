"""The estimate of a recovery in waves: careful ones first, then all permits, and the last call of all."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.estimate.eta import Basis
from models.estimate.waves import IN_USE, LAST_IDLE, TakenWave, WavesProgress, estimate_waves

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
LENGTHS = (10, 20, 30, 40, 50)
"""Seconds of the five calls of a careful wave: 30 in the mean, and 50 until the next one goes."""


def _at(seconds: float) -> datetime:
    """Return a moment after the start."""
    return START + timedelta(seconds=seconds)


def _wave(
    begun: float, *ended: float, cap: int = 5, size: int | None = None, careful: bool = True
) -> TakenWave:
    """Return a wave with ends so many seconds after its begin; who has none is open."""
    size = len(ended) if size is None else size
    return TakenWave(
        _at(begun), size, cap, size - len(ended), tuple(_at(begun + s) for s in ended), is_careful=careful
    )


def _likely(progress: WavesProgress, now: float) -> tuple[float, float]:
    """Return the likely seconds until all are called, and until the last call has ended."""
    eta = estimate_waves(progress, _at(now))
    assert eta.dispatched is not None
    assert eta.finished is not None
    return (eta.dispatched.likely - _at(now)).total_seconds(), (
        eta.finished.likely - _at(now)
    ).total_seconds()


def test_careful_waves_are_counted_one_after_the_other() -> None:
    """Fifteen more who go five at a time take three waves of a minute, however many permits there are."""
    waves = (_wave(0, *LENGTHS), _wave(60, *LENGTHS))
    whole, _ = _likely(WavesProgress(left=300, careful=15, waves=waves, permits=30), 110)
    bulk, _ = _likely(WavesProgress(left=285, careful=0, waves=waves, permits=30), 110)
    assert whole == pytest.approx(bulk + 3 * 55, abs=1)


def test_the_slow_beginning_is_not_taken_for_the_pace() -> None:
    """Ten calls in two minutes of a sample do not make hundreds an affair of an hour: thirty permits will."""
    waves = (_wave(0, *LENGTHS), _wave(60, *LENGTHS))
    dispatched, finished = _likely(WavesProgress(left=300, careful=0, waves=waves, permits=30), 110)
    assert dispatched == pytest.approx((300 - 30) / IN_USE + LAST_IDLE * 30)
    assert dispatched < finished < dispatched + 2 * max(LENGTHS)


def test_a_full_relaunch_is_counted() -> None:
    """Where all permits were at work for a while, what they worked off is the pace."""
    sample = _wave(0, *LENGTHS)
    ramp = [_wave(100 + 60 * n, *([60] * 10), cap=10, careful=False) for n in range(10)]
    progress = WavesProgress(100, 0, (sample, *ramp), permits=10, ramped_at=_at(100))
    eta = estimate_waves(progress, _at(700))
    assert eta.basis is Basis.RATE
    assert eta.rate == pytest.approx(10 / 60, rel=0.15)


def test_whoever_waits_in_a_wave_gets_its_permits_only() -> None:
    """Twenty behind one permit take twenty calls' time, though thirty other permits are free."""
    waves = (_wave(0, *LENGTHS), _wave(60, size=21, cap=1, careful=False))
    dispatched, _ = _likely(WavesProgress(0, 0, waves, permits=30, ramped_at=_at(60)), 60)
    assert dispatched == pytest.approx((20 + LAST_IDLE) * 30)


def test_the_last_call_has_an_age() -> None:
    """A call that has lasted for most of the longest one seen is expected to end sooner than a fresh one."""
    known = tuple(_wave(60 * n, *LENGTHS) for n in range(4))
    ends = []
    for age in (1, 35):
        progress = WavesProgress(0, 0, (*known, _wave(300 - age, 5, 5, 5, 5, size=5)), permits=5)
        eta = estimate_waves(progress, _at(300))
        assert eta.basis is Basis.DONE
        assert eta.finished is not None
        ends.append((eta.finished.likely - _at(300)).total_seconds())
    assert ends[1] < ends[0]
    assert all(end > 0 for end in ends)


def test_a_band_is_wide_where_little_is_known() -> None:
    """After five calls the band is much wider than after forty, and holds the likely moment always."""
    widths = []
    for count in (1, 8):
        waves = tuple(_wave(60 * n, *LENGTHS) for n in range(count))
        span = estimate_waves(WavesProgress(400, 0, waves, permits=20), _at(60 * count)).dispatched
        assert span is not None
        assert span.latest is not None
        assert span.earliest < span.likely < span.latest
        widths.append((span.latest - span.earliest) / (span.likely - _at(60 * count)))
    assert widths[0] > 1.5 * widths[1]


def test_nothing_is_foretold_before_a_wave_has_ended_or_when_nothing_moves() -> None:
    """No wave has ended yet, or none has moved for long: no number is made up, and the reason is told."""
    young = WavesProgress(100, 15, (_wave(0, 10, size=5),), permits=10)
    assert estimate_waves(young, _at(20)).message() == "No estimate: the first calls have not ended yet."
    assert estimate_waves(young, _at(900)).message() == "No estimate: nothing has moved for 15 min."


def test_all_done_is_no_estimate() -> None:
    """With nobody left and nobody in the air both moments are now."""
    done = WavesProgress(0, 0, (_wave(0, *LENGTHS),), permits=10)
    assert estimate_waves(done, _at(60)).message() == "All dispatched and all finished."


def test_the_clock_stands_still_at_night() -> None:
    """What cannot be called before closing is foretold for the next morning."""

    def night(start: datetime, seconds: float) -> datetime:
        closes = START + timedelta(minutes=5)
        left = (closes - start).total_seconds()
        done = start + timedelta(seconds=seconds)
        return done if seconds <= left else done + timedelta(hours=14)

    waves = tuple(_wave(60 * n, *LENGTHS) for n in range(4))
    span = estimate_waves(WavesProgress(400, 0, waves, permits=5), _at(240), night).dispatched
    assert span is not None
    assert span.likely > START + timedelta(hours=14)


@given(
    waves=st.lists(
        st.tuples(
            st.floats(0, 90_000),
            st.lists(st.floats(0, 90_000), max_size=6),
            st.integers(0, 50),
            st.integers(1, 50),
            st.booleans(),
        ),
        max_size=6,
    ),
    left=st.integers(0, 100_000),
    careful=st.integers(0, 30),
    permits=st.integers(1, 500),
    ramped=st.none() | st.floats(0, 90_000),
)
@settings(max_examples=300, deadline=None)
def test_an_estimate_ends_no_recovery(
    waves: list[tuple[float, list[float], int, int, bool]],
    left: int,
    careful: int,
    permits: int,
    ramped: float | None,
) -> None:
    """Whatever calls have done, a call that is up for a day among them, there is an answer, and in order."""
    taken = tuple(
        _wave(begun, *ends, cap=cap, size=len(ends) + still, careful=is_careful)
        for begun, ends, still, cap, is_careful in sorted(waves)
    )
    begun_at = None if ramped is None else _at(ramped)
    progress = WavesProgress(left, min(left, careful), taken, permits, begun_at)
    eta = estimate_waves(progress, _at(100_000), lambda start, seconds: start + timedelta(seconds=seconds))
    for span in (eta.dispatched, eta.finished):
        if span is not None and span.latest is not None:
            assert span.earliest <= span.likely <= span.latest
    assert eta.message()


def test_a_call_that_is_up_for_an_hour_among_short_ones_is_no_fault() -> None:
    """Calls of a second leave nothing to compare an hour with: an answer is given, and no run ends."""
    known = tuple(_wave(n, 1, 1, 1, 1, 1) for n in range(4))
    progress = WavesProgress(0, 0, (*known, _wave(3300, 299, size=2), _wave(10, size=1)), permits=5)
    eta = estimate_waves(progress, _at(3600))
    assert eta.finished is not None
    assert eta.finished.likely > _at(3600)


def test_permits_of_a_wave_are_counted_from_its_ends() -> None:
    """Ten calls of 30 s behind five permits hold one for 30 s each, though the last ends after a minute."""
    wave = _wave(0, *([30] * 5), *([60] * 5), cap=5, careful=False)
    assert wave.held() / wave.size == pytest.approx(30)
    assert wave.is_known
