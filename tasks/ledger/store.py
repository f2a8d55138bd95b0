"""Sessions on the ledger: reads, plain writes, and writes that hold only under the current lease."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import Engine, bindparam, insert
from sqlalchemy import select as columns
from sqlmodel import Session, col, select

from models.audit.chain import AuditEntry, AuditKey, append
from models.messages.milestones import NOBODY, Notices
from models.tables.ledger import AuditRow, Lease, Recovery
from tasks.clock import Clock
from tasks.fault_points import fault_point
from tasks.ledger.database.mark import LedgerMark
from tasks.ledger.errors import Complaint, LeaseLostError, ledger_error


@dataclass(frozen=True, slots=True)
class Claim:
    """Proof of holding a job: the lease's key and the fencing token it was given."""

    workspace: str
    platform: str
    job_id: str
    recovery_id: str
    token: int

    @property
    def key(self) -> dict[str, str]:
        """Return what the row of the lease is found by."""
        return {"of_workspace": self.workspace, "of_platform": self.platform, "of_job": self.job_id}


@dataclass(frozen=True)
class Ledger:
    """The database, the clock, the key of the audit chain, who is told of writes, and the mark beside it."""

    engine: Engine
    clock: Clock
    key: AuditKey
    notices: Notices = NOBODY
    mark: LedgerMark | None = None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Open a session for reading."""
        with self._words(), Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def write(self, claim: Claim | None = None) -> Iterator[Session]:
        """Open a session that commits at the end; under a claim it first proves the fencing token."""
        with self._words(), Session(self.engine, expire_on_commit=False) as session:
            session.connection(execution_options={"writes": True})
            if claim:
                self._prove(session, claim)
            yield session
            fault_point("ledger.before_commit")
            session.commit()
            fault_point("ledger.after_commit")

    def note(self, session: Session, recovery_id: str, kind: str, body: dict[str, Any]) -> None:
        """Append one entry to the audit chain of a recovery, in the session's own transaction."""
        session.flush()
        connection, of_recovery = session.connection(), {"of_recovery": recovery_id}
        # A person decides while the holder writes: the row's lock makes one entry follow the other.
        connection.execute(_LOCKED, of_recovery)
        last = connection.execute(_NEWEST, of_recovery).one_or_none()
        entry = append(
            AuditEntry(*last) if last else None,
            at=self.clock.now(),
            kind=kind,
            body=body,
            key=self.key,
            recovery_id=recovery_id,
        )
        fault_point("audit.append")
        connection.execute(_APPENDED, _audit_row(recovery_id, entry))

    def _prove(self, session: Session, claim: Claim) -> None:
        token = session.connection().execute(_TOKEN, claim.key).scalar_one_or_none()
        if token != claim.token:
            raise lost(claim)

    @contextmanager
    def _words(self) -> Iterator[None]:
        try:
            yield
        except Complaint as error:
            raise ledger_error(error) from None


OF_JOB = (
    col(Lease.workspace) == bindparam("of_workspace"),
    col(Lease.platform) == bindparam("of_platform"),
    col(Lease.job_id) == bindparam("of_job"),
)
"""Which lease a claim speaks of, by `Claim.key`."""
# Proved before every write and at every look: built once, and without an object for the row.
_TOKEN = select(col(Lease.token)).where(*OF_JOB).with_for_update()
# Every wave and every outcome adds a link to the chain.
_LOCKED = select(Recovery.id).where(Recovery.id == bindparam("of_recovery")).with_for_update()
_NEWEST = (
    columns(*(getattr(AuditRow, field.name) for field in fields(AuditEntry)))
    .where(col(AuditRow.recovery_id) == bindparam("of_recovery"))
    .order_by(col(AuditRow.seq).desc())
    .limit(1)
)
_APPENDED = insert(AuditRow.__table__)  # type: ignore[attr-defined]


def lost(claim: Claim) -> LeaseLostError:
    """Return what ends a run whose job another process has taken over."""
    return LeaseLostError(
        f"Recovery {claim.recovery_id} of job {claim.job_id} was taken over by another process; "
        "this one stops and has changed nothing more."
    )


def audit_entry(row: AuditRow) -> AuditEntry:
    """Return a stored link of the chain as the value that the rules verify."""
    return AuditEntry(
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        body=row.body,
        previous=row.previous,
        mac=row.mac,
        key_id=row.key_id,
    )


def _audit_row(recovery_id: str, entry: AuditEntry) -> dict[str, Any]:
    return {
        "recovery_id": recovery_id,
        "seq": entry.seq,
        "at": entry.at,
        "kind": entry.kind,
        "body": dict(entry.body),
        "previous": entry.previous,
        "mac": entry.mac,
        "key_id": entry.key_id,
    }
