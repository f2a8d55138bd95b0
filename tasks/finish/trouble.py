"""When the platform or the ledger fails in the middle: what that means for the job."""

from collections.abc import Callable

from models.enums import State
from models.platform import PlatformError
from models.verdict.ending import CancelAskedError, Ending, HaltError
from tasks.context import RunContext
from tasks.dispatch.stops.stop import stop


def ending_for_errors(ctx: RunContext, act: Callable[[RunContext], Ending]) -> Ending:
    """Return how the act ends; a platform that fails holds the ladder, it never calls anybody on a guess."""
    try:
        return act(ctx)
    except PlatformError as error:
        next_action = error.next_action_for(ctx.held.recovery_id)
        return Ending(State.HELD, str(error), next_action, resumable=True)
    except (HaltError, CancelAskedError) as halt:
        return stop(ctx, halt.ending)
