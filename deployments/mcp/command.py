"""The command that serves an assistant on this machine: `ringback mcp`."""

import os
import sys
from collections.abc import Collection
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deployments.cli.out import AsJson, guarded, show_json
from models.errors import EXIT_OK

if TYPE_CHECKING:
    from models.hooks.tokens import Scope

TOKEN = "RINGBACK_MCP_TOKEN"  # noqa: S105  the name of a variable
URL = "http://127.0.0.1:8484"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("mcp", help="Serve an assistant over MCP: tools that ask the gateway.")(guarded(mcp))


def mcp(
    *,
    url: Annotated[str, typer.Option("--url", help="Where the gateway answers.")] = URL,
    allow: Annotated[
        str, typer.Option("--allow", metavar="SCOPES", help="Tools that act as well: operate,approve.")
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Speak MCP on stdin and stdout until they are closed; the token stands in RINGBACK_MCP_TOKEN.

    With --json nothing is served: what an assistant's program is told about this command is printed.
    """
    from models.hooks.tokens import scopes_of
    from tasks.runtime.settings.errors import SettingsError
    from tasks.runtime.settings.trust import is_plain

    if find_spec("mcp") is None:
        raise SettingsError("The package mcp is not installed here: install ringback[mcp].")
    token = os.environ.get(TOKEN, "")
    if not token and not as_json:
        raise SettingsError(
            f"Set {TOKEN} to a token of the gateway; `ringback token add --name assistant --scope read` "
            "makes one."
        )
    if is_plain(url):
        raise SettingsError("--url: the token would go to another machine in clear text. Use https://.")
    try:
        scopes = scopes_of(allow) if allow else frozenset()
    except ValueError as error:
        raise SettingsError(f"--allow: {error}") from None
    if as_json:
        show_json(_settings(url, allow))
    else:
        _serve(url, token, scopes)
    return EXIT_OK


def _settings(url: str, allow: str) -> dict[str, Any]:
    """Return what programs with assistants read from their settings; the token is left to be filled in."""
    args = ["-m", "deployments.cli", "mcp", "--url", url, *(("--allow", allow) if allow else ())]
    return {"mcpServers": {"ringback": {"command": sys.executable, "args": args, "env": {TOKEN: "rb_..."}}}}


def _serve(url: str, token: str, scopes: "Collection[Scope]") -> None:
    from importlib.metadata import version

    import httpx

    from deployments.mcp.gateway_client import SECONDS, GatewayClient
    from deployments.mcp.tools import make_server

    headers = {"Authorization": f"Bearer {token}"}
    http = httpx.AsyncClient(base_url=url, headers=headers, timeout=SECONDS)
    make_server(GatewayClient(http), scopes, version("ringback")).run("stdio")
