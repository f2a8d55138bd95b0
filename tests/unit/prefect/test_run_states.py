"""How runs end in Prefect: the runbook's words, the next action, and nobody's number."""

from datetime import UTC, datetime

import pytest

from models.enums import State
from models.tables.ledger import Recovery
from tasks.prefect_api.run_states import end_state, refused


def recovery(state: State, next_action: str = "Nothing to do.") -> Recovery:
    """Return a recovery that has come to rest."""
    moment = datetime(2026, 3, 2, tzinfo=UTC)
    return Recovery(
        id="r_1",
        workspace="shop",
        platform="fake",
        job_id="job-1",
        epoch=1,
        state=state.value,
        level="triage",
        started_at=moment,
        policy={},
        next_action=next_action,
    )


@pytest.mark.parametrize(
    ("state", "kind", "name"),
    [
        (State.RECOVERED, "COMPLETED", "Recovered"),
        (State.HEALTHY, "COMPLETED", "Healthy"),
        (State.HELD, "FAILED", "Held"),
        (State.ESCALATED, "FAILED", "Escalated"),
        (State.AWAITING_APPROVAL, "COMPLETED", "Awaiting approval"),
        (State.CANCELLED, "CANCELLED", "Cancelled"),
    ],
)
def test_a_run_ends_in_the_runbooks_words(state: State, kind: str, name: str) -> None:
    """The name of the state is the recovery's, and its message the next action with the recovery's id.

    What needs a person is no success to Prefect.
    """
    ended = end_state(recovery(state, "Read the report."))
    assert (ended.type.value, ended.name, ended.message) == (kind, name, "Read the report. (recovery r_1)")


def test_what_a_person_typed_is_shown_without_numbers() -> None:
    """A number in a reason, which becomes the next action, never reaches Prefect whole."""
    typed = "Declined by Ana: call +61 412 345 678 first. Nobody was called."
    for ended in (end_state(recovery(State.HELD, typed)), refused(typed)):
        assert "345" not in ended.message
        assert "Declined by Ana: call +61" in ended.message


def test_a_run_that_could_not_begin_has_failed() -> None:
    """A wrong job, key or workspace is a failure that can be read in one line, and no recovery."""
    ended = refused("The platform knows no such job.")
    assert (ended.type.value, ended.name) == ("FAILED", "Refused")
