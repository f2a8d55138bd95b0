"""`ringback mcp` as an assistant's program starts it: a process on pipes that asks a gateway over HTTP."""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from mcp import Client, StdioServerParameters, stdio_client
from typer.testing import CliRunner

from deployments.cli.app import app
from models.hooks.tokens import Scope
from tasks.clock import VirtualClock
from tasks.ledger.store import Ledger
from tests.gateway_kit import Gate
from tests.integration.kept import kept

COMMAND = ("-m", "deployments.cli", "mcp")


@pytest.fixture(params=["sqlite"])
def url(blank_file: Path, tmp_path: Path) -> str:
    """Keep these tests on SQLite; the ledger's own run on both databases."""
    import shutil

    shutil.copy(blank_file, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@contextmanager
def serving(gate: Gate) -> Iterator[str]:
    """Serve a gateway on a free port and return where."""
    server = uvicorn.Server(uvicorn.Config(gate.app, host="127.0.0.1", port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.02)
        (port,) = (s.getsockname()[1] for one in server.servers for s in one.sockets)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()


def spoken(token: str, *options: str) -> tuple[set[str], Any]:
    """Start the command, and return its tools and what `list_kept_back` of r_1 tells."""
    env = {"RINGBACK_MCP_TOKEN": token, "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    server = StdioServerParameters(command=sys.executable, args=[*COMMAND, *options], env=env)

    async def session() -> tuple[set[str], Any]:
        async with Client(stdio_client(server)) as client:
            tools = {tool.name for tool in (await client.list_tools()).tools}
            told = await client.call_tool("list_kept_back", {"recovery_id": "r_1"})
            text = "".join(getattr(part, "text", "") for part in told.content)
            return tools, text if told.is_error else told.structured_content

    return asyncio.run(session())


def test_an_assistant_reads_over_pipes_and_http(ledger: Ledger, clock: VirtualClock) -> None:
    """The official client, a process of ours and a gateway on a port: the list comes through, read only."""
    state, gate = kept(ledger), Gate(ledger, clock)
    token = gate.token(Scope.READ)["Authorization"].removeprefix("Bearer ")
    with serving(gate) as where:
        tools, told = spoken(token, "--url", where)
    assert told["list_state"] == state
    assert "approve_plan" not in tools


def test_a_gateway_that_is_not_there_is_said_to_the_assistant() -> None:
    """No traceback and no silence: the tool says what does not answer and what to start."""
    tools, told = spoken("rb_none", "--url", "http://127.0.0.1:9", "--allow", "approve")
    assert "approve_plan" in tools
    assert "does not answer" in told
    assert "ringback up" in told


@pytest.mark.parametrize(
    ("token", "options", "said"),
    [
        ("", (), "Set RINGBACK_MCP_TOKEN"),
        ("rb_x", ("--allow", "everything"), "'everything' is no scope"),
        ("rb_x", ("--url", "http://calls.example:8484"), "clear text"),
    ],
)
def test_what_cannot_be_served_is_refused_in_a_sentence(
    token: str, options: tuple[str, ...], said: str
) -> None:
    """Without a token, with a scope that is none, or over an open line nothing starts."""
    done = CliRunner().invoke(app, ["mcp", *options], env={"RINGBACK_MCP_TOKEN": token})
    assert done.exit_code == 2
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""


def test_the_settings_that_are_printed_start_it() -> None:
    """What `--json` prints is what an assistant's program needs, with no token in it."""
    done = CliRunner().invoke(
        app, ["mcp", "--json", "--allow", "operate"], env={"RINGBACK_MCP_TOKEN": "rb_secret"}
    )
    told = json.loads(done.stdout)["mcpServers"]["ringback"]
    assert told["command"] == sys.executable
    assert told["args"] == [*COMMAND, "--url", "http://127.0.0.1:8484", "--allow", "operate"]
    assert "rb_secret" not in done.stdout
