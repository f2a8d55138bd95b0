"""How a run ends in Prefect: in the runbook's words, with the next action as its message."""

from typing import Any

from prefect.client.schemas.objects import State as RunState
from prefect.client.schemas.objects import StateType
from prefect.states import Failed

from models.enums import State
from models.tables.ledger import Recovery
from tasks.prefect_api.recovery_event import without_numbers

NEEDS_A_PERSON = frozenset({State.HELD.value, State.ESCALATED.value})
"""How a recovery ends that somebody has to do something about: it must not look like success."""


def end_state(recovery: Recovery) -> Any:
    """Return the state of a run whose recovery has come to rest: Recovered, Healthy, Held, Escalated ..."""
    name, message = end_words(recovery)
    return RunState(type=StateType(end_kind(recovery)), name=name, message=message)


def end_kind(recovery: Recovery) -> str:
    """Return the type of that state, by which Prefect colours, filters and counts it.

    Held and Escalated are failures to Prefect: people look at what is red, and automations notify by it. A
    failed run of ours is never begun again by Prefect: the flows have no retries.
    """
    if recovery.state == State.CANCELLED.value:
        return StateType.CANCELLED.value
    return str((StateType.FAILED if recovery.state in NEEDS_A_PERSON else StateType.COMPLETED).value)


def end_words(recovery: Recovery) -> tuple[str, str]:
    """Return the name and the message of the state of a run whose recovery has come to rest."""
    name = State(recovery.state).value.replace("_", " ").capitalize()
    return name, without_numbers(f"{recovery.next_action} (recovery {recovery.id})")


def refused(message: str) -> Any:
    """Return the state of a run that was not begun: nothing was changed and nobody was called."""
    return Failed(name="Refused", message=without_numbers(message))
