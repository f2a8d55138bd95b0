"""Credentials that lie in a block of Prefect's, read over its API where the settings name one.

A block is taken whole: its key goes to its own address, whatever address stands elsewhere.
"""

from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, Field, SecretStr, ValidationError

from tasks.runtime.settings.settings import PLATFORMS, Settings, SettingsError
from tasks.runtime.settings.tickets import Kind, TicketSystem

WORKSPACE, TICKETS = "ringback-workspace", "ringback-ticket-system"
"""The two types of block, as Prefect's addresses name them."""
ELSEWHERE = "or take key_block out of the settings and give the key itself"
V = TypeVar("V", bound=BaseModel)


class WorkspaceValues(BaseModel):
    """What a block of a platform's workspace holds."""

    platform: str = Field("elevenlabs", description="Which platform its jobs run on")
    url: str = Field("https://api.elevenlabs.io", pattern="^https?://", description="Address of the platform")
    key: SecretStr = Field(min_length=1, description="Key of the workspace")


class TicketValues(BaseModel):
    """What a block of a ticket system holds."""

    kind: Kind = Field(description="Which system it is")
    url: str = Field("", description="Address; needed but for intercom, pagerduty and linear")
    user: str = Field("", description="Who writes: e-mail, user name or admin id; empty for a bearer token")
    token: SecretStr = Field(min_length=1, description="Token, password or signing secret")


def with_block(settings: Settings) -> Settings:
    """Return the settings of a workspace with platform, address and key of the block that they name.

    A key that is there already came from the environment, which wins. Raises SettingsError.
    """
    if not settings.key_block or settings.platform_key.get_secret_value():
        return settings
    whose = f"workspace {settings.workspace}"
    found = _read(settings, WORKSPACE, settings.key_block, WorkspaceValues, whose)
    if found.platform not in PLATFORMS:
        raise SettingsError(
            f"The block {WORKSPACE}/{settings.key_block} of {whose} is of the platform {found.platform!r}, "
            f"which is not known. Known: {', '.join(PLATFORMS)}."
        )
    changes = {"platform": found.platform, "platform_url": found.url, "platform_key": found.key}
    return settings.model_copy(update=changes)


def ticket_from_block(settings: Settings, name: str, told: TicketSystem) -> TicketSystem:
    """Return a ticket system with address, user and token of its block; raises SettingsError."""
    found = _read(settings, TICKETS, told.key_block, TicketValues, f"[tickets.{name}]")
    if found.kind != told.kind:
        raise SettingsError(
            f"The block {TICKETS}/{told.key_block} is of {found.kind}, and [tickets.{name}] is of "
            f"{told.kind}: make both the same."
        )
    try:
        return TicketSystem.model_validate(
            told.model_dump() | {"url": found.url, "user": found.user, "token": found.token, "key_block": ""}
        )
    except ValidationError as error:
        raise _unusable(f"{TICKETS}/{told.key_block}", f"[tickets.{name}]", error) from None


def _read(settings: Settings, kind: str, name: str, values: type[V], whose: str) -> V:
    block = f"{kind}/{name}"
    found = _asked(settings, kind, name, f"The key of {whose} is in Prefect's block {block}")
    try:
        return values.model_validate(found)
    except ValidationError as error:
        raise _unusable(block, whose, error) from None


def _asked(settings: Settings, kind: str, name: str, where: str) -> Any:
    from tasks.prefect_api.rest import PrefectRest, server_of

    url = server_of(settings)
    if url is None:
        todo = "Start `ringback up` or set PREFECT_API_URL"
        raise _unread(where, "no Prefect server answers", todo)
    try:
        with PrefectRest(url) as api:
            found = api.block(kind, name)
    except httpx.HTTPStatusError as error:
        code = error.response.status_code
        what = f"the Prefect server does not show it (it answered {code})"
        raise _unread(where, what, _todo_after(code)) from None
    except (httpx.HTTPError, ValueError, KeyError, TypeError):
        what = "the Prefect server gave no answer that can be used"
        raise _unread(where, what, "Look at that server") from None
    if found is None:
        todo = "Make it in Prefect's UI under Blocks, correct key_block"
        raise _unread(where, "the Prefect server has no such block", todo)
    return found


def _unread(where: str, what: str, todo: str) -> SettingsError:
    return SettingsError(f"{where}, and {what}. {todo}, {ELSEWHERE}.")


def _todo_after(code: int) -> str:
    if code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return "Set PREFECT_API_AUTH_STRING to its USER:PASSWORD"
    return "Look at that server's log"


def _unusable(block: str, whose: str, error: ValidationError) -> SettingsError:
    # Only the field and what is wrong with it: what it holds may be the key.
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    words = str(first["msg"]).removeprefix("Value error, ").rstrip(".")
    said = f"{field}: {words}" if field else words
    return SettingsError(f"The block {block} of {whose} cannot be used: {said}. Correct it in Prefect's UI.")
