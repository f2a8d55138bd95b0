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


ENDINGS = ("ended", "waiting", "declined")
"""Kinds of entries that say how a recovery came to rest."""


def why_it_rests(ledger: Ledger, recovery_id: str) -> str:
    """Return why a recovery ended or waits, as was written down with it; empty while it has done neither."""
    query = (
        select(AuditRow.kind, AuditRow.body)
        .where(AuditRow.recovery_id == recovery_id, col(AuditRow.kind).in_(ENDINGS))
        .order_by(col(AuditRow.seq).desc())
    )
    with ledger.read() as session:
        found = session.exec(query.limit(1)).first()
    if found is None:
        return ""
    kind, body = found
    return "A person declined the plan." if kind == "declined" else str(body.get("why", ""))


def continuations(ledger: Ledger, recovery_id: str) -> int:
    """Count how often a process has taken up a recovery that another one had begun."""
    query = select(func.count()).where(AuditRow.recovery_id == recovery_id, AuditRow.kind == "continued")
    with ledger.read() as session:
        return int(session.exec(query).one())


def export_head(ledger: Ledger, recovery_id: str) -> Head | None:
    """Return the newest link for a place outside the ledger, None for a recovery without entries."""
    chain = entries(ledger, recovery_id)
    return head_of(audit_entry(chain[-1]), recovery_id=recovery_id) if chain else None
