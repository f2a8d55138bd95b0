"""What is kept no longer than needed: snapshots, packages, messages; never an audit or an open recovery."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import delete
from sqlmodel import col, select

from models.enums import State
from models.messages.milestones import Delivery
from models.tables.handovers import PeopleFile
from models.tables.ledger import PackageRow, Recovery, Snapshot
from models.tables.sweeps import CallOwner, JobPeople
from models.tables.tickets import OutboxRow
from tasks.ledger.recoveries import find
from tasks.ledger.store import Ledger
from tasks.prefect import HasRunInfo, task

OPEN = (State.RUNNING.value, State.AWAITING_APPROVAL.value)


@task(name="Clear away what is old")
def clear_away(
    _run: HasRunInfo,
    ledger: Ledger,
    packages: Path,
    *,
    snapshots_days: int,
    packages_days: int,
    messages_days: int,
) -> str:
    """Delete snapshots, packages and messages past their days, and say how many."""
    now = ledger.clock.now()
    snapshots = clear_snapshots(ledger, now - timedelta(days=snapshots_days))
    clear_people(ledger, now - timedelta(days=snapshots_days))
    files = clear_packages(ledger, packages, now - timedelta(days=packages_days))
    messages = clear_messages(ledger, now - timedelta(days=messages_days))
    return f"Cleared away: {snapshots} snapshots, {files} packages, {messages} messages."


def clear_snapshots(ledger: Ledger, before: datetime) -> int:
    """Delete old snapshots, except those of jobs whose recovery is open; return how many."""
    of_open = select(Recovery.job_id).where(col(Recovery.state).in_(OPEN))
    old = delete(Snapshot).where(col(Snapshot.at) < before, col(Snapshot.job_id).not_in(of_open))
    with ledger.write() as session:
        return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def clear_people(ledger: Ledger, before: datetime) -> int:
    """Delete the digests of who was in jobs that no sweep has read lately; return of how many jobs.

    Whose old calls are goes with them: what is asked for again is read again. So do files of people, whose
    recoveries hold them by themselves.
    """
    with ledger.write() as session:
        session.execute(delete(PeopleFile).where(col(PeopleFile.at) < before))
        session.execute(delete(CallOwner).where(col(CallOwner.at) < before))
        old = delete(JobPeople).where(col(JobPeople.at) < before)
        return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def clear_messages(ledger: Ledger, before: datetime) -> int:
    """Delete what the outbox has delivered of recoveries that have ended for good; return how many.

    A recovery that can go on keeps its messages: they say what a ticket has heard already.
    """
    may_go_on = select(Recovery.id).where(col(Recovery.state).in_(OPEN) | col(Recovery.resumable))
    old = delete(OutboxRow).where(
        col(OutboxRow.state) == Delivery.DELIVERED.value,
        col(OutboxRow.done_at) < before,
        col(OutboxRow.recovery_id).not_in(may_go_on),
    )
    with ledger.write() as session:
        return int(session.execute(old).rowcount)  # type: ignore[attr-defined]


def clear_packages(ledger: Ledger, folder: Path, before: datetime) -> int:
    """Delete old package files of ended recoveries and of none; the ledger keeps when and which they were."""
    cleared = [_clear(ledger, row) for row in _old(ledger, before)]
    with ledger.read() as session:
        known = {Path(path).name for path in session.exec(select(PackageRow.path))}
    loose = [file for file in folder.glob("*.zip") if file.name not in known and _age(file) < before]
    for file in loose:
        file.unlink(missing_ok=True)
    return sum(cleared) + len(loose)


def _old(ledger: Ledger, before: datetime) -> list[PackageRow]:
    query = (
        select(PackageRow)
        .join(Recovery, col(Recovery.id) == col(PackageRow.recovery_id))
        .where(PackageRow.at < before, col(Recovery.state).not_in(OPEN))
    )
    with ledger.read() as session:
        return list(session.exec(query))


def _clear(ledger: Ledger, row: PackageRow) -> bool:
    file = Path(row.path)
    if not file.exists():
        return False
    with ledger.write() as session:
        recovery = find(session, row.recovery_id, lock=True)
        recovery.package = None if recovery.package == row.path else recovery.package
        session.add(recovery)
        ledger.note(session, row.recovery_id, "package_cleared", {"sha256": row.sha256})
    with suppress(OSError):
        file.unlink()
        return True
    return False


def _age(file: Path) -> datetime:
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)
