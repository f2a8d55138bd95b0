"""Level 1, last rung: a small sample before anything large."""

from models.verdict.ending import Ending
from tasks.context import RunContext
from tasks.dispatch import ladder
from tasks.prefect import flow


@flow(name="Level 1: retry a small sample")
def sample(ctx: RunContext) -> Ending | None:
    """Send waves of at most five until the figures say go, hold or abort."""
    while ladder.sample_verdict(ctx) is None:
        if ending := ladder.sample_wave(ctx):
            return ending
    return None
