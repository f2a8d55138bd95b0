"""A person's wish to cancel, looked for wherever a recovery waits."""

from models.tables import Recovery
from tasks.desk import Desk
from tasks.ledger import recoveries


class CancelAsked(Exception):  # noqa: N818
    """A person has asked the recovery to stop."""


def check_cancel(desk: Desk) -> Recovery:
    """Return the recovery as it stands; raises CancelAsked where a person has asked to cancel."""
    recovery = recoveries.get(desk.ledger, desk.held.recovery_id)
    if recovery.cancel_asked:
        raise CancelAsked
    return recovery
