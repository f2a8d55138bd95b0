"""A build that takes a call without an answer for one that was never asked for, in a child process only."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, select

from models.enums import DispatchState
from models.tables.ledger import Planned
from tasks.ledger import calls
from tests.chaos.singles.life import obey


def obey_asking_again(told: Mapping[str, Any]) -> int:
    """Live once, asking again for every call whose answer was lost."""
    calls.UNSENT = frozenset({*calls.UNSENT, DispatchState.UNKNOWN.value})
    calls._move = _moved
    return obey(told)


def _moved(session: Session, row: Planned, state: DispatchState) -> None:
    query = select(Planned).where(
        Planned.recovery_id == row.recovery_id, Planned.contact_id == row.contact_id
    )
    stored = session.exec(query).one()
    stored.state = state.value
    session.add(stored)
