"""What is said when a person stops a recovery: figures that add up, and the commands to type."""

import pytest

from models.report.cancelled import how_words, left_words
from models.report.interrupted import Interrupted


def test_who_is_with_the_platform_is_said() -> None:
    """Ctrl-C says how far it came, who will still be called, and how to go on or take it back."""
    told = Interrupted("r_6b3f07af7d", "job-1", 29, 10, with_platform=[(2, 5)]).message()
    assert told == (
        "Interrupted after 10 of 29. 5 people of wave 2 are with the platform and will still be called; "
        "nobody else. Go on: ringback resume r_6b3f07af7d   Take back: ringback cancel r_6b3f07af7d"
    )


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ({}, "Nobody else is called. Go on: ringback resume r_1"),
        ({"unclear": [(1, 1)]}, "1 person of wave 1 is perhaps with the platform; nobody else."),
        (
            {"ended": True, "with_platform": [(3, 1)]},
            "1 person of wave 3 is with the platform and may still",
        ),
        ({"ended": True}, "Nobody else is called. For the rest: ringback recover job-1"),
        ({"waits": True}, "Go on: ringback approve r_1   Take back: ringback cancel r_1"),
    ],
)
def test_each_moment_has_its_sentence(state: dict[str, object], words: str) -> None:
    """Nothing is promised of somebody whose wave has no answer, and an ended recovery is not resumed."""
    assert words in Interrupted("r_1", "job-1", 5, 1, **state).message()  # type: ignore[arg-type]


def test_an_interruption_before_the_plan_counts_nobody() -> None:
    """Where nobody was to be redialled yet, no figure is made up."""
    assert (
        Interrupted("r_1", "job-1", 0, 0).message().startswith("Interrupted before there was a plan. Nobody")
    )


def test_a_cancel_says_whom_nobody_calls_now() -> None:
    """The source stays stopped, so many have not been called, and a fresh plan is one command away."""
    told = left_words(5_768, 5_764, stopped=True, job_id="job-1")
    assert "stays stopped: 5,764 of 5,768 people of the plan have not been called" in told
    assert told.endswith("nobody calls them now; `ringback recover job-1` makes a fresh plan.")


@pytest.mark.parametrize(
    ("planned", "left", "stopped", "words"),
    [
        (0, 0, False, "nobody was to be redialled yet"),
        (3, 0, True, "everybody of the plan had been called"),
        (3, 1, True, "1 of 3 people of the plan has not been called"),
        (3, 3, False, "had not stopped the source job"),
    ],
)
def test_a_cancel_says_what_holds(planned: int, left: int, stopped: bool, words: str) -> None:
    """A source that was never stopped is not called stopped, and nobody is said to be left who was called."""
    assert words in left_words(planned, left, stopped=stopped, job_id="job-1")


def test_who_cancelled_and_why_is_said() -> None:
    """A name and a reason stand in the sentence; without them it says how the wish came."""
    assert how_words("Ana", "wrong list").endswith("by Ana: wrong list")
    assert how_words("", "") == "`ringback cancel`, or its like over the API"
