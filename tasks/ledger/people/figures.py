"""Figures over all recoveries, counted by the database: no person is read."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, and_, case, col, func

from models.enums import Action, DispatchState, Disposition, State
from models.report.stats import DIMENSIONS, UNKNOWN, Cell
from models.tables.ledger import Planned, Recovery
from tasks.ledger.store import Ledger

CAUSE = func.coalesce(col(Recovery.diagnosis)["cause"].as_string(), UNKNOWN)
KEY = (CAUSE, col(Recovery.state), col(Recovery.platform), col(Recovery.workspace))
"""What the dimensions are in the ledger, in their order."""


def cells(ledger: Ledger, since: datetime | None = None, workspace: str = "") -> list[Cell]:
    """Return the recoveries begun since then, of one workspace or all, alike ones counted together."""
    asked: list[Any] = [col(Recovery.started_at) >= since] if since else []
    asked += [col(Recovery.workspace) == workspace] if workspace else []
    with ledger.read() as session:
        counted = session.execute(select(*KEY, func.count()).where(*asked).group_by(*KEY)).all()
        people = _people(session, asked)
        lasted = _lasted(session, asked)
    return [_cell(tuple(row[:-1]), int(row[-1]), people, lasted) for row in counted]


def _cell(key: tuple[Any, ...], count: int, people: dict[Any, Any], lasted: dict[Any, list[float]]) -> Cell:
    redialled, saved, kept_back = people.get(key, (0, 0, 0))
    of = dict(zip(DIMENSIONS, map(str, key), strict=True))
    return Cell(of, count, lasted.get(key, ()), int(redialled), int(saved), int(kept_back))


def _people(session: Session, asked: list[Any]) -> dict[Any, Any]:
    outcome, accepted = col(Planned.outcome), col(Planned.state) == DispatchState.ACCEPTED.value
    back = func.coalesce(outcome, "") == Disposition.UNDELIVERED.value
    kept = col(Planned.action).in_([Action.HOLD.value, Action.WAIT.value])
    sums = (
        _sum(and_(accepted, ~back)),
        _sum(and_(accepted, outcome == Disposition.REACHED.value)),
        _sum(kept),
    )
    query = select(*KEY, *sums).join(Planned, col(Planned.recovery_id) == col(Recovery.id))
    rows = session.execute(query.where(*asked).group_by(*KEY)).all()
    return {tuple(row[: len(KEY)]): tuple(row[len(KEY) :]) for row in rows}


def _sum(which: Any) -> Any:
    return func.sum(case((which, 1), else_=0))


def _lasted(session: Session, asked: list[Any]) -> dict[Any, list[float]]:
    # No function for a median is in both databases: two moments of each recovered job, and nothing else.
    ended = (col(Recovery.state) == State.RECOVERED.value) & col(Recovery.ended_at).is_not(None)
    query = select(*KEY, col(Recovery.started_at), col(Recovery.ended_at)).where(*asked, ended)
    found = defaultdict[Any, list[float]](list)
    for *key, started, over in session.execute(query):
        found[tuple(key)].append((over - started).total_seconds())
    return found
