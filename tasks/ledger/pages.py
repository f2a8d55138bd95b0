"""Looking through the ledger: recoveries by what they are, and the newest package of one."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import col, select

from models.enums import State
from models.tables.ledger import PackageRow, Recovery
from tasks.ledger.store import Ledger


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which recoveries are wanted; what is None does not matter."""

    state: State | None = None
    job_id: str | None = None
    workspace: str | None = None
    workspaces: frozenset[str] | None = None
    """Those that the caller may see."""
    before: datetime | None = None


def recoveries(ledger: Ledger, wanted: Wanted, limit: int) -> list[Recovery]:
    """Return recoveries, the newest first."""
    query = select(Recovery)
    if wanted.state:
        query = query.where(Recovery.state == wanted.state.value)
    if wanted.job_id:
        query = query.where(Recovery.job_id == wanted.job_id)
    if wanted.workspace:
        query = query.where(Recovery.workspace == wanted.workspace)
    if wanted.workspaces is not None:
        query = query.where(col(Recovery.workspace).in_(wanted.workspaces))
    if wanted.before:
        before = wanted.before if wanted.before.tzinfo else wanted.before.replace(tzinfo=UTC)
        query = query.where(col(Recovery.started_at) < before)
    with ledger.read() as session:
        return list(session.exec(query.order_by(col(Recovery.started_at).desc()).limit(limit)))


def package_of(ledger: Ledger, recovery_id: str, sha256: str) -> PackageRow | None:
    """Return the one package of a recovery whose SHA-256 begins so, None where it has none; never another."""
    with ledger.read() as session:
        query = select(PackageRow).where(PackageRow.recovery_id == recovery_id)
        found = session.exec(query.order_by(col(PackageRow.id).desc())).all()
    return next((row for row in found if sha256 and row.sha256.startswith(sha256)), None)


def newest_package(ledger: Ledger, recovery_id: str) -> PackageRow | None:
    """Return the newest package of a recovery, None where it has none."""
    with ledger.read() as session:
        query = select(PackageRow).where(PackageRow.recovery_id == recovery_id)
        return session.exec(query.order_by(col(PackageRow.id).desc()).limit(1)).first()
