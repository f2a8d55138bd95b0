"""The figures of sample and relaunch: a settled wave is counted once in a run, open ones at every look."""

from models.verdict.figures import Figures, WaveFigures
from models.verdict.monitor import Monitor
from tasks.context import RunContext
from tasks.ledger.people.by_wave import figures_after


def figures(ctx: RunContext) -> Figures:
    """Return the sums of all waves; those of settled waves never change, and are kept for the next look."""
    recovery_id = ctx.held.recovery_id
    none: dict[int, WaveFigures] = {}
    first = Figures(Monitor(ctx.policy.transient_threshold, ctx.policy.alpha))
    kept, ahead = ctx.case.figures.get(recovery_id, (first, none))
    fresh = {wave.n: wave for wave in figures_after(ctx.ledger, recovery_id, kept.last, list(ahead))}
    known = ahead | fresh
    found = kept
    for n in sorted(known):
        in_a_row = found is kept
        found = found.plus(known[n])
        kept = found if in_a_row and known[n].is_settled else kept
    ahead = {n: wave for n, wave in known.items() if wave.is_settled and n > kept.last}
    ctx.case.figures[recovery_id] = kept, ahead
    return found
