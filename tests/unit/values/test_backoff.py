"""Pauses between tries: they grow, they stay within their bounds, and no count of tries breaks them."""

import pytest

from models.backoff import doubling, stepped


@pytest.mark.parametrize(("tries", "pause"), [(1, 2.0), (2, 4.0), (3, 8.0), (7, 100.0), (10_000, 100.0)])
def test_a_pause_doubles_up_to_the_longest(tries: int, pause: float) -> None:
    """The first failure waits for the first pause, and a thousand failures for the longest, not for ever."""
    assert doubling(tries, 2.0, 100.0) == pause


@pytest.mark.parametrize("tries", [0, -1])
def test_before_any_failure_the_first_pause_holds(tries: int) -> None:
    """A count that has not begun is no reason for a pause of nothing."""
    assert doubling(tries, 2.0, 100.0) == 2.0
    assert stepped(tries, (5.0, 20.0)) == 5.0


@pytest.mark.parametrize(("tries", "pause"), [(1, 5.0), (2, 20.0), (3, 60.0), (4, 60.0), (999, 60.0)])
def test_the_last_step_holds_for_all_that_follow(tries: int, pause: float) -> None:
    """Whoever has failed more often than there are steps waits as long as at the last one."""
    assert stepped(tries, (5.0, 20.0, 60.0)) == pause


def test_a_pause_of_nothing_stays_nothing() -> None:
    """A test's client that never waits does not begin to."""
    assert doubling(5, 0.0, 20.0) == 0.0
