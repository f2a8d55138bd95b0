"""Whose turn never came: skipped when a recovery ends, planned again when it goes on."""

from sqlalchemy import update
from sqlmodel import Session, col

from models.enums import DispatchState
from models.lifecycles import DISPATCH
from models.report.people import LEFT_AT_END
from models.tables.ledger import Planned

AT_END = LEFT_AT_END
"""Outcome code of contacts that were skipped only because the recovery ended before them."""


def close_rest(session: Session, recovery_id: str) -> None:
    """Mark what was planned and never dispatched as skipped, so that every contact has an end."""
    session.execute(
        update(Planned)
        .where(col(Planned.recovery_id) == recovery_id, col(Planned.state) == DispatchState.PLANNED.value)
        .values(
            state=DISPATCH.moved(DispatchState.PLANNED, DispatchState.SKIPPED, recovery_id),
            outcome_code=AT_END,
            outcome_why="the recovery ended before this contact's turn",
        )
    )


def reopen_rest(session: Session, recovery_id: str) -> None:
    """Take back what `close_rest` did, when a held recovery goes on."""
    session.execute(
        update(Planned)
        .where(
            col(Planned.recovery_id) == recovery_id,
            col(Planned.state) == DispatchState.SKIPPED.value,
            col(Planned.outcome_code) == AT_END,
        )
        .values(
            state=DISPATCH.moved(DispatchState.SKIPPED, DispatchState.PLANNED, recovery_id),
            outcome_code="",
            outcome_why="",
        )
    )
