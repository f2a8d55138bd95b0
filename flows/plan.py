"""The dry run: triage, then the plan that would follow, shown and kept nowhere."""

from typing import Any

from flows.requests import PlanRequest, run_named
from flows.triage import check_the_job
from models.triage.diagnosis import Diagnosis
from tasks.context import RunContext
from tasks.plan import prepare
from tasks.prefect import flow


@flow(name="Plan a recovery (dry run)", flow_run_name=run_named("plan"))
def plan(request: PlanRequest) -> Any:
    """Say who would be redialled, held and dropped, and why. A dry run: nothing is kept, nobody is called."""
    from tasks.runs.look_runs import run_look

    return run_look(request, dry_run, "Planned", request.contacts)


def dry_run(ctx: RunContext) -> Diagnosis:
    """Look, and show who would be redialled, held and dropped."""
    found = check_the_job(ctx)
    prepare.show_the_plan(ctx)
    return found
