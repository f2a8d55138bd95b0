"""Level 3: hand the job to engineering with everything they ask for."""

from typing import Any

from flows.requests import PackageRequest, run_named
from flows.triage import check_the_job
from models.verdict.ending import Ending
from tasks.context import RunContext
from tasks.package import escalate as steps
from tasks.prefect import flow


@flow(name="Escalate a batch job", flow_run_name=run_named("escalate"))
def escalate(request: PackageRequest) -> Any:
    """Collect a job's diagnostics into one package for engineering; every number in it is masked."""
    from tasks.runs.look_runs import run_package

    def package(ctx: RunContext, recovery_id: str | None) -> str:
        check_the_job(ctx)
        return steps.hand_over(ctx, request.reason, recovery_id, request.screenshot).path.name

    return run_package(request.job_id, request.workspace, package)


@flow(name="Level 3: escalate to engineering")
def hand_to_engineering(ctx: RunContext, ending: Ending) -> Ending:
    """Collect the diagnostics into one package; the recovery ends as it was going to."""
    steps.make_package(ctx, ending)
    return ending
