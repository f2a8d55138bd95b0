"""Level 1, last rung: a small sample before anything large."""

from models.verdict.ending import Ending
from tasks.conductor import level
from tasks.dispatch import ladder as steps


@level("Level 1: retry a small sample")
def sample() -> Ending | None:
    """Send waves of at most five until the figures say go, hold or abort."""
    while steps.sample_verdict() is None:
        if ending := steps.sample_wave():
            return ending
    return None
