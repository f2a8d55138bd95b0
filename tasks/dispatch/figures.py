"""The figures of sample and relaunch: a settled wave is counted once in a run, open ones at every look."""

from models.verdict.figures import Figures
from models.verdict.monitor import Monitor
from tasks.context import RunContext
from tasks.ledger.people.by_wave import figures_after


def figures(ctx: RunContext) -> Figures:
    """Return the sums of all waves; those of settled waves never change, and are kept for the next look."""
    recovery_id = ctx.held.recovery_id
    kept = ctx.case.figures.get(recovery_id) or Figures(
        Monitor(ctx.policy.transient_threshold, ctx.policy.alpha)
    )
    found = kept
    for wave in figures_after(ctx.ledger, recovery_id, kept.last):
        in_a_row = found is kept
        found = found.plus(wave)
        kept = found if in_a_row and wave.is_settled else kept
    ctx.case.figures[recovery_id] = kept
    return found
