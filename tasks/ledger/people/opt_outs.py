"""The ledger's suppression list, as people and other programs write and read it."""

from collections.abc import Sequence

from sqlmodel import col, select

from models.tables.ledger import Suppressed
from tasks.ledger.plans import suppress
from tasks.ledger.store import Ledger


def add(ledger: Ledger, workspace: str, phones: Sequence[str], why: str) -> int:
    """Put E.164 numbers on the list of a workspace, and return how many people were not there yet."""
    with ledger.write() as session:
        return suppress(session, workspace, phones, why, ledger)


def listed(ledger: Ledger, workspace: str) -> list[Suppressed]:
    """Return the list of a workspace, the newest first."""
    with ledger.read() as session:
        query = select(Suppressed).where(Suppressed.workspace == workspace)
        return list(session.exec(query.order_by(col(Suppressed.at).desc(), col(Suppressed.phone))))
