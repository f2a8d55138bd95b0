"""What can go wrong with the ledger, as sentences."""

from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from models.errors import EXIT_PERSON, EXIT_USAGE, RingbackError

Complaint = (DBAPIError, PoolTimeout)
"""Everything that a database or the way to it can throw."""

_FULL = "The disk of the ledger is full or failing. Free some space, then resume; nothing was lost."
_LOCKED = "Another program keeps the ledger locked. Close it, then resume; nothing was lost."
_CLOSED = "The ledger cannot be opened for writing. Check RINGBACK_DATABASE_URL and its permissions."
_DAMAGED = "The ledger's file is damaged or is no ledger. Restore it from a backup."
_REFUSED = "The ledger's database knows no such name, user or password. Check RINGBACK_DATABASE_URL."
_LACKING = "The ledger lacks a table or a column. Restore it from a backup; check RINGBACK_DATABASE_URL."
_TAKEN = (
    "The database holds a table of the ledger's and no ledger. Point RINGBACK_DATABASE_URL at an empty "
    "database, or restore the ledger from a backup."
)
_SILENT = "The ledger's database does not answer. Check that it runs, then resume; nothing was lost."
_SAYS = (
    (("disk is full", "no space left", "disk i/o error"), _FULL),
    (("locked", "busy", "deadlock", "lock timeout"), _LOCKED),
    (("readonly", "read-only", "permission", "unable to open"), _CLOSED),
    (("not a database", "malformed"), _DAMAGED),
    (("authentication", "no password", 'database "', 'role "'), _REFUSED),
    (("no such table", "no such column", "does not exist"), _LACKING),
    (("already exists",), _TAKEN),
)
"""What the drivers say, and the sentence for it; the first that fits holds."""
_UNANSWERED = ("OperationalError", "InterfaceError", "InternalError", "TimeoutError")


class LedgerError(RingbackError):
    """The ledger could not be read or written; nothing was sent on the strength of it."""

    next_action = "Put the database right as the message says, then `ringback resume {recovery}`."


class LeaseLostError(LedgerError):
    """Another process has taken over this recovery; this one must not write or dispatch any more."""

    exit_code = EXIT_PERSON
    next_action = "Leave the job to the process that has taken it over; `ringback status` shows it."


class OtherPeopleError(LedgerError):
    """A recovery was asked for the people of a file alone, and one for other people is open."""

    exit_code = EXIT_PERSON
    next_action = "Let the open recovery end, or cancel it, then ask again with the file."


class NoSuchPeopleError(LedgerError):
    """The ledger holds no file of people of that key for the job."""

    exit_code = EXIT_USAGE
    next_action = (
        "Hand the file over for this job (`ringback contacts FILE --for JOB`), then ask with its key."
    )


class NoSuchRecoveryError(LedgerError):
    """The ledger holds no recovery of that id."""

    exit_code = EXIT_USAGE
    next_action = "Take an id that `ringback status` lists."


class ManyRecoveriesError(LedgerError):
    """The first characters of an id fit several recoveries."""

    exit_code = EXIT_USAGE
    next_action = "Give more of the id; `ringback status` lists them."


class NothingToDecideError(LedgerError):
    """The recovery has ended, so nobody can approve or decline it any more."""

    exit_code = EXIT_USAGE
    next_action = "Read how the recovery stands: `ringback status`."


class NotKeptBackError(LedgerError):
    """Nobody has to decide about a contact that was named, or no decision can be carried out about it."""

    exit_code = EXIT_USAGE
    next_action = "Read whom the recovery keeps back: `ringback decide {recovery}`."


class OldListError(LedgerError):
    """The list of contacts that were kept back is not the one any more that somebody has decided about."""

    exit_code = EXIT_USAGE
    next_action = "Read the list as it is now, `ringback decide {recovery}`, and decide again."


class CollisionError(LedgerError):
    """A row contradicts one that the ledger holds; nothing of the write was kept."""

    next_action = "Run the command again; if it comes back, `ringback audit --verify` says what contradicts."


def ledger_error(error: DBAPIError | PoolTimeout) -> LedgerError:
    """Return a database's complaint as one sentence, without its statement, its parameters or its rows."""
    if isinstance(error, IntegrityError):
        return CollisionError("The ledger holds a row that contradicts this one. Run the command again.")
    return LedgerError(in_words(error))


def in_words(error: DBAPIError | PoolTimeout) -> str:
    """Return the sentence for a complaint, by what the driver says of it."""
    cause = getattr(error, "orig", None) or error
    # Postgres puts the row itself under DETAIL: its words must not choose the sentence.
    text = str(cause).lower().partition("\ndetail:")[0]
    for signs, words in _SAYS:
        if any(sign in text for sign in signs):
            return words
    if type(error).__name__ in _UNANSWERED:
        return _SILENT
    return f"The ledger's database refused a statement ({type(cause).__name__})."
