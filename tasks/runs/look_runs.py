"""Runs of the deployments that only look: triage, plan, and the package for engineering."""

from collections.abc import Callable
from typing import Any, Protocol

from prefect.states import Completed

from models.platform import AuthenticationError, NoSuchJobError
from models.triage.diagnosis import Diagnosis
from tasks.context import RunContext
from tasks.ledger import recoveries
from tasks.ledger.errors import NoSuchPeopleError
from tasks.package.screenshot import NotAScreenshotError
from tasks.prefect_api.run_reporter import Telling
from tasks.runs.deployed import at_home
from tasks.runs.prefect_runner import run_id
from tasks.runs.refusal import refuse
from tasks.runtime.handing import handed_people
from tasks.runtime.settings.settings import SettingsError
from tasks.runtime.wiring import open_runtime


class Asked(Protocol):
    """The form of a run that looks: at which job, and what was said of it."""

    @property
    def job_id(self) -> str:
        """Return the job's id."""
        ...

    @property
    def workspace(self) -> str:
        """Return its workspace, empty for the default one."""
        ...

    @property
    def operator_fixed(self) -> bool:
        """Tell whether the fault of set-up is said to be repaired."""
        ...


def run_look(asked: Asked, look: Callable[[RunContext], Diagnosis], name: str, contacts: str = "") -> Any:
    """Look at a job and return the state of the run, under a name; its message is the next action.

    `contacts` is the key of a file of people, to whom what is looked at is bound.
    """
    try:
        ctx = _context(asked.job_id, asked.workspace, contacts)
    except (SettingsError, NoSuchJobError, AuthenticationError, NoSuchPeopleError) as error:
        return refuse(error, asked.job_id, asked.workspace)
    ctx.operator_fixed = asked.operator_fixed
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


def _context(job_id: str, workspace: str, contacts: str = "") -> RunContext:
    at_home()
    mine = run_id()
    runtime = open_runtime(workspace=workspace)
    ctx = runtime.context(job_id, reporter=Telling(mine))
    ctx.flow_run_id = mine
    ctx.only = handed_people(runtime, job_id, contacts)
    ctx.platform.get_job(job_id)
    return ctx
