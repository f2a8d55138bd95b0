"""The two answers of the ETA: how true they are, when there is none, and how they are said."""

import heapq
import math
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.estimate.eta import Basis, honest
from models.estimate.job import Progress, estimate, tail

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
DASH = "\N{EN DASH}"
Played = list[tuple[float, float]]  # dispatch and end of each contact, in seconds


def _at(seconds: float) -> datetime:
    """Return a moment of a played job."""
    return START + timedelta(seconds=seconds)


def _call(chance: random.Random) -> float:
    """Draw how long a permit is held: 35 % answer and talk (lognormal), others fail at once or ring out."""
    if chance.random() < 0.35:
        return chance.uniform(4, 12) + chance.lognormvariate(math.log(50), 0.9)
    return chance.choice([chance.uniform(1, 4), chance.uniform(15, 32), chance.uniform(15, 32)])


def _play(contacts: int, permits: int, seed: int, longer: Callable[[int], float] = lambda _: 1.0) -> Played:
    """Play a job in which every freed permit is used at once."""
    chance, free, played = random.Random(seed), [0.0] * permits, []
    for at in range(contacts):
        start = heapq.heappop(free)
        end = start + longer(at) * _call(chance)
        played.append((start, end))
        heapq.heappush(free, end)
    return played


def _seen(played: Played, now: float, permits: int) -> Progress:
    """Return what its rows show of a played job at a moment."""
    begun = [(start, end) for start, end in played if start <= now]
    over = [_at(end) for _, end in begun if end <= now]
    return Progress(
        pending=len(played) - len(begun), in_air=len(begun) - len(over), ended_at=over, permits=permits
    )


def _errors(share: float, longer: Callable[[int], float] = lambda _: 1.0) -> tuple[list[float], list[float]]:
    """Return the relative errors of both answers over thirty jobs at a share of the contacts."""
    dispatched, finished = [], []
    for seed in range(30):
        contacts, permits = (1000, 2000)[seed % 2], (5, 10, 20)[seed % 3]
        played = _play(contacts, permits, seed, longer)
        now = played[int(share * contacts)][0]
        eta = estimate(_seen(played, now, permits), _at(now))
        last, end = played[-1][0] - now, max(end for _, end in played) - now
        assert eta.dispatched is not None
        assert eta.finished is not None
        dispatched.append((eta.dispatched.likely - _at(now)).total_seconds() / last - 1)
        finished.append((eta.finished.likely - _at(now)).total_seconds() / end - 1)
    return dispatched, finished


def _nine_in_ten(errors: list[float]) -> float:
    """Return the size of error that nine in ten stay below."""
    return sorted(map(abs, errors))[int(0.9 * len(errors))]


@pytest.mark.parametrize(
    ("share", "bias", "spread"), [(0.1, 0.12, 0.35), (0.25, 0.08, 0.3), (0.5, 0.08, 0.3)]
)
def test_the_estimate_is_true_in_the_median(share: float, bias: float, spread: float) -> None:
    """Dispatch and finish are foretold within a tenth in the median and within a third nine times in ten."""
    for errors in _errors(share):
        assert abs(median(errors)) <= bias
        assert _nine_in_ten(errors) <= spread


def test_near_the_end_the_last_call_is_not_forgotten() -> None:
    """At 90 % the finish is little too early, where the rate alone would leave the last calls out."""
    dispatched, finished = _errors(0.9)
    assert abs(median(dispatched)) <= 0.12
    assert -0.15 <= median(finished) <= 0.10


def test_calls_that_become_longer_are_noticed() -> None:
    """When calls take twice as long from 40 % on, the estimate at 75 % follows the new pace."""
    dispatched, _ = _errors(0.75, longer=lambda at: 1.0 if at < 400 else 2.0)
    assert -0.10 <= median(dispatched) <= 0.10


def test_the_band_holds_the_truth() -> None:
    """Seven of ten jobs and more are dispatched within the band that was told at half time, not all."""
    inside = 0
    for seed in range(40):
        played = _play(1000, 10, seed)
        now = played[500][0]
        span = estimate(_seen(played, now, 10), _at(now)).dispatched
        assert span is not None
        assert span.latest is not None
        inside += span.earliest <= _at(played[-1][0]) <= span.latest
    assert 28 <= inside < 40


def _steady(count: int, every: float, **more: Any) -> Progress:
    """Return a job in which so many contacts have ended at a steady pace."""
    figures: dict[str, Any] = {"pending": 100, "in_air": 5, "permits": 5, **more}
    return Progress(ended_at=[_at(every * at) for at in range(count)], **figures)


def test_free_permits_are_named_where_too_little_has_moved() -> None:
    """A starved job is a symptom: where it has no pace yet, the permits that it does not use are named."""
    eta = estimate(_steady(6, 10, in_air=3), _at(60))
    assert eta.basis is Basis.NONE
    assert "3 of 5 permits" in eta.message()


def test_without_twenty_that_ended_there_is_no_estimate() -> None:
    """Nothing is invented: fewer than twenty events are said to be too little."""
    eta = estimate(_steady(19, 5), _at(95))
    assert (eta.basis, eta.dispatched, eta.finished) == (Basis.NONE, None, None)
    assert eta.message().startswith("No estimate: a pace needs 20")


def test_a_stall_is_not_an_ever_growing_time() -> None:
    """Nothing moved for six minutes: no estimate, and it says for how long."""
    assert estimate(_steady(60, 5), _at(295 + 290)).basis is Basis.RATE
    stalled = estimate(_steady(60, 5), _at(295 + 360))
    assert stalled.message() == "No estimate: nothing has moved for 6 min."


def test_long_calls_make_a_longer_silence_normal() -> None:
    """Sixty in the air at one end in five seconds are long calls: six silent minutes are nothing."""
    assert estimate(_steady(60, 5, in_air=60, permits=60), _at(295 + 360)).basis is Basis.RATE


def test_a_steady_job_is_told_in_honest_units() -> None:
    """Thirty contacts at one in ten seconds take five minutes, and the last call one long call more."""
    eta = estimate(_steady(201, 10, pending=30), _at(2000))
    assert eta.dispatched is not None
    assert eta.dispatched.likely == _at(2300)
    assert eta.message() == f"All dispatched in 3{DASH}7 min, all finished in 5{DASH}20 min."


def test_a_finish_that_cannot_be_known_is_not_told() -> None:
    """No call in the air tells how long calls are, so only the first answer is given."""
    eta = estimate(_steady(101, 10, in_air=0), _at(1000))
    assert eta.dispatched is not None
    assert eta.finished is None
    assert "when the last call ends cannot be said, no call is seen in the air" in eta.message()


def test_the_last_of_many_calls_is_a_long_one() -> None:
    """The more calls are in the air, the later the last of them ends, and never before the usual one."""
    few, many = tail(1, 50.0), tail(20, 50.0)
    assert few.short <= few.likely < few.long
    assert many.likely > 3 * 50 > few.likely
    assert tail(20, 100.0).likely == pytest.approx(2 * many.likely)


def test_a_job_that_has_dispatched_all_waits_for_its_last_calls() -> None:
    """With nobody pending only the tail is left, and with nobody in the air nothing is."""
    eta = estimate(_steady(101, 10, pending=0), _at(1000))
    assert eta.basis is Basis.DONE
    assert eta.message() == "All dispatched, all finished in up to 15 min."
    done = estimate(_steady(101, 10, pending=0, in_air=0), _at(5000))
    assert done.message() == "All dispatched and all finished."


@given(st.randoms(use_true_random=False))
@settings(max_examples=20, deadline=None)
def test_the_order_of_events_does_not_matter(shuffler: random.Random) -> None:
    """Platforms list contacts in any order, and some clocks run ahead: neither changes the answer."""
    played = _play(300, 5, 3)
    progress = _seen(played, 900.0, 5)
    events = [*progress.ended_at, _at(99_999)]
    shuffler.shuffle(events)
    other = Progress(progress.pending, progress.in_air, events, progress.permits)
    assert estimate(other, _at(900)) == estimate(progress, _at(900))


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [
        (36 * 60, 48 * 60, f"35{DASH}50 min"),
        (130, 200, f"2{DASH}4 min"),
        (20, 45, "up to 1 min"),
        (300, 300, "about 5 min"),
        (2 * 3600, 3.2 * 3600, f"2{DASH}3.5 h"),
        (13 * 3600, 14.5 * 3600, f"13{DASH}15 h"),
        (40 * 3600, 70 * 3600, f"1.5{DASH}3 days"),
        (36 * 60, None, "at least 35 min"),
        (5, None, "at least 1 min"),
    ],
)
def test_ranges_are_rounded_outwards_to_honest_units(low: float, high: float | None, said: str) -> None:
    """Minutes are told in fives, hours in halves, and never more precisely than they are known."""
    assert honest(low, high) == said


def test_the_answers_travel_as_json() -> None:
    """Scripts read ISO times with a zone and the same sentence; a missing answer is null."""
    told = estimate(_steady(201, 10, pending=30), _at(2000)).as_json()
    assert told["all_dispatched"]["likely"] == "2026-03-02T10:38:20+00:00"
    assert (told["basis"], told["dispatches_per_minute"]) == ("rate", 6.0)
    assert estimate(_steady(3, 5), _at(15)).as_json()["all_finished"] is None


def test_times_without_a_zone_are_refused() -> None:
    """A naive time would be hours wrong somewhere, so it is an error in words."""
    naive = datetime(2026, 3, 2, 10)  # noqa: DTZ001
    with pytest.raises(ValueError, match="time zone"):
        estimate(Progress(pending=1), naive)
    with pytest.raises(ValueError, match="time zone"):
        estimate(Progress(pending=1, ended_at=[naive]), START)
