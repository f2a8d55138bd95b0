"""Credentials in Prefect's blocks: environment, block, TOML in this order, and never none instead."""

import logging
import os
import subprocess
import sys
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from deployments.up import stack
from deployments.up.checked import checked_runtime
from tasks.clock import VirtualClock
from tasks.context import Silent
from tasks.runtime.blocks import TICKETS, WORKSPACE
from tasks.runtime.outbox import SettingsOffice
from tasks.runtime.settings.settings import SettingsError, load_settings
from tasks.runtime.settings.workspaces import workspace_names
from tasks.runtime.wiring import Runtime, open_runtime
from tasks.tickets.port import RetryableTicketError
from tests.fakes.blocks import FakeBlocks

SECRET = "a-secret-that-nobody-may-see"
URL = "http://127.0.0.1:9"
KEPT = {"platform": "elevenlabs", "url": URL, "key": SECRET}
ACME = '[workspaces.acme]\nkey_block = "acme-key"\n'
DESK = '[tickets.desk]\nkind = "zendesk"\nkey_block = "desk"\n'
DESK_KEPT = {"kind": "zendesk", "url": "https://a.zendesk.com", "user": "b@a.test", "token": SECRET}


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder without settings, in an environment without any."""
    for name in [name for name in os.environ if name.upper().startswith(("RINGBACK_", "PREFECT_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RINGBACK_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def blocks(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeBlocks]:
    """Return the Prefect server that PREFECT_API_URL names."""
    with FakeBlocks() as running:
        monkeypatch.setenv("PREFECT_API_URL", running.url)
        running.held = {f"{WORKSPACE}/acme-key": dict(KEPT), f"{TICKETS}/desk": dict(DESK_KEPT)}
        yield running


def opened(toml: str, workspace: str = "") -> Runtime:
    """Open a workspace of a ringback.toml."""
    Path("ringback.toml").write_text(toml)
    return open_runtime(workspace=workspace)


def told(runtime: Runtime) -> tuple[str, str]:
    """Return the address and the key that a workspace's platform is asked with."""
    assert runtime.context("job_1").platform.name == "elevenlabs"
    return runtime.settings.platform_url, runtime.settings.platform_key.get_secret_value()


def test_a_workspace_takes_address_and_key_of_its_block(blocks: FakeBlocks) -> None:
    """Who names a block needs no key in the file; a sweep goes over that workspace like over any other."""
    runtime = opened(ACME, "acme")
    assert told(runtime) == (URL, SECRET)
    assert workspace_names(load_settings()) == ["acme"]
    assert "include_secrets=true" in blocks.asked[0]


def test_the_default_workspace_takes_its_block(blocks: FakeBlocks, monkeypatch: pytest.MonkeyPatch) -> None:
    """RINGBACK_KEY_BLOCK and `key_block` at the head of the file are the same setting."""
    monkeypatch.setenv("RINGBACK_KEY_BLOCK", "acme-key")
    assert told(opened("")) == (URL, SECRET)
    monkeypatch.delenv("RINGBACK_KEY_BLOCK")
    assert told(opened('key_block = "acme-key"\n')) == (URL, SECRET)
    assert workspace_names(load_settings()) == ["default"]


@pytest.mark.parametrize(
    ("toml", "workspace"),
    [
        (f'{ACME}platform_key = "from-the-file"\nplatform_url = "https://elsewhere.example"\n', "acme"),
        (f'{ACME}platform_key = "env:NOT_SET"\n', "acme"),
        ('key_block = "acme-key"\nplatform_key = "from-the-file"\nplatform_url = "http://127.0.0.1:1"\n', ""),
    ],
)
def test_a_block_wins_over_the_file_and_is_taken_whole(blocks: FakeBlocks, toml: str, workspace: str) -> None:
    """The key of a block goes to the address of that block, whatever address stands in the file."""
    assert told(opened(toml, workspace)) == (URL, SECRET)


@pytest.mark.parametrize(
    ("toml", "workspace", "name"),
    [
        (f'{ACME}platform_key = "env:ACME_KEY"\n', "acme", "ACME_KEY"),
        ('key_block = "acme-key"\n', "", "RINGBACK_PLATFORM_KEY"),
        ('key_block = "acme-key"\nplatform_key = "from-the-file"\n', "", "RINGBACK_PLATFORM_KEY"),
    ],
)
def test_the_environment_wins_over_a_block(
    blocks: FakeBlocks, monkeypatch: pytest.MonkeyPatch, toml: str, workspace: str, name: str
) -> None:
    """Where the variable is set, Prefect is not even asked."""
    monkeypatch.setenv(name, "from-the-environment")
    assert told(opened(toml, workspace)) == ("https://api.elevenlabs.io", "from-the-environment")
    assert blocks.asked == []


UNUSABLE = {
    "no such block": ({}, 200, None, "has no such block. Make it in Prefect's UI under Blocks"),
    "a password": (KEPT, 401, None, "Set PREFECT_API_AUTH_STRING to its USER:PASSWORD"),
    "a fault": (KEPT, 500, None, "it answered 500"),
    "no JSON": (KEPT, 200, b"<html>", "no answer that can be used"),
    "no block in it": (KEPT, 200, b'{"id": 1}', "no answer that can be used"),
    "no key": ({"url": URL}, 200, None, "key: Field required"),
    "an empty key": (KEPT | {"key": ""}, 200, None, "key: Value should have at least 1"),
    "no address": (KEPT | {"url": SECRET}, 200, None, "url: String should match"),
    "a foreign platform": (KEPT | {"platform": "fax"}, 200, None, "platform 'fax', which is not known"),
}


@pytest.mark.parametrize("case", UNUSABLE)
@pytest.mark.parametrize(
    ("toml", "workspace"), [(ACME, "acme"), ('key_block = "acme-key"\nplatform_key = "k"\n', "")]
)
def test_a_block_that_cannot_be_used_is_a_sentence(
    blocks: FakeBlocks, caplog: pytest.LogCaptureFixture, case: str, toml: str, workspace: str
) -> None:
    """What, which workspace, what to do; no other key takes its place, and the ledger can still be read."""
    held, blocks.status, blocks.raw, words = UNUSABLE[case]
    blocks.held = {f"{WORKSPACE}/acme-key": held} if held else {}
    caplog.set_level(logging.DEBUG)
    runtime = opened(toml, workspace)
    with pytest.raises(SettingsError) as caught:
        runtime.context("job_1")
    said = str(caught.value)
    assert words in said
    assert "ringback-workspace/acme-key" in said
    assert f"workspace {workspace or 'default'}" in said
    assert "\n" not in said
    assert SECRET not in said + repr(caught.value) + repr(runtime) + caplog.text
    assert runtime.ledger.clock
    with pytest.raises(SettingsError):
        _ = runtime.workspace  # no list of opt-outs is written under a name that may be another account's


@pytest.mark.parametrize("address", [None, "http://127.0.0.1:1/api"])
def test_a_prefect_that_does_not_answer_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    """Without a server there is no key, and that is said; nothing goes on without one."""
    if address:
        monkeypatch.setenv("PREFECT_API_URL", address)
    with pytest.raises(
        SettingsError, match=r"workspace acme .* no Prefect server answers\. Start `ringback up`"
    ):
        opened(ACME, "acme").context("job_1")


def test_one_block_under_two_names_is_one_account() -> None:
    """Two workspaces of one block are refused like two of one key: people would be called under each name."""
    with pytest.raises(SettingsError, match="acme and beta are one platform account"):
        opened(f'{ACME}[workspaces.beta]\nkey_block = "acme-key"\n')


def test_two_blocks_of_one_account_share_their_ledger_name(blocks: FakeBlocks) -> None:
    """Where two blocks hold one key, leases and counts go by the account all the same."""
    blocks.held[f"{WORKSPACE}/other"] = dict(KEPT)
    toml = f'{ACME}[workspaces.beta]\nkey_block = "other"\n'
    assert opened(toml, "acme").workspace == opened(toml, "beta").workspace == "acme"


@pytest.mark.parametrize("name", ["Acme", "a/b", "../x", "a b", "-a", "a?x=1"])
def test_a_name_that_no_block_has_is_refused(name: str) -> None:
    """A block's name is one word of small letters, digits and dashes, and never a path."""
    with pytest.raises(SettingsError, match="key_block"):
        opened(f'[workspaces.acme]\nkey_block = "{name}"\n')
    with pytest.raises(SettingsError, match="KEY_BLOCK"):
        opened(f'key_block = "{name}"\n')


def office(asked: list[httpx.Request] | None = None) -> SettingsOffice:
    """Return the doors of the settings here; what they ask is written down and answered with nothing."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request) if asked is not None else None
        return httpx.Response(200, json={"comments": []})

    return SettingsOffice(load_settings(), VirtualClock(datetime.now(UTC)), httpx.MockTransport(answer))


def test_a_ticket_system_takes_address_user_and_token_of_its_block(blocks: FakeBlocks) -> None:
    """The table says which system it is and what to change; all that leads there stands in the block."""
    Path("ringback.toml").write_text(f'{DESK}token = "from-the-file"\ntags = ["ringback"]\n')
    asked: list[httpx.Request] = []
    door = office(asked).door("desk")
    assert not door.tickets.find("4711", "a mark")
    assert asked[0].url.host == "a.zendesk.com"
    assert b64decode(asked[0].headers["authorization"].split()[1]) == f"b@a.test/token:{SECRET}".encode()
    assert SECRET not in repr(door) + repr(load_settings())
    assert len(blocks.asked) == 1


def test_a_tickets_variable_wins_over_its_block(blocks: FakeBlocks, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the variable of `env:NAME` is set, the block is not asked for."""
    monkeypatch.setenv("DESK_TOKEN", "from-the-environment")
    Path("ringback.toml").write_text(f'{DESK}token = "env:DESK_TOKEN"\nurl = "https://b.zendesk.com"\n')
    assert office().door("desk")
    assert blocks.asked == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"kind": "freshdesk"}, "is of freshdesk, and [tickets.desk] is of zendesk"),
        ({"kind": "fax"}, "kind: Input should be"),
        ({"token": ""}, "token: Value should have at least 1"),
        ({"url": "ftp://a"}, "url has to begin with"),
        (None, "has no such block"),
    ],
)
def test_a_ticket_whose_block_cannot_be_used_waits(
    blocks: FakeBlocks, change: dict[str, str] | None, words: str
) -> None:
    """What is to be told waits in the outbox with the sentence, and is delivered once the block is right."""
    blocks.held = {f"{TICKETS}/desk": DESK_KEPT | change} if change is not None else {}
    Path("ringback.toml").write_text(DESK)
    doors = office()
    with pytest.raises(RetryableTicketError) as caught:
        doors.door("desk")
    assert words in str(caught.value)
    assert "tickets.desk" in str(caught.value)
    assert SECRET not in repr(caught.value)
    blocks.held = {f"{TICKETS}/desk": dict(DESK_KEPT)}
    assert doors.door("desk")


def test_a_table_without_key_and_block_is_refused() -> None:
    """Neither a workspace nor a ticket system is taken without the place of its secret."""
    with pytest.raises(SettingsError, match=r"workspaces\.acme\.platform_key: is missing.*key_block"):
        opened("[workspaces.acme]\n")
    with pytest.raises(SettingsError, match=r"tickets\.desk\.token: is missing.*key_block"):
        opened('[tickets.desk]\nkind = "zendesk"\nurl = "https://a.zendesk.com"\n')


def test_a_block_is_read_without_importing_prefect(blocks: FakeBlocks, tmp_path: Path) -> None:
    """Prefect takes seconds to import: neither a start without blocks nor the reading of one pays for it."""
    Path("ringback.toml").write_text(ACME)
    code = (
        "import sys, deployments.cli.app\n"
        "from tasks.runtime.wiring import open_runtime\n"
        "assert open_runtime(workspace='acme').context('job_1').workspace == 'acme'\n"
        "print([name for name in sys.modules if name.partition('.')[0] == 'prefect'])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=120
    )
    assert (done.returncode, done.stdout.strip()) == (0, "[]"), done.stderr
    assert len(blocks.asked) == 1


class Heard(Silent):
    """Keeps what is said."""

    def __init__(self) -> None:
        """Have heard nothing."""
        self.messages: list[str] = []

    def say(self, message: str) -> None:
        """Keep a sentence."""
        self.messages.append(message)


def test_up_starts_before_its_blocks_can_be_read_and_says_what_is_missing(
    blocks: FakeBlocks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A block lies on the server that `ringback up` starts: once that is up it says which it cannot read."""
    Path("ringback.toml").write_text(f'{ACME}[workspaces.beta]\nkey_block = "beta-key"\n')
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:1/api")
    assert checked_runtime().ledger.clock
    heard = Heard()
    port = int(blocks.url.rpartition(":")[2].removesuffix("/api"))
    stack._say_unread(stack.Up(stack.Wishes(port=port), tmp_path / "home", heard))
    (said,) = heard.messages
    assert "workspace beta" in said
    assert "has no such block" in said
