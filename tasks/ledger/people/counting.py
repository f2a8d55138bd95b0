"""Counting contacts, within whatever transaction asks."""

from typing import Any

from sqlmodel import Session, func, select

from models.enums import Action, DispatchState
from models.tables.ledger import Planned


def counts_in(session: Session, recovery_id: str) -> dict[str, int]:
    """Return the counts of the contract as this session sees them."""
    states = _grouped(session, recovery_id, Planned.state)
    actions = _grouped(session, recovery_id, Planned.action)
    outcomes = _grouped(session, recovery_id, Planned.outcome)
    accepted = states.get(DispatchState.ACCEPTED.value, 0)
    ends = ("reached", "declined", "do_not_contact", "later", "permanent")
    unsure = sum(count for name, count in outcomes.items() if name not in ends)
    waiting = states.get(DispatchState.PLANNED.value, 0) + states.get(DispatchState.INTENT.value, 0)
    refused = states.get(DispatchState.REFUSED.value, 0)
    unknown = states.get(DispatchState.UNKNOWN.value, 0)
    held = actions.get(Action.HOLD.value, 0) + actions.get(Action.WAIT.value, 0)
    return {
        "planned": actions.get(Action.REDIAL.value, 0),
        "accepted": accepted,
        "refused": refused,
        "unknown": unknown,
        "skipped": states.get(DispatchState.SKIPPED.value, 0),
        "waiting": waiting,
        "redialled": accepted - outcomes.get("undelivered", 0),
        "reached": outcomes.get("reached", 0),
        "failed_again": unsure - outcomes.get("undelivered", 0),
        "withdrawn": outcomes.get("undelivered", 0),
        "kept_back": held,
        "dropped": actions.get(Action.DROP.value, 0),
    }


def _grouped(session: Session, recovery_id: str, column: Any) -> dict[str, int]:
    query = select(column, func.count()).where(Planned.recovery_id == recovery_id).group_by(column)
    return {name: count for name, count in session.exec(query) if name}
