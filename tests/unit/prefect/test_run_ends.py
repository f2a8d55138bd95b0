"""What became of a run that ended before there was a recovery, as the ticket that asked is told."""

import pytest

from tasks.prefect_api.run_ends import REMOVED, in_vain


@pytest.mark.parametrize("name", ["Held", "Escalated"])
def test_a_recovery_that_needs_a_person_was_not_in_vain(name: str) -> None:
    """To Prefect such a run has failed; its ticket hears of the recovery's own end, and of no fault."""
    assert in_vain({"type": "FAILED", "name": name, "message": "Read it. (recovery r_1)"}) is None


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({}, REMOVED),
        ({"type": "FAILED", "name": "Failed", "message": "KeyError"}, "A fault ended its run"),
        ({"type": "FAILED", "name": "Refused", "message": "There is no such job."}, "There is no such job."),
        ({"type": "CRASHED", "name": "Crashed"}, "was gone before"),
        ({"type": "CANCELLED", "name": "Cancelled"}, "was cancelled in Prefect"),
    ],
)
def test_a_run_that_came_to_nothing_says_why(state: dict[str, str], said: str) -> None:
    """A fault's own text stays out of the ticket; a refusal's sentence is what the person needs."""
    assert said in (in_vain(state) or "")


@pytest.mark.parametrize("kind", ["RUNNING", "SCHEDULED", "PAUSED", "COMPLETED"])
def test_a_run_that_goes_on_or_is_done_says_nothing(kind: str) -> None:
    """Nobody is told of an end that is none."""
    assert in_vain({"type": kind, "name": kind.capitalize()}) is None
