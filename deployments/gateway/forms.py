"""The bodies that the API takes and gives."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from models.hooks.request import (
    Approval,
    Count,
    Fixed,
    JobId,
    OwnId,
    PeopleKey,
    StatusWord,
    Ticket,
    Workspace,
)

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Who = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class _In(BaseModel):
    """A body that holds what we know and nothing else."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)


class RecoveryIn(_In):
    """A wish for a recovery."""

    job_id: JobId
    workspace: Workspace = ""
    ticket: Ticket = ""
    approval: Approval = "ask"
    operator_fixed: Fixed = False
    contacts: PeopleKey = ""


class RequestOut(BaseModel):
    """A request on its way to a run."""

    request_id: str = Field(description="Its id; GET /v1/requests/{id} tells how it goes on")
    state: Literal["received", "starting", "started", "joined", "ignored", "refused", "failed"] = Field(
        description="received and starting: on its way; joined: another one already does it; refused: "
        "nothing is started from it, `words` say why"
    )
    words: str = Field(description="What happened, where that is not plain from the state")
    joined: str | None = Field(description="The request or recovery that already does what this one asks")


class RequestDetail(RequestOut):
    """A request as it stands now."""

    source: str = Field(description="Who asked: a source of hooks, or `api:` and the token's name")
    job_id: str = Field(description="Id of the job, empty where none was named")
    workspace: str = Field(description="Workspace of the job")
    ticket: str = Field(description="Ticket as SYSTEM:ID, empty without one")
    received_at: datetime = Field(description="When it came in")
    attempts: int = Field(description="How often its start was tried")
    run_id: str | None = Field(description="Id of the Prefect flow run")
    recovery_id: str | None = Field(description="Id of the recovery, once there is one")


class RecoveryLine(BaseModel):
    """One recovery in a list."""

    recovery_id: str
    job_id: str
    workspace: str
    state: str = Field(
        description="running, awaiting_approval, recovered, healthy, held, escalated, cancelled"
    )
    level: str = Field(description="How far up the ladder it has climbed")
    started_at: datetime
    ended_at: datetime | None
    next_action: str = Field(description="What a person should do next, in plain words")


class RecoveryList(BaseModel):
    """Recoveries, the newest first."""

    recoveries: list[RecoveryLine]
    next: str | None = Field(description="Give this as `before` for the older ones; null at the end")


class FindingOut(BaseModel):
    """What one check saw."""

    check: str
    severity: str
    cause: str
    words: str
    evidence: dict[str, Any]


class KeptBack(BaseModel):
    """One contact that a person has to look at."""

    row: int = Field(description="Row of the upload")
    phone: str = Field(description="Masked number")
    disposition: str
    why: str


class RecoveryOut(RecoveryLine):
    """One recovery with all that a support agent asks about it."""

    epoch: int = Field(description="Which recovery of the job it is, from 1")
    cause: str | None = Field(description="Why the job is as it is")
    diagnosis: dict[str, Any] | None
    plan_hash: str | None = Field(description="Hash of the frozen plan; an approval is of this plan")
    approved_hash: str | None = Field(description="Hash of the plan that was approved")
    verdict: str | None = Field(description="go, hold or abort, once the sample has one")
    counts: dict[str, int] = Field(description="planned = accepted + refused + unknown + skipped + waiting")
    people: dict[str, int] = Field(
        description="Everybody of the job once, over the source and all recoveries; adds up to `expected`"
    )
    why: str = Field(description="Why it ended or waits, empty while it has done neither")
    findings: list[FindingOut]
    eta: dict[str, Any] | None
    package: str | None = Field(description="Where the diagnostics package is to be had")
    contacts_kept_back: list[KeptBack] = Field(description="At most 200; `ringback status` lists all")


class DecisionIn(_In):
    """A person's decision."""

    by: Who = Field(description="Who decides; it goes into the audit with the token's name")
    reason: Words = Field(description="Why; it goes into the audit")


class ApprovalIn(DecisionIn):
    """A person's yes."""

    plan_hash: str = Field(
        min_length=1,
        max_length=128,
        description="The plan that was read: `plan_hash` of the recovery. Another one is refused with 409",
    )


class DecisionOut(BaseModel):
    """What a decision has led to."""

    recovery_id: str
    state: str
    next_action: str


class SuppressionIn(_In):
    """A number that nobody may dial."""

    phone: str = Field(
        min_length=3, max_length=40, description="The number, best as E.164", examples=["+447700900123"]
    )
    workspace: Workspace = ""
    reason: Words = Field(description="Why, in words", examples=["asked on the phone not to be called"])


class SuppressionOut(BaseModel):
    """A number on the suppression list."""

    phone: str = Field(description="Masked: a number is never repeated whole")
    workspace: str
    fresh: bool = Field(description="False where it was on the list already")


class HandoverIn(_In):
    """What an operator sees of a job that no program can read."""

    status: StatusWord
    expected: Annotated[Count, Field(description="Contacts that the dashboard expects")] = None
    processed: Annotated[Count, Field(description="Contacts that the dashboard counts as processed")] = None
    agent: Annotated[OwnId, Field(description="Id of the job's agent")] = ""
    number: str = Field(
        "",
        alias="from",
        max_length=60,
        pattern=r"^[^\x00-\x1f]*$",
        description="The number that the job calls from",
    )
    campaign: Annotated[OwnId, Field(description="Its campaign")] = ""
    upload_id: Annotated[OwnId, Field(description="Its upload, as the platform calls it")] = ""
    correct: bool = Field(
        default=False, description="The hand-over before was wrong: this one takes its place"
    )
    workspace: Workspace = ""
    by: Who = Field(description="Who has seen it; it goes into the audit with the token's name")


class HandoverOut(BaseModel):
    """What is known of a job now, as `ringback observe --json` prints it."""

    job_id: str
    at: datetime = Field(description="When it was handed over")
    status: str = Field(description="The job's state as it was said")
    expected: int | None
    processed: int | None
    handovers: int = Field(description="How many hand-overs of the job hold")
    contacts: int = Field(description="Contacts of its files")
    reported: int = Field(description="People whom its reports tell of")
    notes: list[str] = Field(description="What is missing or not understood, and what to do")


class PeopleIn(_In):
    """Whose file of people it is; the file comes beside it."""

    workspace: Workspace = ""
    by: Who = Field(description="Who hands it over; it is kept with the token's name")


class PeopleOut(BaseModel):
    """A contact file that recoveries of a job can be bound to."""

    job_id: str
    contacts: str = Field(description="Its key: `contacts` of a request, of the form and of the MCP tool")
    file: str = Field(description="Its name as it may be shown")
    sha256: str = Field(description="Of its bytes")
    people: int = Field(description="How many people it names who may be dialled")
    left_out: int = Field(description="How many of its rows name nobody who may be dialled")


class StoppedIn(_In):
    """A person's word that the source job of a recovery is stopped."""

    by: Who = Field(description="Who has paused or deleted it; it goes into the audit with the token's name")
    processed: Annotated[Count, Field(description="What the dashboard counts after that")] = None


class StoppedOut(DecisionOut):
    """What a person's word that the source is stopped has led to."""

    notes: list[str] = Field(description="What is missing or not understood, and what to do")


class Alive(BaseModel):
    """That the gateway is there."""

    status: Literal["alive", "ready"]


class Health(BaseModel):
    """How the gateway is."""

    status: Literal["ok"]
    waiting: int = Field(description="Requests that wait for their start")
    oldest_seconds: float = Field(description="How long the oldest of them has waited")
    sources: int = Field(description="Sources of hooks in the settings")
