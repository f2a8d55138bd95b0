"""The forms of the deployments: what a person or a program may ask for, in words, with bounds."""

from collections.abc import Callable
from typing import Annotated, Literal

from pydantic import Field

from models.hooks.ids import shown_ticket
from models.hooks.request import Fixed, Form, JobId, RecoveryRequest, Workspace

__all__ = ["JobRequest", "PackageRequest", "RecoveryRequest", "SweepRequest"]

PREFIXES = {"zendesk": "ZD-", "freshdesk": "FD-", "pagerduty": "PD-", "intercom": "IC-"}
"""How tickets of systems that only number them are called by people."""


class JobRequest(Form):
    """One job to look at; nothing is changed and nobody is called."""

    job_id: JobId
    workspace: Workspace = ""
    operator_fixed: Fixed = False


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


def ticket_name(ticket: str) -> str:
    """Return a ticket as people call it: `zendesk:4711` is ZD-4711."""
    system, _, number = ticket.partition(":")
    return f"{PREFIXES.get(system, '')}{number}" if number.isdecimal() else number


def run_name(verb: str, job_id: str, workspace: str, ticket: str = "") -> str:
    """Return the name of a run: what, of which job, where, for which ticket."""
    where = " · ".join(filter(None, (workspace, ticket_name(ticket))))
    # An id that reads like a phone number is shown by its last digits alone.
    return shown_ticket(f"{verb} {job_id}") + (f" · {shown_ticket(where)}" if where else "")


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
