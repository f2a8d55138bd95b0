"""When the platform or the ledger fails in the middle: what that means for the job."""

from collections.abc import Callable

from models.enums import State
from models.platform import AuthenticationError, NoSuchJobError, PlatformError
from models.verdict.ending import Ending, HaltError
from tasks.context import RunContext
from tasks.dispatch.stop import stop
from tasks.dispatch.waves import CancelAskedError
from tasks.triage.suppression import UnreadableListError


def ending_for_errors(ctx: RunContext, act: Callable[[RunContext], Ending]) -> Ending:
    """Return how the act ends; a platform that fails holds the ladder, it never calls anybody on a guess."""
    try:
        return act(ctx)
    except (NoSuchJobError, AuthenticationError) as error:
        return Ending(State.HELD, str(error), "Correct the job id or the key, then resume.", resumable=True)
    except UnreadableListError as error:
        todo = f"Put the list right, then `ringback resume {ctx.held.recovery_id}`."
        return Ending(State.HELD, str(error), todo, resumable=True)
    except PlatformError as error:
        todo = f"When the platform answers again: `ringback resume {ctx.held.recovery_id}`."
        return Ending(State.HELD, str(error), todo, resumable=True)
    except HaltError as halt:
        return stop(ctx, halt.ending)
    except CancelAskedError as asked:
        return stop(ctx, asked.ending)
