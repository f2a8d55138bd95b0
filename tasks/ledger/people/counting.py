"""Counting contacts, within whatever transaction asks."""

from collections import Counter

from sqlmodel import Session, col, func, select

from models.enums import Action, DispatchState
from models.tables.ledger import Planned


def counts_in(session: Session, recovery_id: str) -> dict[str, int]:
    """Return the counts of the contract as this session sees them."""
    query = (
        select(col(Planned.state), col(Planned.action), col(Planned.outcome), func.count())
        .where(Planned.recovery_id == recovery_id)
        .group_by(col(Planned.state), col(Planned.action), col(Planned.outcome))
    )
    states, actions, outcomes = Counter[str](), Counter[str](), Counter[str]()
    for state, action, outcome, count in session.execute(query):
        states[state or ""] += count
        actions[action] += count
        outcomes[outcome or ""] += count
    del outcomes[""]
    accepted = states[DispatchState.ACCEPTED.value]
    ends = ("reached", "declined", "do_not_contact", "later", "permanent")
    unsure = sum(count for name, count in outcomes.items() if name not in ends)
    waiting = states[DispatchState.PLANNED.value] + states[DispatchState.INTENT.value]
    refused = states[DispatchState.REFUSED.value]
    unknown = states[DispatchState.UNKNOWN.value]
    held = actions[Action.HOLD.value] + actions[Action.WAIT.value]
    return {
        "planned": actions[Action.REDIAL.value],
        "accepted": accepted,
        "refused": refused,
        "unknown": unknown,
        "skipped": states[DispatchState.SKIPPED.value],
        "waiting": waiting,
        "redialled": accepted - outcomes["undelivered"],
        "reached": outcomes["reached"],
        "failed_again": unsure - outcomes["undelivered"],
        "withdrawn": outcomes["undelivered"],
        "kept_back": held,
        "dropped": actions[Action.DROP.value],
    }
