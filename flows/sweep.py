"""The stall sweep: every workspace on its own, then one summary of all of them."""

from collections.abc import Callable, Sequence

from tasks.sweep import sweep as steps
from tasks.sweep.report import Place, sum_up, within
from tasks.sweep.sweep import SweepActions, SweepResult


def sweep(places: Sequence[Place], clear_away: Callable[[], str]) -> list[SweepResult]:
    """Sweep each workspace, clear away what is old, sum up."""
    swept = [within(place, one_workspace) for place in places]
    sum_up(swept, clear_away())
    return swept


def one_workspace(swept: SweepResult, hands: SweepActions) -> None:
    """Look at each running job, act on the stalled ones, close and continue what is open."""
    swept.resumed |= steps.go_on(steps.orphans(), hands.go_on)
    swept.seen += steps.look_at_all(steps.running_jobs())
    swept.closed |= steps.close(swept.seen)
    steps.go_on(swept.closed, hands.go_on)
    swept.acted |= steps.act_on(swept.seen, hands.act)
    swept.resumed |= steps.tend(hands)
