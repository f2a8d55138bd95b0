"""Settings of the gateway: `[gateway]`, and one `[hooks.SOURCE]` for every system that sends hooks."""

import re
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator

from models.hooks.ids import SYSTEM_PATTERN
from models.hooks.request import Workspace
from models.hooks.senders import SENDERS
from models.hooks.source import compile_one, compiled

NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
Scheme = Literal[
    "zendesk",
    "jira",
    "pagerduty",
    "linear",
    "intercom",
    "freshdesk",
    "servicenow",
    "token",
    "standard",
]


class HookSettings(BaseModel):
    """One source: its scheme and secret, the workspace it is bound to, and how its bodies are read."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scheme: Scheme = Field(description="How the source signs; its own name where that is one")
    secret: tuple[SecretStr, ...] = Field(
        min_length=1, description="The secret, or `env:NAME`; a list while it is being changed"
    )
    workspace: Workspace = Field("", description="The workspace it may ask for; the default one if empty")
    workspace_ids: tuple[str, ...] = Field((), description="Other names that bodies give that workspace")
    header: str = Field("", description="Header of the token; X-Ringback-Token if empty")
    ticket_system: str = Field(
        "", pattern=SYSTEM_PATTERN, description="Name of the `[tickets.SYSTEM]` to write back to"
    )
    approval: Literal["ask", "auto"] = Field("ask", description="As in the policy; never looser than it")
    fields: dict[str, str] = Field({}, description="JMESPath by field, over those of the scheme")
    events: tuple[str, ...] | None = Field(None, description="Events that ask for a recovery")
    only: str = Field("", description="JMESPath that has to be true")
    own_actors: tuple[str, ...] = Field((), description="Users that ringback writes back as")
    own_tag: str = Field("ringback", description="Tag of tickets that hooks leave alone; empty for none")
    tolerance_seconds: float | None = Field(
        None, gt=0, le=86_400, description="How far the signed time may be off, either way"
    )
    per_minute: int = Field(3000, ge=1, le=1_000_000, description="Hooks taken in a minute")

    @field_validator("secret", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    @field_validator("secret")
    @classmethod
    def _not_empty(cls, given: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        if not all(one.get_secret_value().strip() for one in given):
            raise ValueError("a secret is empty, so anybody could sign")
        return given

    @field_validator("fields")
    @classmethod
    def _field_map(cls, given: dict[str, str]) -> dict[str, str]:
        compiled(given)
        return given

    @field_validator("only")
    @classmethod
    def _condition(cls, given: str) -> str:
        if given:
            compile_one(given, "only")
        return given


def _named(tables: Any) -> Any:
    """Let the name of a source stand for its scheme, and refuse names that are no path."""
    if not isinstance(tables, dict):
        return tables
    for name in tables:
        if not NAME.fullmatch(name):
            raise ValueError(f"a source is named in a-z, 0-9, _ and -; {name!r} is not")
    return {
        name: {"scheme": name} | table if name in SENDERS and isinstance(table, dict) else table
        for name, table in tables.items()
    }


HookTables = Annotated[dict[str, HookSettings], BeforeValidator(_named)]


class GatewaySettings(BaseModel):
    """What holds for the gateway as a whole."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field("127.0.0.1", description="Address to listen on")
    port: int = Field(8484, ge=0, le=65_535, description="Port to listen on; 0 takes a free one")
    url: str = Field("", description="Where people reach it, for links in comments and in Prefect")
    link_days: float = Field(
        7, gt=0, le=90, description="How long a signed link is good; `ringback keys rotate` ends all of them"
    )
    join_minutes: float = Field(
        10, gt=0, le=1440, description="How long a second hook of a job joins the first one's run"
    )
    keep_days: float = Field(
        14, ge=7, le=3650, description="How long requests are kept; replays are told for as long"
    )
    calls_per_minute: int = Field(300, ge=1, le=1_000_000, description="Calls of one API token in a minute")
    failures_per_minute: int = Field(
        60, ge=1, le=1_000_000, description="Wrong tokens from one address in a minute"
    )
    body_bytes: int = Field(
        1_048_576, ge=65_536, le=16_777_216, description="Largest body that is taken, in bytes"
    )
    upload_bytes: int = Field(
        20_971_520,
        ge=65_536,
        le=67_108_864,
        description="Largest body of a hand-over, its files included, in bytes",
    )
    answer_seconds: float = Field(
        2.5, gt=0, le=4.5, description="After that the sender is told to send again; the tightest waits 5 s"
    )
    metrics_token: bool = Field(
        default=False, description="/metrics asks for a token of the API: scope read, every workspace"
    )

    @field_validator("url")
    @classmethod
    def _is_address(cls, given: str) -> str:
        if given and not given.startswith(("https://", "http://")):
            raise ValueError("url has to begin with https:// or http://")
        return given


GATEWAY_DEFAULTS = GatewaySettings.model_validate({})
