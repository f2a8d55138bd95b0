"""Who is in which job of an account, as the ledger has kept it: digests by job, while they still hold."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select

from models.platform import Job
from models.tables.sweeps import JobPeople
from tasks.ledger.store import Ledger

AT_ONCE = 200
"""Jobs in one statement."""


def keep(ledger: Ledger, found: Sequence[JobPeople]) -> None:
    """Write down who is in some jobs, in place of what was known of them."""
    write = postgresql.insert if ledger.engine.dialect.name == "postgresql" else sqlite.insert
    insert = write(JobPeople.__table__)  # type: ignore[attr-defined]
    put = insert.on_conflict_do_update(
        index_elements=["workspace", "platform", "job_id"],
        set_={name: insert.excluded[name] for name in ("at", "total", "recipe", "people")},
    )
    for start in range(0, len(found), AT_ONCE):
        with ledger.write() as session:
            session.execute(put, [one.model_dump() for one in found[start : start + AT_ONCE]])


def known(
    ledger: Ledger, workspace: str, platform: str, jobs: Sequence[Job], *, recipe: str, since: datetime
) -> Iterator[tuple[str, bytes]]:
    """Yield, by job, the digests that still hold: made so, not before `since`, of a job of as many rows."""
    total = {job.id: job.total for job in jobs}
    for start in range(0, len(jobs), AT_ONCE):
        query = select(JobPeople.job_id, JobPeople.total, JobPeople.people).where(
            JobPeople.workspace == workspace,
            JobPeople.platform == platform,
            col(JobPeople.job_id).in_([job.id for job in jobs[start : start + AT_ONCE]]),
            JobPeople.recipe == recipe,
            JobPeople.at >= since,
        )
        with ledger.read() as session:
            found = session.exec(query).all()
        yield from ((job_id, people) for job_id, rows, people in found if rows == total[job_id])
