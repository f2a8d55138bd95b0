"""The flows that deployments run: settings from the environment, one form each, no secret in any of them."""

import os
from typing import Any

from prefect import flow, runtime
from prefect.states import Completed

from deployments.prefect.rest import FLOW, SWEEP_FLOW, TAG
from flows.requests import JobRequest, PackageRequest, RecoveryRequest, SweepRequest, run_name

FOLDER = "RINGBACK_FOLDER"
"""Names the folder that relative paths, .env and ringback.toml belong to; a run starts in Prefect's own."""


def _at_home() -> None:
    if folder := os.environ.get(FOLDER):
        os.chdir(folder)


def _name(verb: str) -> Any:
    def named() -> str:
        asked = runtime.flow_run.parameters["request"]
        given = asked if isinstance(asked, dict) else asked.model_dump()
        return run_name(verb, given["job_id"], given.get("workspace") or _default(), given.get("ticket", ""))

    return named


def _default() -> str:
    from tasks.runtime.settings import load_settings

    _at_home()
    return load_settings().workspace


def _cancelled(flow: Any, flow_run: Any, state: Any) -> None:  # noqa: ARG001  Prefect passes by these names
    """Take back what a cancelled run has not yet sent."""
    from deployments.prefect.recover_run import take_back

    _at_home()
    marks = [tag.removeprefix(TAG) for tag in flow_run.tags if tag.startswith(TAG)]
    for recovery_id in marks:
        take_back(recovery_id, flow_run.parameters["request"].get("workspace", ""))


@flow(name=FLOW, flow_run_name=_name("recover"), persist_result=False, on_cancellation=[_cancelled])
def recover(request: RecoveryRequest) -> Any:
    """Climb the runbook's ladder for one job: triage, approval, sample, relaunch, escalate.

    Nobody is called before the plan is approved, nobody is called twice, and every end names the next action.
    """
    from deployments.prefect.recover_run import run_request

    _at_home()
    return run_request(request)


@flow(name="Triage a batch job", flow_run_name=_name("triage"), persist_result=False)
def triage(request: JobRequest) -> Any:
    """Look at one job: the runbook's four checks, a diagnosis, the next action. Read only."""
    from deployments.prefect.look_runs import look

    _at_home()
    return look(request, plan=False)


@flow(name="Plan a recovery (dry run)", flow_run_name=_name("plan"), persist_result=False)
def plan(request: JobRequest) -> Any:
    """Say who would be redialled, held and dropped, and why. A dry run: nothing is kept, nobody is called."""
    from deployments.prefect.look_runs import look

    _at_home()
    return look(request, plan=True)


@flow(name="Escalate a batch job", flow_run_name=_name("escalate"), persist_result=False)
def escalate(request: PackageRequest) -> Any:
    """Collect a job's diagnostics into one package for engineering; every number in it is masked."""
    from deployments.prefect.look_runs import package

    _at_home()
    return package(request)


@flow(name=SWEEP_FLOW, flow_run_name="sweep", persist_result=False)
def sweep(request: SweepRequest | None = None) -> Any:
    """Look at every running job of every workspace, and act on the stalled ones as the policy says.

    Also goes on with interrupted recoveries, closes those whose job moves again, holds plans that nobody
    approved in time, and clears away what is old.
    """
    from deployments.prefect.sweep_runs import sweep_from_prefect

    _at_home()
    return Completed(name="Swept", message=sweep_from_prefect(request or SweepRequest()))
