"""Handing over from a form what a dashboard shows of a job; files and numbers go by other doors."""

from typing import Any

from flows.requests import ObserveRequest, run_named
from tasks.prefect import flow


@flow(name="Hand over what a dashboard shows", flow_run_name=run_named("observe"))
def observe(request: ObserveRequest) -> Any:
    """Keep what a dashboard shows of a job as one moment, where no program reads it; nobody is called."""
    from tasks.runs.observe_run import run_hand_over

    shown = request.model_dump(exclude={"job_id", "workspace"})
    return run_hand_over(request.job_id, request.workspace, shown)
