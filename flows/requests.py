"""The forms of the deployments: what a person or a program may ask for, in words, with bounds."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from models.hooks.ids import shown_ticket
from models.hooks.request import (
    By,
    Count,
    Fixed,
    Form,
    JobId,
    OwnId,
    PeopleKey,
    RecoveryRequest,
    StatusWord,
    Workspace,
    as_box,
)

__all__ = [
    "DecideRequest",
    "JobRequest",
    "ObserveRequest",
    "PackageRequest",
    "PlanRequest",
    "RecoveryRequest",
    "SweepRequest",
]

PREFIXES = {"zendesk": "ZD-", "freshdesk": "FD-", "pagerduty": "PD-", "intercom": "IC-"}
"""How tickets of systems that only number them are called by people."""


class JobRequest(Form):
    """One job to look at; nothing is changed and nobody is called."""

    job_id: JobId
    workspace: Workspace = ""
    operator_fixed: Fixed = False


class PlanRequest(JobRequest):
    """One job to plan for; nothing is changed and nobody is called."""

    contacts: PeopleKey = ""


class PackageRequest(Form):
    """One job to hand to engineering: its diagnostics in one zip, every number masked."""

    job_id: JobId
    workspace: Workspace = ""
    reason: Annotated[
        str,
        Field(
            title="Reason",
            min_length=3,
            max_length=300,
            description="What engineering should look at; it stands at the top of the package.",
        ),
    ] = "asked for by hand"
    screenshot: Annotated[
        str,
        Field(
            title="Screenshot",
            max_length=100,
            pattern=r"^([A-Za-z0-9][A-Za-z0-9_-]*\.(png|PNG|jpe?g|JPE?G))?$",
            description="Name of a picture in the folder `screenshots` of the worker's RINGBACK_HOME: a form "
            "cannot upload one. Hide the numbers in it first; empty means none.",
        ),
    ] = ""


class SweepRequest(Form):
    """What a sweep does about stalled jobs."""

    act: Annotated[
        Literal["policy", "report", "propose", "recover"],
        Field(
            title="About a stalled job",
            description="`policy`: what its workspace's policy says. `report`: only say so. `propose`: open "
            "a recovery whose plan waits for a person. `recover`: open one; the policy's `approval` decides "
            "whether a person is asked.",
        ),
    ] = "policy"
    workspace: Annotated[
        Workspace,
        Field(description="Only this workspace; empty means all of them."),
    ] = ""


class DecideRequest(Form):
    """Contacts that a recovery kept back: shown, or decided about by name."""

    recovery_id: Annotated[
        str,
        Field(
            title="Recovery",
            pattern=r"^r_[A-Za-z0-9]{1,58}$",
            description="Id of the ended recovery whose contacts wait, such as `r_09a9c1d2e3`.",
        ),
    ]
    choice: Annotated[
        Literal["show", "redial", "reached", "never"],
        Field(
            title="What becomes of them",
            description="`show`: only list them. `redial`: the next recovery calls them, by its budget and "
            "its rules. `reached`: they are never dialled again. `never`: they are suppressed as well.",
        ),
    ] = "show"
    rows: Annotated[
        str,
        Field(
            title="Rows",
            max_length=2000,
            pattern=r"^[0-9, -]*$",
            description="Rows of the list, such as `28, 30-34`; empty where a reason or everybody is meant.",
        ),
    ] = ""
    reason: Annotated[
        str,
        Field(
            title="Reason",
            max_length=120,
            description="A reason or code of the list, such as `ambiguous`: all whom it keeps back.",
        ),
    ] = ""
    everybody: Annotated[
        bool, Field(title="Everybody", description="All of the list who still wait for a decision.")
    ] = False
    by: Annotated[By, Field(title="Your name")] = ""
    because: Annotated[
        str, Field(title="Why", max_length=500, description="It stands in the plan and in the audit.")
    ] = ""
    list_state: Annotated[
        str,
        Field(
            title="List",
            max_length=64,
            pattern=r"^[0-9a-f]*$",
            description="The list that you have read, as `show` gives it; another one is refused.",
        ),
    ] = ""
    accept_risk: Annotated[
        bool,
        Field(
            title="They may have been called already",
            description="Needed to redial: nothing tells whether these people were called, and I know that.",
        ),
    ] = False


class ObserveRequest(Form):
    """What a dashboard shows of a job; no file and no phone number is ever a parameter of a run."""

    job_id: JobId
    status: StatusWord
    by: Annotated[By, Field(title="Your name", min_length=1)]
    workspace: Workspace = ""
    expected: Annotated[
        Count,
        Field(
            title="Expected",
            description="Contacts that the dashboard expects; empty if not shown.",
            json_schema_extra=as_box,
        ),
    ] = None
    processed: Annotated[
        Count,
        Field(
            title="Processed",
            description="Contacts that the dashboard counts as processed; empty if not shown.",
            json_schema_extra=as_box,
        ),
    ] = None
    agent: Annotated[
        OwnId,
        Field(
            title="Agent",
            description="Id of the job's agent. The number that it calls from is not asked for here: send it "
            "with the upload, at the command line (`--from`) or to the gateway (`from`).",
        ),
    ] = ""
    campaign: Annotated[OwnId, Field(title="Campaign", description="Id of its campaign, if it has one.")] = ""
    upload_id: Annotated[
        OwnId,
        Field(
            title="Upload",
            description="The platform's id of its upload. The file itself is sent at the command line "
            "(`ringback observe JOB --upload FILE`) or to the gateway: the run's artifact says how.",
        ),
    ] = ""
    correct: Annotated[
        bool,
        Field(
            title="Corrects the last one", description="The hand-over before was wrong: this takes its place."
        ),
    ] = False


def ticket_name(ticket: str) -> str:
    """Return a ticket as people call it: `zendesk:4711` is ZD-4711."""
    system, _, number = ticket.partition(":")
    return f"{PREFIXES.get(system, '')}{number}" if number.isdecimal() else number


def run_name(verb: str, job_id: str, workspace: str, ticket: str = "") -> str:
    """Return the name of a run: what, of which job, where, for which ticket."""
    where = " · ".join(filter(None, (workspace, ticket_name(ticket))))
    # An id that reads like a phone number is shown by its last digits alone.
    return shown_ticket(f"{verb} {job_id}") + (f" · {shown_ticket(where)}" if where else "")


def decision_named() -> str:
    """Return the name of a run about kept-back contacts, for Prefect to call within it."""
    from prefect import runtime

    asked = runtime.flow_run.parameters["request"]
    given = asked if isinstance(asked, dict) else asked.model_dump()
    return f"decide {given['recovery_id']} · {given.get('choice', 'show')}"


def run_named(verb: str) -> Callable[[], str]:
    """Return what names the runs of a deployment, for Prefect to call within each."""

    def named() -> str:
        from prefect import runtime

        from tasks.runs.deployed import default_workspace

        asked = runtime.flow_run.parameters["request"]
        given = asked if isinstance(asked, dict) else asked.model_dump()
        where = given.get("workspace") or default_workspace()
        return run_name(verb, given["job_id"], where, given.get("ticket", ""))

    return named
