"""When a request may be sent again with its token: never beside itself, never after the token's time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.plan.markers import LONGEST
from models.plan.tokens import MARGIN, SHORT, token_of, token_window

FIRST = datetime(2026, 11, 27, 9, tzinfo=UTC)
HOUR, PATIENCE = 3600.0, 120.0


def after(seconds: float) -> datetime:
    """Return a moment after the first try."""
    return FIRST + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("last", "now", "is_open", "to_come"),
    [
        pytest.param(0, 0, False, True, id="the first one may be under way"),
        pytest.param(0, 119, False, True, id="still"),
        pytest.param(0, 120, True, False, id="it is over"),
        pytest.param(600, 700, False, True, id="a later try may be under way"),
        pytest.param(600, 720, True, False, id="that one is over"),
        pytest.param(0, 3300, True, False, id="the last moment"),
        pytest.param(0, 3301, False, False, id="too near to the end"),
        pytest.param(3200, 3250, False, False, id="the next turn comes too late"),
        pytest.param(0, -1, False, False, id="a clock before the first try"),
        pytest.param(0, 90_000, False, False, id="the next day"),
    ],
)
def test_when_a_token_is_used_again(last: float, now: float, is_open: bool, to_come: bool) -> None:
    """Not while the last try may be worked on, and not within five minutes of the end of the first one."""
    window = token_window(FIRST, after(last), HOUR, PATIENCE)
    assert (window.is_open(after(now)), window.is_to_come(after(now))) == (is_open, to_come)


@given(st.integers(0, 10_000), st.integers(-10_000, 10_000), st.integers(0, 600))
def test_no_token_is_used_past_its_time(last: float, now: float, patience: float) -> None:
    """Whatever the later tries, the hour counts from the first one, less the margin."""
    window = token_window(FIRST, after(last), HOUR, patience)
    if window.is_open(after(now)):
        assert timedelta(seconds=now) <= timedelta(seconds=HOUR) - MARGIN
        assert now >= last
    assert not (window.is_open(after(now)) and window.is_to_come(after(now)))


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_token_is_one_contacts_alone(one: str, other: str) -> None:
    """The same contact of a wave has the same token at every try, two contacts never share one."""
    marker = "rb-r_0123456789-1"
    assert token_of(marker, one) == token_of(marker, one)
    assert (token_of(marker, one) == token_of(marker, other)) == (one == other)
    assert token_of(marker, one) != token_of("rb-r_0123456789-2", one)
    assert len(token_of(marker, one)) <= LONGEST + SHORT + 1
    assert token_of(marker, one).isascii()
