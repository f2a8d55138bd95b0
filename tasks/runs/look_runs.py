"""Runs of the deployments that only look: triage, plan, and the package for engineering."""

from collections.abc import Callable
from typing import Any

from prefect.states import Completed

from models.platform import AuthenticationError, NoSuchJobError
from models.triage.diagnosis import Diagnosis
from tasks.context import RunContext
from tasks.ledger import recoveries
from tasks.package.screenshot import NotAScreenshotError
from tasks.prefect_api.run_reporter import Telling
from tasks.runs.deployed import at_home
from tasks.runs.prefect_runner import run_id
from tasks.runs.refusal import refuse
from tasks.runtime.settings.settings import SettingsError
from tasks.runtime.wiring import open_runtime


def run_look(
    job_id: str, workspace: str, look: Callable[[RunContext], Diagnosis], name: str, *, fixed: bool
) -> Any:
    """Look at a job and return the state of the run, under a name; its message is the next action."""
    try:
        ctx = _context(job_id, workspace)
    except (SettingsError, NoSuchJobError, AuthenticationError) as error:
        return refuse(error, job_id, workspace)
    ctx.operator_fixed = fixed
    found = look(ctx)
    return Completed(name=name, message=f"{found.message} {found.next_action}")


def run_package(job_id: str, workspace: str, package: Callable[[RunContext, str | None], str]) -> Any:
    """Build the package of a job, with its latest recovery where there was one; return the run's state."""
    try:
        ctx = _context(job_id, workspace)
    except (SettingsError, NoSuchJobError, AuthenticationError) as error:
        return refuse(error, job_id, workspace)
    latest = recoveries.of_job(ctx.ledger, ctx.job_key)[-1:]
    try:
        built = package(ctx, latest[0].id if latest else None)
    except NotAScreenshotError as error:
        return refuse(error, job_id, workspace)
    return Completed(
        name="Package ready", message=f"Give {built} to engineering; every number in it is masked."
    )


def _context(job_id: str, workspace: str) -> RunContext:
    at_home()
    mine = run_id()
    ctx = open_runtime(workspace=workspace).context(job_id, reporter=Telling(mine))
    ctx.flow_run_id = mine
    ctx.platform.get_job(job_id)
    return ctx
