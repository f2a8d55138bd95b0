"""Accounts: whatever a workspace is called in the settings, the ledger knows its account by one name."""

from models.tables.ledger import Account
from tasks.ledger.errors import CollisionError
from tasks.ledger.store import Ledger


def name_of(ledger: Ledger, fingerprint: str, workspace: str) -> str:
    """Return the name that the ledger goes by for an account, the given one where it is new to it."""
    known = _known(ledger, fingerprint)
    if known:
        return known
    try:
        with ledger.write() as session:
            session.add(Account(fingerprint=fingerprint, workspace=workspace, seen_at=ledger.clock.now()))
    except CollisionError:  # another process was faster
        return _known(ledger, fingerprint) or workspace
    return workspace


def _known(ledger: Ledger, fingerprint: str) -> str | None:
    with ledger.read() as session:
        found = session.get(Account, fingerprint)
        return found.workspace if found else None
