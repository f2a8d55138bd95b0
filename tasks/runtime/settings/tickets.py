"""Settings of what is told outside: `[tickets.SYSTEM]` and `[notify]` of ringback.toml."""

import re
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from models.enums import State
from models.messages.milestones import NOTICED, NOTIFY
from tasks.runtime.settings.secret_text import PREFIX, BlockName, given_or_block

Kind = Literal["zendesk", "freshdesk", "jira", "jsm", "servicenow", "intercom", "pagerduty", "linear", "hook"]
WITHOUT_TAGS = frozenset({"servicenow", "pagerduty", "hook"})
NEEDS_USER = {"intercom": "the id of the admin who writes", "pagerduty": "the e-mail of the user who writes"}
HOSTED = {
    "intercom": "https://api.intercom.io",
    "pagerduty": "https://api.pagerduty.com",
    "linear": "https://api.linear.app",
}
"""Systems with one address for everybody."""
PUBLIC_FIELDS = frozenset({"comment", "comments", "work_notes"})
"""Fields that would put words where customers read them, or where our own words go."""
_NUMBER = re.compile(r"\d{1,20}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")


class OnState(BaseModel):
    """What to change on a ticket when its recovery comes to a state."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: str = Field("", description="Status, workflow state or transition's aim, in the system's words")
    tags: tuple[str, ...] = Field((), description="Tags or labels to add")
    fields: dict[str, str | int | float | bool] = Field({}, description="Custom fields by id or name")


class TicketSystem(BaseModel):
    """One ticket system, under the name that `--ticket NAME:ID` uses."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind = Field(description="Which system it is")
    url: str = Field("", description="Address; needed but for intercom, pagerduty and linear")
    user: str = Field("", description="Who writes: e-mail, user name or admin id; empty for a bearer token")
    key_block: BlockName = Field(
        "", description="Block `ringback-ticket-system/NAME` in Prefect with address, user and token"
    )
    token: SecretStr = Field(
        SecretStr(""),
        validate_default=True,
        description="Token, password or signing secret; `env:NAME` reads a variable",
    )
    table: str = Field("incident", pattern="^[a-z0-9_]+$", description="ServiceNow: the records' table")
    tags: tuple[str, ...] = Field((), description="Tags or labels that every ticket gets")
    on: dict[str, OnState] = Field({}, description="Changes by state: opened, refused, held, recovered, ...")
    package_url: str = Field("", description="Where people reach the gateway; `[gateway] url` if empty")

    @field_validator("token")
    @classmethod
    def _is_somewhere(cls, given: SecretStr, info: ValidationInfo) -> SecretStr:
        return given_or_block(given, str(info.data.get("key_block") or ""))

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        # Else address and user stand in the block, beside the token.
        if not self.key_block or self.token.get_secret_value().startswith(PREFIX):
            self._can_be_reached()
        known = {"opened", "calling", "refused"} | {state.value for state in NOTICED}
        if unknown := set(self.on) - known:
            raise ValueError(f"on.{min(unknown)} is no state. Known: {', '.join(sorted(known))}")
        self._marks_fit()
        return self

    def _can_be_reached(self) -> None:
        address = self.url or HOSTED.get(self.kind, "")
        if not address.startswith(("https://", "http://")):
            raise ValueError("url has to begin with https:// or http://")
        if self.kind in NEEDS_USER and not self.user:
            raise ValueError(f"user is missing: {NEEDS_USER[self.kind]}")

    def _marks_fit(self) -> None:
        if self.kind in WITHOUT_TAGS and (self.tags or any(one.tags for one in self.on.values())):
            raise ValueError(f"{self.kind} has no tags to add; take them away")
        for one in self.on.values():
            if public := PUBLIC_FIELDS & {name.casefold() for name in one.fields}:
                raise ValueError(f"fields may not write {min(public)}: comments are always internal")
            if self.kind == "zendesk" and not all(_NUMBER.fullmatch(name) for name in one.fields):
                raise ValueError("fields of zendesk are named by their number")
            if self.kind == "freshdesk" and one.status and not _NUMBER.fullmatch(one.status):
                raise ValueError("status of freshdesk is a number: 2 open, 3 pending, 4 resolved, 5 closed")

    @property
    def address(self) -> str:
        """Return where the system answers."""
        return self.url or HOSTED[self.kind]


def _names(found: dict[str, TicketSystem]) -> dict[str, TicketSystem]:
    for name in found:
        if name == NOTIFY or not _NAME.fullmatch(name):
            raise ValueError(f"{name!r} cannot name a ticket system: use small letters, digits, - and _")
    return found


Tickets = Annotated[dict[str, TicketSystem], AfterValidator(_names)]
TELLING = (State.HELD, State.ESCALATED, State.RECOVERED)


class Notify(BaseModel):
    """Who is told of what, through Apprise: Slack, Teams, e-mail and a hundred others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    urls: tuple[SecretStr, ...] = Field((), description="Apprise URLs; `env:NAME` reads a variable")
    on: tuple[State, ...] = Field(TELLING, description="States that are told")

    @model_validator(mode="after")
    def _can_be_told(self) -> Self:
        if untold := set(self.on) - NOTICED:
            raise ValueError(f"on: {min(untold)} is no state that is told")
        return self
