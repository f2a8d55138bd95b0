"""The audit chain as it stands in the ledger."""

from collections.abc import Mapping

from sqlmodel import col, func, select

from models.audit.chain import Head, Verification, head_of, verify
from models.tables.ledger import AuditRow
from tasks.ledger.store import Ledger, audit_entry


def entries(ledger: Ledger, recovery_id: str) -> list[AuditRow]:
    """Return the chain of a recovery in its order."""
    with ledger.read() as session:
        query = select(AuditRow).where(AuditRow.recovery_id == recovery_id).order_by(col(AuditRow.seq))
        return list(session.exec(query))


def examine(
    ledger: Ledger, recovery_id: str, keys: Mapping[str, bytes], head: Head | None = None
) -> Verification:
    """Verify the chain of a recovery, against an exported head where there is one."""
    chain = [audit_entry(row) for row in entries(ledger, recovery_id)]
    return verify(chain, keys, head=head, recovery_id=recovery_id)


def continuations(ledger: Ledger, recovery_id: str) -> int:
    """Count how often a process has taken up a recovery that another one had begun."""
    query = select(func.count()).where(AuditRow.recovery_id == recovery_id, AuditRow.kind == "continued")
    with ledger.read() as session:
        return int(session.exec(query).one())


def export_head(ledger: Ledger, recovery_id: str) -> Head | None:
    """Return the newest link for a place outside the ledger, None for a recovery without entries."""
    chain = entries(ledger, recovery_id)
    return head_of(audit_entry(chain[-1]), recovery_id=recovery_id) if chain else None
