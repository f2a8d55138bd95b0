"""Counting contacts, within whatever transaction asks."""

from collections import Counter
from collections.abc import Iterable

from sqlmodel import Session, case, col, func, select

from models.enums import Action, DispatchState
from models.tables.ledger import Planned
from tasks.ledger.store import Ledger


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


def called(ledger: Ledger, recovery_ids: Iterable[str]) -> dict[str, tuple[int, int]]:
    """Return of each recovery how many were called, and of how many, in one question for all of them."""
    ids = list(recovery_ids)
    taken = func.sum(case((col(Planned.state) == DispatchState.ACCEPTED.value, 1), else_=0))
    query = (
        select(col(Planned.recovery_id), taken, func.count())
        .where(col(Planned.recovery_id).in_(ids), col(Planned.action) == Action.REDIAL.value)
        .group_by(col(Planned.recovery_id))
    )
    with ledger.read() as session:
        return {found: (int(accepted), int(planned)) for found, accepted, planned in session.exec(query)}
