"""Counters of many jobs at once: moving jobs cost a sweep statements by the hundred, not one each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, bindparam, func, insert, select
from sqlmodel import col

from models.platform import Job
from models.tables.ledger import Snapshot
from models.triage.observation import Tally
from tasks.ledger.store import Ledger

AT_ONCE = 500
"""Jobs in one statement: far below what any database takes as parameters."""
_Tallies = Select[tuple[str, datetime, int, int]]
_KEPT = (
    col(Snapshot.workspace) == bindparam("of_workspace"),
    col(Snapshot.platform) == bindparam("of_platform"),
    col(Snapshot.job_id).in_(bindparam("jobs", expanding=True)),
    col(Snapshot.at) >= bindparam("since"),
)
_COUNTERS = (col(Snapshot.job_id), col(Snapshot.at), col(Snapshot.dispatched), col(Snapshot.finished))
_RECENT: _Tallies = select(*_COUNTERS).where(*_KEPT).order_by(col(Snapshot.at))
# Most jobs move, and of those the newest counters are enough: the index alone finds which these are.
_NEWEST = (
    select(col(Snapshot.job_id), func.max(col(Snapshot.at)).label("at"))
    .where(*_KEPT)
    .group_by(col(Snapshot.job_id))
    .subquery()
)
_LATEST: _Tallies = (
    select(*_COUNTERS)
    .join(_NEWEST, (col(Snapshot.job_id) == _NEWEST.c.job_id) & (col(Snapshot.at) == _NEWEST.c.at))
    .where(*_KEPT)
)


def latest_tallies(
    ledger: Ledger, workspace: str, platform: str, job_ids: Sequence[str], since: datetime
) -> dict[str, Tally]:
    """Return the newest counters of each job that were kept since then; others are left out."""
    account = {"of_workspace": workspace, "of_platform": platform, "since": since}
    return {name: several[-1] for name, several in _tallies(ledger, _LATEST, job_ids, account).items()}


def recent_tallies(
    ledger: Ledger, workspace: str, platform: str, job_ids: Sequence[str], since: datetime
) -> dict[str, list[Tally]]:
    """Return the counters of each job that were kept since then, oldest first; others are left out."""
    account = {"of_workspace": workspace, "of_platform": platform, "since": since}
    return _tallies(ledger, _RECENT, job_ids, account)


def _tallies(
    ledger: Ledger, query: _Tallies, job_ids: Sequence[str], account: Mapping[str, Any]
) -> dict[str, list[Tally]]:
    found: dict[str, list[Tally]] = defaultdict(list)
    for start in range(0, len(job_ids), AT_ONCE):
        some = {**account, "jobs": job_ids[start : start + AT_ONCE]}
        with ledger.read() as session:
            for job_id, at, sent, over in session.connection().execute(query, some):
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
