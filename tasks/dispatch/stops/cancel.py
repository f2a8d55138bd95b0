"""A wish to stop, looked for wherever a recovery waits."""

from models.tables.ledger import Recovery
from models.verdict.ending import CancelAskedError, StopWish
from tasks.context import RunContext
from tasks.ledger import recoveries

__all__ = ["CancelAskedError", "check_cancel"]


def check_cancel(ctx: RunContext) -> Recovery:
    """Return the recovery as it stands; raises CancelAskedError where somebody wants it to stop."""
    ctx.heed()
    recovery = recoveries.get(ctx.ledger, ctx.held.recovery_id)
    if recovery.cancel_asked:
        how = recoveries.how_cancelled(ctx.ledger, recovery.id)
        raise CancelAskedError(StopWish(how, cancels=True).ending())
    return recovery
