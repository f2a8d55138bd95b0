"""One request for a recovery, the same from a hook, a call, a form or a sweep to the run that it starts."""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models.hooks import ids


def _held(trouble: Callable[[str], str]) -> AfterValidator:
    """Refuse what has a trouble, in its sentence."""

    def check(text: str) -> str:
        if said := trouble(text):
            raise ValueError(said)
        return text

    return AfterValidator(check)


JobId = Annotated[
    str,
    Field(
        title="Job",
        min_length=3,
        max_length=ids.LONGEST_JOB,
        json_schema_extra={"pattern": ids.JOB_PATTERN},
        description="Id of the job on its platform, such as `btcal_4x7` or `job_123`; never a phone number.",
        examples=["btcal_7k2m"],
    ),
    _held(ids.job_trouble),
]
Workspace = Annotated[
    str,
    Field(
        title="Workspace",
        max_length=ids.LONGEST_WORKSPACE,
        json_schema_extra={"pattern": ids.WORKSPACE_PATTERN},
        description="Name of the workspace in the settings; empty means the default one.",
    ),
    _held(ids.workspace_trouble),
]
Ticket = Annotated[
    str,
    Field(
        title="Ticket",
        max_length=ids.LONGEST_TICKET,
        json_schema_extra={"pattern": ids.TICKET_PATTERN},
        description="Ticket that asked for this, as `SYSTEM:ID`: `zendesk:4711`. Empty where there is none.",
        examples=["zendesk:4711"],
    ),
    _held(ids.ticket_trouble),
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
    str,
    Field(
        title="Asked for by",
        max_length=80,
        json_schema_extra={"pattern": ids.BY_PATTERN},
        description="Your name, for the audit; no number, no secrets.",
    ),
    _held(ids.by_trouble),
]


PeopleKey = Annotated[
    str,
    Field(
        title="Only the people of a file",
        max_length=ids.LONGEST_PEOPLE,
        json_schema_extra={"pattern": ids.PEOPLE_PATTERN},
        description="Key of a contact file that was handed over for this job: nobody else of it is "
        "redialled. Empty means everybody. `ringback contacts FILE --for JOB`, or the gateway, takes the "
        "file and says its key; a number is never typed here.",
        examples=["f_abcdefghijklmnop"],
    ),
    _held(ids.people_trouble),
]
OwnId = Annotated[
    str,
    Field(max_length=ids.LONGEST_JOB, json_schema_extra={"pattern": ids.OWN_PATTERN}),
    _held(ids.own_trouble),
]
"""The platform's own id of something that belongs to a job; empty where there is none."""
StatusWord = Annotated[
    str,
    Field(
        title="Status",
        min_length=1,
        max_length=60,
        pattern=r"^[^0-9\x00-\x1f]+$",
        description="The job's state as its dashboard shows it, such as `Running`; no digits.",
        examples=["Running"],
    ),
]
Count = Annotated[int | None, Field(ge=0, le=10_000_000)]


def as_box(schema: dict[str, Any]) -> None:
    """Show a number that may be left out as a plain box, and not as a switch between `int` and `None`.

    Prefect takes null for what is neither required nor has a default, so a request that says null passes.
    """
    schema |= next(kind for kind in schema.pop("anyOf") if kind["type"] != "null")
    del schema["default"]


class Form(BaseModel):
    """A form refuses what it does not know, so that a typing error never becomes a default."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class RecoveryRequest(Form):
    """One job to recover: triage, sample, relaunch, escalate."""

    job_id: JobId
    workspace: Workspace = ""
    ticket: Ticket = ""
    approval: Approval = "ask"
    operator_fixed: Fixed = False
    requested_by: By = ""
    contacts: PeopleKey = ""

    def parameters(self) -> dict[str, Any]:
        """Return the run's parameter; there is no number and no secret in it.

        Where everybody is meant it is as it was before there were files: a deployment of then takes it too.
        """
        return self.model_dump(exclude=None if self.contacts else {"contacts"})
