"""The relaunch's monitor: how rarely it is wrong, how soon it sees a fault, and that it stays computable."""

import math
import random
from functools import cache
from statistics import median

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.enums import VerdictWord
from models.verdict.monitor import Monitor, rates

ABORT, CONTINUE = VerdictWord.ABORT, VerdictWord.CONTINUE
STEPS = 5000
COUNTS = st.integers(0, 3000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n)))


def _seen(n: int, k: int) -> Monitor:
    """Return the monitor after one look at a relaunch."""
    return Monitor().update(n, k)


@cache
def _last_abort(k: int) -> int:
    """Return the largest n at which k failures abort, 0 for never; more failures reach at least as far."""
    n = max(k, _last_abort(k - 1)) if k > 1 else k
    if _seen(n, k).judge().word is CONTINUE:
        return 0
    while n < STEPS and _seen(n + 1, k).judge().word is ABORT:
        n += 1
    return n


def _detected_at(p: float, chance: random.Random) -> int | None:
    """Play a relaunch and return the dispatch at which it aborts; the evidence only rises with a failure."""
    n = k = 0
    while n <= STEPS:
        n += 1 + int(math.log(1 - chance.random()) / math.log(1 - p))
        k += 1
        if n <= min(STEPS, _last_abort(k)):
            return n
    return None


def _late(p: float, healthy: int, chance: random.Random) -> int:
    """Return after how many waves of twenty a relaunch is stopped once its healthy waves are over."""
    monitor = Monitor()
    for wave in range(healthy + 250):
        rate = 0.05 if wave < healthy else p
        monitor = monitor.update(20, sum(chance.random() < rate for _ in range(20)))
        if monitor.judge().word is ABORT:
            return wave + 1 - healthy
    return 250


def test_a_tolerable_relaunch_is_rarely_stopped() -> None:
    """At exactly the threshold at most one relaunch in twenty is stopped within 5,000 looks."""
    chance = random.Random(11)
    stopped = sum(_detected_at(0.10, chance) is not None for _ in range(2000))
    assert 0 < stopped / 2000 <= 0.05


def test_a_healthy_relaunch_is_never_stopped() -> None:
    """At 5 % the margin is wide: one in two hundred at most."""
    chance = random.Random(12)
    assert sum(_detected_at(0.05, chance) is not None for _ in range(1000)) <= 5


@pytest.mark.parametrize(("p", "half_by", "nearly_all_by"), [(0.20, 110, 250), (0.30, 30, 70), (0.60, 8, 20)])
def test_a_sick_relaunch_is_stopped_soon(p: float, half_by: int, nearly_all_by: int) -> None:
    """Three failures in ten stop half of all relaunches within 30 dispatches, and nine in ten within 70."""
    chance = random.Random(13)
    seen = sorted(_detected_at(p, chance) or STEPS for _ in range(500))
    assert median(seen) <= half_by
    assert seen[450] <= nearly_all_by


def test_a_fault_that_comes_late_is_seen_as_well() -> None:
    """After a thousand good calls a platform at 30 % is stopped within ten waves; totals alone miss it."""
    chance = random.Random(14)
    waves = median(_late(0.30, 50, chance) for _ in range(30))
    assert waves <= 10
    assert _seen(1000 + 200, 50 + 60).judge().word is CONTINUE


def test_starting_anew_spends_no_error() -> None:
    """The waves' monitor at the threshold stops at most one relaunch in twenty over 2,000 dispatches."""
    chance = random.Random(15)
    stopped = sum(_late(0.10, 0, chance) <= 100 for _ in range(200))
    assert stopped / 200 <= 0.05


# Beyond some two thousand dispatches with hardly a failure one more is less than a float can tell.
@given(st.integers(0, 1000).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))))
@settings(max_examples=50)
def test_more_failures_are_more_evidence(counts: tuple[int, int]) -> None:
    """The evidence rises with every failure and falls with every success."""
    n, k = counts
    now = _seen(n, k).log_evidence
    assert _seen(n + 1, k + 1).log_evidence > now > _seen(n + 1, k).log_evidence


@given(st.lists(st.integers(1, 30).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), min_size=1))
@settings(max_examples=50)
def test_a_wave_with_one_more_failure_is_more_evidence(waves: list[tuple[int, int]]) -> None:
    """A failure in any wave raises the monitor's evidence, so calls in the air can only have kept it down."""
    low = high = Monitor()
    for n, k in waves:
        low, high = low.update(n, k), high.update(n, min(n, k + 1))
    assert high.log_evidence >= low.log_evidence


@pytest.mark.parametrize("p", [0.01, 0.05, 0.10])
@pytest.mark.parametrize("sizes", [(1, 1, 1, 1, 1, 1), (3, 2, 1)])
def test_the_expected_evidence_is_never_above_one(p: float, sizes: tuple[int, ...]) -> None:
    """At every rate up to the threshold the e-value has mean 1 or less, at it exactly 1: Ville needs that."""
    mean = sum(math.exp(monitor.log_evidence) * chance for monitor, chance in _all_ends(sizes, p))
    assert mean == pytest.approx(1) if p == 0.10 else mean < 1


def _all_ends(sizes: tuple[int, ...], p: float) -> list[tuple[Monitor, float]]:
    """Return the monitor after every possible sequence of waves, with its chance."""
    ends = [(Monitor(), 1.0)]
    for n in sizes:
        binomial = [math.comb(n, k) * p**k * (1 - p) ** (n - k) for k in range(n + 1)]
        ends = [
            (monitor.update(n, k), chance * binomial[k]) for monitor, chance in ends for k in range(n + 1)
        ]
    return ends


@pytest.mark.parametrize(
    ("k", "word"), [(0, CONTINUE), (50_000, CONTINUE), (110_000, ABORT), (1_000_000, ABORT)]
)
def test_a_million_dispatches_are_weighed_without_overflow(k: int, word: VerdictWord) -> None:
    """The largest relaunch still gives a finite statistic and a clear word."""
    verdict = _seen(1_000_000, k).judge()
    assert math.isfinite(verdict.statistic)
    assert verdict.word is word


def test_before_anything_is_known_the_evidence_says_nothing() -> None:
    """The e-value begins at 1, which is what bounds how often it ever reaches 20."""
    assert math.exp(Monitor().log_evidence) == pytest.approx(1)


def test_an_empty_wave_changes_nothing() -> None:
    """A look at which nothing was sent spends no weight."""
    monitor = Monitor().update(10, 1)
    assert monitor.update(0, 0) == monitor


def test_the_verdict_says_what_was_seen() -> None:
    """A stopped relaunch is explained by its counts and by what was allowed."""
    verdict = Monitor().update(20, 12).judge()
    assert (verdict.word, verdict.n, verdict.k) == (ABORT, 20, 12)
    assert (
        verdict.why == "12 of 20 dispatches of the relaunch failed: clearly more than the 10 % that may fail."
    )


def test_another_threshold_is_kept_to() -> None:
    """A user who tolerates 40 % is not stopped at 30 %."""
    assert Monitor(threshold=0.40).update(200, 60).judge().word is CONTINUE
    assert _seen(200, 60).judge().word is ABORT
    assert all(0.40 < rate <= 0.9500001 for rate in rates(0.40))


def test_impossible_figures_are_refused() -> None:
    """Counts and thresholds that cannot be are errors in words."""
    with pytest.raises(ValueError, match="4 failures among 3"):
        Monitor().update(3, 4)
    with pytest.raises(ValueError, match="threshold"):
        Monitor(threshold=0.0).update(3, 1)
