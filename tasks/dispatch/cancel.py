"""A wish to stop, looked for wherever a recovery waits."""

from models.tables.ledger import Recovery
from models.verdict.ending import CancelAsked
from tasks.context import Desk
from tasks.ledger import recoveries

__all__ = ["CancelAsked", "check_cancel"]


def check_cancel(desk: Desk) -> Recovery:
    """Return the recovery as it stands; raises CancelAsked where somebody wants it to stop."""
    desk.heed()
    recovery = recoveries.get(desk.ledger, desk.held.recovery_id)
    if recovery.cancel_asked:
        raise CancelAsked
    return recovery
