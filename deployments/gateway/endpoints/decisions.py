"""GET and POST /v1/recoveries/{id}/decisions: whom a recovery keeps back, and what becomes of them."""

from typing import Annotated, Any, Literal, Self

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, model_validator

from deployments.gateway.endpoints.recoveries import RecoveryId
from deployments.gateway.forms import Who, Words
from deployments.gateway.guard import Approver, Reader
from deployments.gateway.openapi import errors
from deployments.gateway.parts import Parts
from deployments.gateway.problems import ProblemError
from deployments.gateway.shown import clean
from deployments.gateway.workspaces import recovery_for
from models.enums import Choice
from models.hooks.tokens import Caller
from models.masking.quotes import plain_word
from tasks.finish.kept_list import kept_document, risk
from tasks.ledger import recoveries
from tasks.ledger.people import decisions

MOST_ROWS = 10_000


class Made(BaseModel):
    """A decision that stands."""

    choice: Choice = Field(alias="as", serialization_alias="as")
    by: str
    because: str
    at: str


class Person(BaseModel):
    """One contact that a recovery keeps back."""

    row: int = Field(description="Row of the upload")
    phone: str = Field(description="Masked number")
    reason: str = Field(description="What keeps it back: a disposition")
    code: str = Field(description="The platform's own code, where there is one")
    why: str
    no_redial: str = Field(description="The rule that no decision to redial overrides; empty without one")
    decision: Made | None
    taken_back: str | None = Field(description="A decision that a restore has voided, in words")


class Group(BaseModel):
    """Whom one reason keeps back and nobody has decided about yet."""

    reason: str
    contacts: int
    why: str


class KeptOut(BaseModel):
    """Everybody whom a recovery keeps back, and what was decided."""

    recovery_id: str
    job_id: str
    state: str = Field(description="Where the recovery stands; decided is about ended ones")
    list_state: str = Field(description="The list as it is; a decision names it")
    newer: str | None = Field(description="A later recovery of the job: its list is the one that counts")
    to_decide: int
    decided: dict[str, int]
    groups: list[Group]
    people: list[Person]
    next: str = Field(description="What to type at the command line; empty where nothing is left to do")
    carry_out: str = Field(description="What carries the redials out; empty where there are none")


class DecisionsIn(BaseModel):
    """What a person decides: about rows, or whom one reason keeps back, or everybody."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, hide_input_in_errors=True)

    choice: Choice = Field(alias="as", description="redial, reached or never")
    by: Who = Field(description="Who decides; it goes into the audit with the token's name")
    because: Words = Field(description="Why; it stands in the plan and in the audit")
    list_state: str = Field(
        min_length=12,
        max_length=128,
        description="The list that was read: `list_state` of GET. Another one is refused with 409",
    )
    rows: list[Annotated[int, Field(ge=1, le=10_000_000)]] = Field(
        default=[], max_length=MOST_ROWS, description="Rows of the list"
    )
    reason: str = Field(default="", max_length=120, description="A reason or code of the list")
    everybody: bool = Field(default=False, description="All who wait for a decision")
    accept_risk: bool = Field(
        default=False, description="Needed to redial: they may have been called already"
    )

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if sum(map(bool, (self.rows, self.reason, self.everybody))) != 1:
            raise ValueError("Say about whom by one of rows, reason and everybody.")
        return self


class DecisionsOut(BaseModel):
    """What was decided."""

    recovery_id: str
    choice: Literal["redial", "reached", "never"] = Field(serialization_alias="as")
    rows: list[int] = Field(description="About whom")
    left: list[int] = Field(description="Whom a rule keeps back whatever is decided")
    to_decide: int = Field(description="How many still wait for a decision")
    next_action: str


def make_router(parts: Parts) -> APIRouter:
    """Return the doors."""
    router = APIRouter(prefix="/v1/recoveries", tags=["recoveries"])

    @router.get(
        "/{recovery_id}/decisions",
        summary="Show whom a recovery keeps back",
        response_model=KeptOut,
        responses=errors(401, 403, 404, 422, 429, 503),
    )
    def show(recovery_id: RecoveryId, caller: Reader) -> Any:
        """Show whom a recovery keeps back and what was decided; every number is masked. Scope: read."""
        recovery_for(parts, recovery_id, caller)
        return kept_document(decisions.listed(parts.ledger, recovery_id))

    @router.post(
        "/{recovery_id}/decisions",
        summary="Decide about kept-back contacts",
        response_model=DecisionsOut,
        responses=errors(400, 401, 403, 404, 408, 409, 413, 422, 429, 503),
    )
    def decide(recovery_id: RecoveryId, wish: DecisionsIn, caller: Approver) -> Any:
        """Decide what becomes of contacts; the job's next recovery carries it out. Scope: approve.

        409 says that the list is another one by now, or that somebody named is not kept back.
        """
        recovery_for(parts, recovery_id, caller)
        return _decided(parts, recovery_id, wish, caller)

    return router


def _decided(parts: Parts, recovery_id: str, given: DecisionsIn, caller: Caller) -> dict[str, Any]:
    wish = decisions.Wish(
        choice=given.choice,
        by=f"{plain_word(given.by)} (token {caller.name})",
        because=plain_word(given.because),
        rows=tuple(dict.fromkeys(given.rows)),
        reason=given.reason,
        everybody=given.everybody,
        state=given.list_state,
        via=f"api token {caller.name}",
        claimed=plain_word(given.by),
    )
    if given.choice is Choice.REDIAL and not given.accept_risk:
        chosen, _ = decisions.choose(decisions.listed(parts.ledger, recovery_id), wish)
        raise ProblemError(422, plain_word(f"{risk(chosen)} Send accept_risk: true to redial them."))
    done = decisions.decide(parts.ledger, recovery_id, wish)
    return {
        "recovery_id": recovery_id,
        "choice": given.choice.value,
        "rows": [one.row for one in done.chosen],
        "left": [one.row for one in done.left],
        "to_decide": len(decisions.listed(parts.ledger, recovery_id).open),
        "next_action": clean(parts, recoveries.get(parts.ledger, recovery_id).next_action),
    }
