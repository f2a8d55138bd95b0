"""Triage: the runbook's four operational checks, in its order."""

from typing import Any

from flows.requests import JobRequest, run_named
from models.triage.diagnosis import Diagnosis
from tasks.context import RunContext
from tasks.prefect import flow
from tasks.triage import checks


@flow(name="Triage a batch job", flow_run_name=run_named("triage"))
def triage(request: JobRequest) -> Any:
    """Look at one job: the runbook's four checks, a diagnosis, the next action. Read only."""
    from tasks.runs.look_runs import run_look

    return run_look(request, check_the_job, "Diagnosed")


@flow(name="Triage: the four operational checks")
def check_the_job(ctx: RunContext) -> Diagnosis:
    """Look once, run the checks in the runbook's order, name the cause."""
    checks.look_at_the_job(ctx)
    checks.confirm_job_health(ctx)
    checks.validate_permits_and_dispatch(ctx)
    checks.check_duplicate_prevention(ctx)
    checks.determine_retry_strategy(ctx)
    checks.recheck_configuration(ctx)
    return checks.name_the_cause(ctx)
