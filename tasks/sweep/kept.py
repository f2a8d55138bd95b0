"""Counters of many jobs at once: moving jobs cost a sweep statements by the hundred, not one each."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert
from sqlmodel import col, select

from models.tables.ledger import Snapshot
from models.triage.observation import Tally
from tasks.ledger.store import Ledger

AT_ONCE = 500
"""Jobs in one statement: far below what any database takes as parameters."""


def newest_tallies(
    ledger: Ledger, workspace: str, platform: str, job_ids: Sequence[str], since: datetime
) -> dict[str, Tally]:
    """Return the newest counters of each job kept since then, whatever its history; others are left out."""
    found: dict[str, Tally] = {}
    for start in range(0, len(job_ids), AT_ONCE):
        query = (
            select(Snapshot.job_id, Snapshot.at, Snapshot.dispatched, Snapshot.finished)
            .where(
                Snapshot.workspace == workspace,
                Snapshot.platform == platform,
                col(Snapshot.job_id).in_(job_ids[start : start + AT_ONCE]),
                Snapshot.at >= since,
            )
            .order_by(col(Snapshot.at))
        )
        with ledger.read() as session:
            found |= {job_id: Tally(at, sent, over, {}) for job_id, at, sent, over in session.exec(query)}
    return found


def add_all(ledger: Ledger, found: Sequence[Snapshot]) -> None:
    """Keep the counters of many jobs, some hundred in one transaction."""
    for start in range(0, len(found), AT_ONCE):
        rows = [one.model_dump(exclude={"id"}) for one in found[start : start + AT_ONCE]]
        with ledger.write() as session:
            session.execute(insert(Snapshot), rows)
