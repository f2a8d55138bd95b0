"""`[tickets.SYSTEM]` and `[notify]`: refused by name before anything starts, secrets never shown."""

import os
import re
from pathlib import Path
from typing import get_args

import pytest

from models.enums import State
from tasks.notify.channels import channel_name, channels_of, notices_of
from tasks.runtime.outbox import chosen_ticket
from tasks.runtime.settings.secret_text import reveal
from tasks.runtime.settings.settings import SettingsError, load_settings
from tasks.runtime.settings.tickets import Kind

SECRET = "a-secret-that-nobody-may-see"
DESK = '[tickets.desk]\nkind = "zendesk"\nurl = "https://a.zendesk.com"\nuser = "b@a.test"\n'
GOOD = f'{DESK}token = "{SECRET}"\n'


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder without settings, in an environment without any."""
    for name in [name for name in os.environ if name.upper().startswith("RINGBACK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(text: str) -> None:
    """Write ringback.toml."""
    Path("ringback.toml").write_text(text)


def refusal(text: str) -> str:
    """Return the sentence that a ringback.toml is refused with."""
    write(text)
    with pytest.raises(SettingsError) as told:
        load_settings()
    assert SECRET not in str(told.value)
    return str(told.value)


def test_a_system_is_read_from_toml_and_keeps_its_secret() -> None:
    """A table per system becomes a setting; its token is not shown."""
    write(GOOD + 'tags = ["ringback"]\n[tickets.desk.on.held]\nstatus = "open"\nfields = { 360 = "held" }\n')
    settings = load_settings()
    assert settings.tickets["desk"].on["held"].fields == {"360": "held"}
    assert SECRET not in repr(settings)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (GOOD.replace('"zendesk"', '"remedy"'), "TICKETS.DESK.KIND"),
        (GOOD.replace("https://", "ftp://"), "url has to begin"),
        (GOOD.replace(f'token = "{SECRET}"\n', ""), "TICKETS.DESK.TOKEN"),
        (GOOD + "colour = 1\n", "colour"),
        (GOOD.replace("zendesk.com", "pd").replace('"zendesk"', '"pagerduty"') + 'tags = ["x"]\n', "no tags"),
        (GOOD.replace('user = "b@a.test"\n', "").replace('"zendesk"', '"intercom"'), "admin"),
        (GOOD + '[tickets.desk.on.hold]\nstatus = "x"\n', "on.hold is no state"),
        (GOOD + '[tickets.desk.on.held]\nfields = { name = "x" }\n', "named by their number"),
        (GOOD.replace("desk]", "notify]"), "cannot name a ticket system"),
        (GOOD.replace("desk]", '"My Desk"]'), "cannot name a ticket system"),
        ('[notify]\non = ["running"]\n', "no state that is told"),
        ('[notify]\nwhen = "always"\n', "when"),
    ],
)
def test_what_cannot_be_used_is_named(change: str, words: str) -> None:
    """A wrong kind, address, field or state is said by its name."""
    assert words.casefold() in refusal(change).casefold()


@pytest.mark.parametrize("name", ["comments", "work_notes", "Comment"])
def test_no_field_can_make_a_comment_public(name: str) -> None:
    """A field that customers read, or that holds our own words, is refused."""
    text = (
        GOOD.replace('"zendesk"', '"servicenow"') + f'[tickets.desk.on.held]\nfields = {{ {name} = "x" }}\n'
    )
    assert "always internal" in refusal(text)


def test_a_secret_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`env:NAME` is read when it is needed, and a missing variable is named."""
    monkeypatch.setenv("DESK_TOKEN", SECRET)
    assert reveal("env:DESK_TOKEN").get_secret_value() == SECRET
    assert reveal("plain").get_secret_value() == "plain"
    monkeypatch.delenv("DESK_TOKEN")
    with pytest.raises(SettingsError, match="DESK_TOKEN"):
        reveal("env:DESK_TOKEN")


def test_a_channel_has_a_name_that_gives_nothing_away() -> None:
    """Channels are told apart by variable or fingerprint, which stays the same and holds no secret."""
    url = f"slack://{SECRET}/b/c"
    assert channel_name("env:OPS_SLACK") == "OPS_SLACK"
    assert channel_name(url) == channel_name(url)
    assert SECRET not in channel_name(url)
    write(f'[notify]\nurls = ["{url}", "env:OPS_SLACK"]\n')
    settings = load_settings()
    assert len(channels_of(settings.notify)) == 2
    assert notices_of(settings.notify).states == {State.HELD, State.ESCALATED, State.RECOVERED}
    assert SECRET not in repr(settings)


def test_a_ticket_of_an_unknown_system_is_refused_before_anything_is_claimed() -> None:
    """`--ticket` names a system of the settings, or it is said which there are."""
    write(GOOD)
    settings = load_settings()
    assert chosen_ticket(settings, "") is None
    assert str(chosen_ticket(settings, "desk:4711")) == "desk:4711"
    with pytest.raises(SettingsError, match="Known: desk"):
        chosen_ticket(settings, "jira:SUP-1")
    with pytest.raises(SettingsError, match="names no ticket"):
        chosen_ticket(settings, "4711")


PAGE = Path(__file__).parents[3] / "docs" / "tickets.md"
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.mark.parametrize("block", BLOCKS)
def test_what_the_docs_offer_to_paste_can_be_used(block: str) -> None:
    """Every block of docs/tickets.md is taken as it stands."""
    write(block)
    settings = load_settings()
    assert settings.tickets or settings.notify.urls


def test_the_docs_show_every_kind() -> None:
    """No ticket system is left without a block to paste."""
    shown = {kind for block in BLOCKS for kind in re.findall(r'kind = "(\w+)"', block)}
    assert shown == set(get_args(Kind))
