"""What can go wrong with the ledger, as sentences."""

from sqlalchemy.exc import DatabaseError, DBAPIError, OperationalError


class LedgerError(Exception):
    """The ledger could not be read or written; nothing was sent on the strength of it."""


class LeaseLost(LedgerError):  # noqa: N818
    """Another process has taken over this recovery; this one must not write or dispatch any more."""


class NoSuchRecovery(LedgerError):  # noqa: N818
    """The ledger holds no recovery of that id."""


def in_words(error: DatabaseError | DBAPIError) -> str:
    """Return one sentence for a database's complaint, without its statement or parameters."""
    text = str(error.orig).lower() if error.orig else str(error).lower()
    if "disk is full" in text or "no space left" in text or "disk i/o error" in text:
        return "The disk of the ledger is full or failing. Free some space, then resume; nothing was lost."
    if "locked" in text or "busy" in text:
        return "Another program keeps the ledger locked. Close it, then resume; nothing was lost."
    if "readonly" in text or "permission" in text or "unable to open" in text:
        return "The ledger cannot be opened for writing. Check RINGBACK_DATABASE_URL and its permissions."
    if "no such table" in text or "does not exist" in text:
        return "The ledger lacks a table: its migration is incomplete. Run the command again to complete it."
    if isinstance(error, OperationalError) or getattr(error, "connection_invalidated", False):
        return "The ledger's database does not answer. Check that it runs, then resume; nothing was lost."
    return f"The ledger's database refused a statement ({type(error.orig or error).__name__})."
