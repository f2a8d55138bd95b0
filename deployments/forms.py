"""The forms of the deployments: what a person or a program may ask for, in words, with bounds."""

import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from models.policy import Policy

JobId = Annotated[
    str,
    Field(
        title="Job",
        min_length=3,
        max_length=128,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$",
        description="Id of the job on its platform, such as `btcal_4x7` or `job_123`.",
    ),
]
Workspace = Annotated[
    str,
    Field(
        title="Workspace",
        max_length=64,
        pattern=r"^[A-Za-z0-9._-]*$",
        description="Name of the workspace in the settings; empty means the default one.",
    ),
]
Ticket = Annotated[
    str,
    Field(
        title="Ticket",
        max_length=96,
        pattern=r"^([a-z][a-z0-9_-]*:[A-Za-z0-9][A-Za-z0-9_.-]*)?$",
        description="Ticket that asked for this, as `SYSTEM:ID`: `zendesk:4711`. Empty where there is none.",
    ),
]
Approval = Annotated[
    Literal["ask", "auto"],
    Field(
        title="Approval",
        description="`ask`: the plan waits for a person before anybody is called. `auto`: go on at once, "
        "which the workspace's policy has to allow.",
    ),
]
Fixed = Annotated[
    bool,
    Field(
        title="The fault of set-up is repaired",
        description="Agent, number, balance or settings were corrected: redial also those who failed by it.",
    ),
]
By = Annotated[
    str, Field(title="Asked for by", max_length=80, description="Your name, for the audit; no secrets.")
]
PREFIXES = {"zendesk": "ZD-", "freshdesk": "FD-", "pagerduty": "PD-", "intercom": "IC-"}
"""How tickets of systems that only number them are called by people."""


class _Form(BaseModel):
    """A form refuses what it does not know, so that a typing error never becomes a default."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class JobRequest(_Form):
    """One job to look at; nothing is changed and nobody is called."""

    job_id: JobId
    workspace: Workspace = ""
    operator_fixed: Fixed = False


class RecoveryRequest(_Form):
    """One job to recover: triage, sample, relaunch, escalate."""

    job_id: JobId
    workspace: Workspace = ""
    ticket: Ticket = ""
    approval: Approval = "ask"
    operator_fixed: Fixed = False
    requested_by: By = ""


class PackageRequest(_Form):
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


class SweepRequest(_Form):
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
        str,
        Field(
            title="Workspace",
            max_length=64,
            pattern=r"^[A-Za-z0-9._-]*$",
            description="Only this workspace; empty means all of them.",
        ),
    ] = ""


class NotAllowed(ValueError):  # noqa: N818  it says what is
    """A request asks for more than the workspace's policy allows."""


def tightened(policy: Policy, approval: Literal["ask", "auto"]) -> Policy:
    """Return the policy as a request may tighten it; raises NotAllowed where the request would loosen it."""
    if approval == "auto" and policy.approval == "ask":
        raise NotAllowed(
            "approval: the workspace's policy says ask, so a run may not say auto. "
            "Start it with ask, or change `approval` in the policy."
        )
    return policy.model_copy(update={"approval": approval})


def ticket_name(ticket: str) -> str:
    """Return a ticket as people call it: `zendesk:4711` is ZD-4711."""
    system, _, number = ticket.partition(":")
    return f"{PREFIXES.get(system, '')}{number}" if number.isdecimal() else number


def run_name(verb: str, job_id: str, workspace: str, ticket: str = "") -> str:
    """Return the name of a run: what, of which job, where, for which ticket."""
    where = " · ".join(filter(None, (workspace, ticket_name(ticket))))
    return _masked(f"{verb} {job_id}") + (f" · {where}" if where else "")


def _masked(name: str) -> str:
    # A job whose id reads like a phone number is shown by its last digits alone.
    return re.sub(r"(?<!\w)\d{6,}(?=\d{3}(?!\w))", "…", name)
