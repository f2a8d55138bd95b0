"""Level 2: the relaunch, watched."""

from models.verdict.ending import Ending
from tasks.conductor import level
from tasks.dispatch import ladder as steps


@level("Level 2: relaunch and watch")
def relaunch() -> Ending | None:
    """Confirm permits, watch the first dispatches one by one, then let the waves double."""
    if ending := steps.confirm_permits():
        return ending
    while steps.is_anybody_left():
        if ending := steps.relaunch_wave():
            return ending
    return None
