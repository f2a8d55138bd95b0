"""The end that was promised outside: when it has slipped, and that a slip is told ever more rarely."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from models.messages.promises import LEAST_SLIP, SLIP, Promise, is_worth_telling, promise_of

NOW = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)


def promise(at: float, until: float) -> Promise:
    """Return a promise by minutes."""
    return Promise(NOW + timedelta(minutes=at), NOW + timedelta(minutes=until))


def test_the_first_is_told_and_then_what_slips() -> None:
    """A first estimate is told, then only a slip of half of the wait, and of ten minutes at least."""
    assert not is_worth_telling(None, None)
    assert not is_worth_telling(promise(0, 60), None)
    assert is_worth_telling(None, promise(0, 60))
    assert not is_worth_telling(promise(0, 60), promise(30, 89.9))
    assert is_worth_telling(promise(0, 60), promise(30, 90))
    assert not is_worth_telling(promise(0, 4), promise(2, 13.9))
    assert is_worth_telling(promise(0, 4), promise(2, 14))


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=200))
def test_each_comment_about_a_slip_names_a_much_longer_wait(ends: list[int]) -> None:
    """However an estimate moves, the tellings of one recovery are few: each end is half a wait later."""
    told: list[Promise] = []
    for minute, end in enumerate(ends):
        found = promise(minute, minute + end)
        if is_worth_telling(told[-1] if told else None, found):
            told.append(found)
    for before, after in pairwise(told):
        assert after.until - before.until >= max(LEAST_SLIP, SLIP * (before.until - before.at))


def test_what_is_no_estimate_or_is_over_promises_nothing() -> None:
    """None of an estimate without moments, of an end that has passed, and of no estimate at all."""
    past = {"all_finished": {"earliest": NOW.isoformat(), "latest": NOW.isoformat()}}
    open_end = {"all_finished": {"earliest": (NOW + timedelta(minutes=5)).isoformat(), "latest": None}}
    assert promise_of(None, NOW) is None
    assert promise_of({"words": "No estimate."}, NOW) is None
    assert promise_of(past, NOW) is None
    assert promise_of(open_end, NOW) == promise(0, 5)


def test_a_promise_is_kept_as_it_was_told() -> None:
    """What the outbox keeps is read back as the same."""
    assert Promise.from_json(promise(1, 61).as_json()) == promise(1, 61)
