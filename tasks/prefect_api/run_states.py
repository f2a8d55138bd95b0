"""How a run ends in Prefect: in the runbook's words, with the next action as its message."""

from typing import Any

from prefect.states import Cancelled, Completed, Failed

from models.enums import State
from models.tables.ledger import Recovery
from tasks.prefect_api.recovery_event import without_numbers


def end_state(recovery: Recovery) -> Any:
    """Return the state of a run whose recovery has come to rest: Recovered, Healthy, Held, Escalated ..."""
    name, message = end_words(recovery)
    if recovery.state == State.CANCELLED.value:
        return Cancelled(name=name, message=message)
    return Completed(name=name, message=message)


def end_words(recovery: Recovery) -> tuple[str, str]:
    """Return the name and the message of the state of a run whose recovery has come to rest."""
    name = State(recovery.state).value.replace("_", " ").capitalize()
    return name, without_numbers(f"{recovery.next_action} (recovery {recovery.id})")


def refused(message: str) -> Any:
    """Return the state of a run that was not begun: nothing was changed and nobody was called."""
    return Failed(name="Refused", message=without_numbers(message))
