"""docs/hooks.md: every template is pasted as it stands there, sent, and becomes a recovery."""

import json
import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.gateway.app import make_app
from deployments.gateway.parts import Parts
from models.hooks.senders import SENDERS
from tasks.clock import VirtualClock
from tasks.ledger.store import Ledger
from tasks.runtime.hook_sources import make_sources
from tasks.runtime.settings.hooks import GATEWAY_DEFAULTS, HookSettings
from tests.fakes.gateway_starter import FakeStarter
from tests.gateway_kit import SECRET, WHSEC, signed
from tests.integration.gates import run

PAGE = (Path(__file__).parents[3] / "docs" / "hooks.md").read_text(encoding="utf-8")
SECTIONS = {part.split("\n", 1)[0]: part for part in PAGE.split("\n## ")[1:]}
SYSTEMS = [title for title, text in SECTIONS.items() if "[hooks." in text and "```json" in text]
RENDERED = {
    "{{ticket.ticket_field_3600001}}": "acme",
    "{{ticket.ticket_field_3600002}}": "camp_1",
    "{{ticket.ticket_field_3600003}}": "btcal_7k2m",
    "{{ticket.cf_batch_job_id}}": "btcal_7k2m",
    "{{ticket.cf_campaign_id}}": "camp_1",
    "{{issue.customfield_10051}}": "btcal_7k2m",
    "{{ticket.tags}}": "vip outbound",
}
"""What the systems put in place of some placeholders; any other becomes a word."""


@pytest.fixture(params=["sqlite"])
def url(blank_file: Path, tmp_path: Path) -> str:
    """Keep these tests on SQLite; the inbox's own run on both databases."""
    shutil.copy(blank_file, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def block(title: str, language: str) -> str:
    """Return the one block of a language in a section."""
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", SECTIONS[title], re.DOTALL)
    assert len(found) == 1, title
    return found[0]


def rendered(template: str, at: float) -> bytes:
    """Return a template as its system sends it."""
    filled = re.sub(r"\{\{.*?\}\}", lambda found: RENDERED.get(found[0], "w1"), template)
    return filled.replace("1716904200000", str(int(at * 1000))).encode()


def test_no_field_that_a_hook_reads_is_written_by_the_tickets() -> None:
    """Whoever pastes both pages keeps the workspace: no field written is a field that is read."""
    tickets = (Path(__file__).parents[3] / "docs" / "tickets.md").read_text(encoding="utf-8")
    written = set(re.findall(r'^fields = \{ "?(\w+)', tickets, re.MULTILINE))
    read = set(re.findall(r"\{\{(?:ticket|issue)\.(?:ticket_field_)?(\w+)\}\}", PAGE))
    assert "3600004" in written
    assert {"3600001", "3600002", "3600003"} <= read
    assert not written & read


@pytest.mark.parametrize("title", SYSTEMS)
def test_a_template_as_it_is_pasted_becomes_a_recovery(
    title: str, ledger: Ledger, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines of ringback.toml, the secret from the environment and the body of the page work together."""
    tables: dict[str, Any] = tomllib.loads(block(title, "toml"))["hooks"]
    ((name, table),) = tables.items()
    scheme = table.get("scheme", name)
    secret = WHSEC if scheme == "standard" else SECRET
    monkeypatch.setenv(table["secret"].removeprefix("env:"), secret)
    settings = HookSettings.model_validate({"scheme": scheme} | table)
    starter = FakeStarter()
    parts = Parts(
        ledger=ledger,
        clock=clock,
        starter=starter,
        wake=lambda _id: None,
        sources=make_sources({name: settings}, "default"),
    )
    app, at = make_app(parts), clock.now().timestamp()
    body = rendered(block(title, "json"), at)
    assert isinstance(json.loads(body), dict)

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://gate") as client:
            headers = signed(scheme, body, at, secret=secret)
            return await client.post(f"/hooks/{name}", content=body, headers=headers)

    answer = run(send())
    for _ in range(2):  # a sender repeats what a busy gateway has not taken
        answer = answer if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE else run(send())
    assert answer.is_success, answer.text
    assert answer.json()["state"] == "received"
    app.state.worker.turns()
    (order,) = starter.runs.values()
    assert (order.request["job_id"], order.request["workspace"]) == ("btcal_7k2m", "acme")
    assert re.fullmatch(r"[a-z]+:\w[\w-]*", order.request["ticket"])


def test_every_scheme_has_a_template() -> None:
    """No system is named without what to paste into it."""
    tables = [tomllib.loads(block(title, "toml"))["hooks"] for title in SYSTEMS]
    schemes = {table.get("scheme", name) for one in tables for name, table in one.items()}
    assert schemes == set(SENDERS)


def test_the_page_tells_every_key() -> None:
    """Each setting of a source stands in the table, and `[gateway]` shows every default as it is."""
    keys = SECTIONS["Settings of a source"]
    for name in HookSettings.model_fields:
        assert f"`{name}`" in keys, name
    shown = tomllib.loads(block("Settings of a source", "toml"))["gateway"]
    assert shown == GATEWAY_DEFAULTS.model_dump()
