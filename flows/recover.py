"""The ladder: from a stalled job to a recovered, held or escalated one."""

from typing import Any

from flows.escalate import hand_to_engineering
from flows.relaunch import relaunch
from flows.requests import RecoveryRequest, run_named
from flows.sample import sample
from flows.triage import check_the_job
from models.enums import State
from models.verdict.ending import Ending
from tasks.context import RunContext
from tasks.dispatch import fence, ladder
from tasks.finish import finish
from tasks.finish.trouble import ending_for_errors
from tasks.plan import prepare
from tasks.prefect import flow
from tasks.prefect_api.rest import FLOW
from tasks.runs.deployed import take_back_cancelled


@flow(name=FLOW, flow_run_name=run_named("recover"), on_cancellation=[take_back_cancelled])
def recover(request: RecoveryRequest) -> Any:
    """Climb the runbook's ladder for one job: triage, approval, sample, relaunch, escalate.

    Nobody is called before the plan is approved, nobody is called twice, and every end names the next action.
    """
    from tasks.runs.recover_run import run_request

    return run_request(request, climb)


def climb(ctx: RunContext) -> State:
    """Climb until something says stop; every way out goes through the same last step."""
    ending = ending_for_errors(ctx, climb_the_ladder)
    if ending.state is State.ESCALATED:
        ending = ending_for_errors(ctx, lambda ctx: hand_to_engineering(ctx, ending))
    return finish.finish(ctx, ending)


def climb_the_ladder(ctx: RunContext) -> Ending:
    """Follow the runbook; a run that goes on after a kill finds its way by the ledger."""
    if ending := ladder.go_on_stopping(ctx):
        return ending
    prepare.reconcile_earlier_waves(ctx)
    if not prepare.is_approved(ctx):
        if prepare.is_begun(ctx):
            prepare.show_the_begun_plan(ctx)
        else:
            check_the_job(ctx)
            if ending := finish.ending_of_triage(ctx):
                return ending
            prepare.freeze_the_plan(ctx)
        if ending := prepare.ask_for_approval(ctx):
            return ending
    prepare.confirm_the_approved_plan(ctx)
    fence.fence(ctx)
    return ladder.finish_begun_waves(ctx) or sample(ctx) or relaunch(ctx) or finish.recovered(ctx)
