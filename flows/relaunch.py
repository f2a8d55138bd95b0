"""Level 2: the relaunch, watched."""

from models.verdict.ending import Ending
from tasks.context import RunContext
from tasks.dispatch import ladder
from tasks.prefect import flow


@flow(name="Level 2: relaunch and watch")
def relaunch(ctx: RunContext) -> Ending | None:
    """Confirm permits, watch the first dispatches one by one, then let the waves double."""
    if ending := ladder.confirm_permits(ctx):
        return ending
    while ladder.is_anybody_left(ctx):
        if ending := ladder.relaunch_wave(ctx):
            return ending
    return None
