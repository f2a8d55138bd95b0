"""The stall sweep: every workspace on its own, then one summary of all of them."""

from collections.abc import Callable, Sequence
from typing import Any

from flows.recover import climb
from flows.requests import SweepRequest
from flows.triage import check_the_job
from tasks.context import Reporter, RunContext
from tasks.prefect import HasRunInfo, flow
from tasks.prefect_api.rest import SWEEP_FLOW
from tasks.runs.sweep_runs import Wish, run_sweep, sweep_from_prefect
from tasks.sweep import sweep as steps
from tasks.sweep.report import Place, sum_up, within
from tasks.sweep.sweep import SweepActions, SweepResult


@flow(name=SWEEP_FLOW, flow_run_name="sweep")
def sweep(request: SweepRequest | None = None) -> Any:
    """Look at each running or short-ended job of every workspace, and act on stalled ones as the policy says.

    Also goes on with interrupted recoveries, closes those whose job moves again, holds plans that nobody
    approved in time, and clears away what is old.
    """
    asked = request or SweepRequest()
    return sweep_from_prefect(asked.workspace, asked.act, sweep_workspaces)


def sweep_here(act: Wish, reporter: Reporter, workspace: str = "") -> dict[str, Any]:
    """Sweep in this process, without a Prefect server, and return what was seen and done."""
    return run_sweep(act, reporter, workspace, sweep_workspaces, climb)


def sweep_workspaces(
    run: HasRunInfo, places: Sequence[Place], clear_away: Callable[[], str]
) -> list[SweepResult]:
    """Sweep each workspace, clear away what is old, sum up."""
    swept = [within(place, sweep_one) for place in places]
    sum_up(run, swept, clear_away())
    return swept


def sweep_one(ctx: RunContext, swept: SweepResult, hands: SweepActions) -> None:
    """Look at each job that runs or ended lately, act on stalled ones, close and continue what is open."""
    swept.resumed |= steps.go_on(ctx, steps.orphans(ctx), hands.go_on)
    jobs = steps.jobs_to_see(ctx)
    looked = steps.look_at_all(ctx, jobs, check_the_job)
    swept.seen += steps.news(jobs, looked)
    swept.closed |= steps.close(ctx, swept.seen)
    steps.go_on(ctx, swept.closed, hands.go_on)
    swept.acted |= steps.act_on(ctx, swept.seen, hands.act)
    steps.remember_ended(ctx, jobs, looked, swept)
    swept.resumed |= steps.tend(ctx, hands)
