"""Runs of the deployments that only look: triage, plan, and the package for engineering."""

from typing import Any

from prefect.states import Completed

from deployments.prefect.prefect_runner import conducted, run_id
from deployments.prefect.run_reporter import Telling
from deployments.prefect.run_states import refused
from flows.plan import dry_run
from flows.requests import JobRequest, PackageRequest
from flows.triage import triage
from models.platform import AuthenticationError, NoSuchJobError
from tasks.context import RunContext, at
from tasks.ledger import recoveries
from tasks.package.escalate import hand_over
from tasks.runtime.settings import SettingsError
from tasks.runtime.wiring import Runtime, open_runtime


def look(request: JobRequest, *, plan: bool) -> Any:
    """Triage a job, with the plan that would follow where asked; the message is the next action."""
    try:
        ctx = _desk(open_runtime(workspace=request.workspace), request.job_id)
        ctx.operator_fixed = request.operator_fixed
        ctx.platform.get_job(request.job_id)
    except (SettingsError, NoSuchJobError, AuthenticationError) as error:
        return refused(str(error))
    with at(ctx), conducted():
        found = dry_run() if plan else triage()
    return Completed(name="Planned" if plan else "Diagnosed", message=f"{found.words} {found.next_action}")


def package(request: PackageRequest) -> Any:
    """Build the package of a job, with its latest recovery where there was one."""
    try:
        shop = open_runtime(workspace=request.workspace)
        ctx = _desk(shop, request.job_id)
        ctx.platform.get_job(request.job_id)
    except (SettingsError, NoSuchJobError, AuthenticationError) as error:
        return refused(str(error))
    latest = recoveries.of_job(shop.ledger, ctx.job_key)[-1:]
    with at(ctx), conducted():
        triage()
        built = hand_over(request.reason, latest[0].id if latest else None)
    words = f"Give {built.path.name} to engineering; every number in it is masked."
    return Completed(name="Package ready", message=words)


def _desk(shop: Runtime, job_id: str) -> RunContext:
    return shop.context(job_id, reporter=Telling(run_id()))
