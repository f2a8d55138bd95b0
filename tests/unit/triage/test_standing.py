"""At most one recovery for a stalled job, however often a sweep comes by."""

import pytest

from models.enums import State
from models.triage.standing import in_the_way


@pytest.mark.parametrize("state", list(State))
def test_only_a_job_that_was_healthy_gets_another_recovery_by_itself(state: State) -> None:
    """Whatever runs, waits or has ended for a person forbids another one, and is named."""
    words = in_the_way("r_1", state)
    if state is State.HEALTHY:
        assert words is None
        return
    assert words
    assert "r_1" in words
    assert state.value.replace("_", " ") in words
