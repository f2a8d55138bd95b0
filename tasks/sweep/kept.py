"""Counters of many jobs at once: moving jobs cost a sweep statements by the hundred, not one each."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert
from sqlmodel import col, select

from models.platform import Job
from models.tables.ledger import Snapshot
from models.triage.observation import Tally
from tasks.ledger.store import Ledger

AT_ONCE = 500
"""Jobs in one statement: far below what any database takes as parameters."""


def recent_tallies(
    ledger: Ledger, workspace: str, platform: str, job_ids: Sequence[str], since: datetime
) -> dict[str, list[Tally]]:
    """Return the counters of each job that were kept since then, oldest first; others are left out."""
    found: dict[str, list[Tally]] = defaultdict(list)
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
            for job_id, at, sent, over in session.exec(query):
                found[job_id].append(Tally(at, sent, over, {}))
    return dict(found)


def add_all(ledger: Ledger, found: Sequence[Snapshot]) -> None:
    """Keep looks at many jobs, some hundred in one transaction."""
    _add(ledger, [one.model_dump(exclude={"id"}) for one in found])


def add_listed(ledger: Ledger, workspace: str, platform: str, jobs: Sequence[Job]) -> None:
    """Keep the counters of many jobs as they are listed now: rows and no objects, for these are most."""
    now = ledger.clock.now()
    rows = [
        {
            "workspace": workspace,
            "platform": platform,
            "job_id": job.id,
            "at": now,
            "status": job.raw_status,
            "total": job.total,
            "dispatched": job.dispatched,
            "finished": job.finished,
            "counts": {},
        }
        for job in jobs
    ]
    _add(ledger, rows)


def _add(ledger: Ledger, rows: Sequence[dict[str, Any]]) -> None:
    table = Snapshot.__table__  # type: ignore[attr-defined]
    for start in range(0, len(rows), AT_ONCE):
        with ledger.write() as session:
            session.connection().execute(insert(table), rows[start : start + AT_ONCE])
