"""What stands in the way of a sweep that would open a recovery: at most one for a stalled job."""

from models.enums import State

ENDED_WELL = frozenset({State.HEALTHY})
"""After these the job may stall for the first time as far as anybody knows."""


def in_the_way(recovery_id: str, state: State) -> str | None:
    """Return why the latest recovery of a job forbids another one by itself, None where it does not."""
    if state in ENDED_WELL:
        return None
    if not state.is_end:
        return f"recovery {recovery_id} is {state.value.replace('_', ' ')}"
    return f"recovery {recovery_id} ended {state.value}; a person decides about another"
