"""More workspaces than one, out of ringback.toml."""

import os
from pathlib import Path

import pytest

from tasks.runtime.settings.secret_text import reveal
from tasks.runtime.settings.settings import SettingsError, load_settings
from tasks.runtime.settings.workspaces import settings_of, workspace_names
from tasks.runtime.wiring import open_runtime

TOML = """
workspace = "main"
platform_key = "key-of-main"

[workspaces.acme]
platform_url = "http://127.0.0.1:1"
platform_key = "env:ACME_KEY"
policy = "acme.toml"

[workspaces.beta]
platform_key = "key-of-beta"
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder with three workspaces."""
    for name in [name for name in os.environ if name.upper().startswith("RINGBACK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("ACME_KEY", "key-of-acme")
    monkeypatch.setenv("RINGBACK_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ringback.toml").write_text(TOML)
    (tmp_path / "acme.toml").write_text("permits = 9\n")


def test_each_workspace_has_its_platform_key_and_policy() -> None:
    """A workspace's own table says where and how it is recovered; ledger and keys are shared."""
    main, acme = open_runtime(), open_runtime(workspace="acme")
    assert (main.settings.workspace, acme.settings.workspace) == ("main", "acme")
    assert acme.settings.platform_key.get_secret_value() == "key-of-acme"
    assert (main.policy.permits, acme.policy.permits) == (5, 9)
    assert main.settings.ledger_url == acme.settings.ledger_url
    assert acme.context("job").workspace == "acme"


def test_no_name_and_the_own_name_mean_the_default_one() -> None:
    """An empty workspace in a form is the one of the plain settings."""
    settings = load_settings()
    assert (
        settings_of(settings, "") is settings_of(settings, None) is settings_of(settings, "main") is settings
    )


def test_an_unknown_workspace_is_refused_with_those_that_are_known() -> None:
    """A wrong name never falls back to another workspace's key."""
    with pytest.raises(SettingsError, match=r"no workspace 'acne'.*main, acme, beta"):
        open_runtime(workspace="acne")


def test_a_sweep_goes_over_all_that_have_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default workspace comes first, and is left out where only others have keys."""
    assert workspace_names(load_settings()) == ["main", "acme", "beta"]
    monkeypatch.setenv("RINGBACK_PLATFORM_KEY", " ")
    Path("ringback.toml").write_text(TOML.replace('platform_key = "key-of-main"', "", 1))
    monkeypatch.delenv("RINGBACK_PLATFORM_KEY")
    assert workspace_names(load_settings()) == ["acme", "beta"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("[workspaces.x]\n", "platform_key"),
        ('[workspaces.x]\nplatform_key = "k"\nplatform = "nowhere"\n', r"workspaces.x.platform 'nowhere'"),
        ('[workspaces.x]\nplatform_key = "k"\npermit = 3\n', "permit"),
        ('[workspaces."no good"]\nplatform_key = "k"\n', "workspaces"),
    ],
)
def test_a_wrong_table_is_said_in_one_sentence(line: str, words: str) -> None:
    """What a workspace's table lacks or does not know is named, with no key in the words."""
    Path("ringback.toml").write_text(line)
    with pytest.raises(SettingsError, match=words) as caught:
        load_settings()
    assert "\n" not in str(caught.value)


def test_a_key_is_never_shown() -> None:
    """Neither the settings nor their tables show a key when they are printed."""
    shown = repr(load_settings()) + repr(settings_of(load_settings(), "acme"))
    assert not any(f"key-of-{name}" in shown for name in ("main", "acme", "beta"))


def test_a_secret_may_lie_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`env:NAME` is read from that variable; one that is not set is named, and nothing is guessed."""
    assert reveal("plain").get_secret_value() == "plain"
    assert reveal("env:ACME_KEY").get_secret_value() == "key-of-acme"
    monkeypatch.delenv("ACME_KEY")
    with pytest.raises(SettingsError, match="variable ACME_KEY"):
        reveal("env:ACME_KEY")
