"""Why there is no estimate, by where a recovery stands."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from models.enums import State
from models.estimate.eta import Basis, Eta

WHY: Mapping[State, str] = {
    State.RUNNING: "calling has not begun yet",
    State.AWAITING_APPROVAL: "the plan waits for a person",
    State.RECOVERED: "the recovery has ended",
    State.HEALTHY: "the recovery has ended",
    State.HELD: "a person has to decide first",
    State.ESCALATED: "engineering has to act first",
    State.CANCELLED: "the recovery was cancelled",
}


def no_estimate(state: State, now: datetime) -> dict[str, Any]:
    """Return the ETA, as the ledger keeps it, of a recovery that calls nobody right now."""
    return Eta(now, Basis.NONE, why=WHY[state]).as_json()
