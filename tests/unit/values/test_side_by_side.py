"""Reads side by side come back in the order they were asked for, and never more at once than is allowed."""

from collections.abc import Iterator
from threading import Barrier, Lock

import pytest

from tasks.side_by_side import side_by_side


@pytest.mark.parametrize("at_once", [1, 3])
def test_answers_come_in_order(at_once: int) -> None:
    """The order is that of the questions, whoever was faster."""
    assert list(side_by_side(lambda n: n * n, range(20), at_once)) == [n * n for n in range(20)]


def test_as_many_as_allowed_are_on_their_way_and_no_more() -> None:
    """Three meet at a barrier for three, and a fourth is not begun before one of them is taken."""
    meeting, lock, begun = Barrier(3, timeout=20), Lock(), []

    def act(n: int) -> int:
        with lock:
            begun.append(n)
        meeting.wait()
        return n

    answers: Iterator[int] = side_by_side(act, range(6), 3)
    assert next(answers) == 0
    assert set(begun) <= {0, 1, 2, 3}
    meeting.abort()


def test_what_fails_is_told_in_its_turn_and_nothing_more_is_begun() -> None:
    """An error comes where its answer would have come; what was not begun by then is left."""
    asked = []

    def act(n: int) -> int:
        asked.append(n)
        if n == 2:
            raise ValueError("two")
        return n

    answers = side_by_side(act, range(100), 2)
    assert [next(answers), next(answers)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(answers)
    assert max(asked) <= 4
