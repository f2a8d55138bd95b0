"""The interval beside a share: it tells how little a small sample says."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.simulation.interval import Interval, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(0, 10, 0.0, 0.278), (0, 20, 0.0, 0.161), (2, 20, 0.028, 0.301)],
)
def test_the_interval_has_the_published_ends(k: int, n: int, low: float, high: float) -> None:
    """Known cases of Wilson's interval come out to three digits."""
    seen = wilson(k, n)
    assert (seen.low, seen.high) == pytest.approx((low, high), abs=0.0006)


def test_without_data_everything_is_possible() -> None:
    """Nothing dispatched gives the whole range, never a division by zero."""
    assert wilson(0, 0) == Interval(0.0, 1.0)


@given(st.integers(1, 2000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
@settings(max_examples=50)
def test_the_interval_holds_the_share_and_mirrors_itself(counts: tuple[int, int]) -> None:
    """The share that was seen lies inside, and failures and successes are treated alike."""
    k, n = counts
    seen, mirrored = wilson(k, n), wilson(n - k, n)
    assert 0 <= seen.low <= k / n <= seen.high <= 1
    assert (1 - mirrored.high, 1 - mirrored.low) == pytest.approx((seen.low, seen.high))


def test_the_words_round_outwards() -> None:
    """A reader never sees a range narrower than the true one."""
    assert wilson(2, 20).message() == "2\N{EN DASH}31 %"


def test_impossible_counts_are_refused() -> None:
    """More failures than dispatches is an error in words."""
    with pytest.raises(ValueError, match="3 of 2"):
        wilson(3, 2)
