"""Settings of sources: read from ringback.toml, faults said by name, secrets never shown."""

import os
from base64 import b64encode
from pathlib import Path

import pytest

from models.hooks.senders import SENDERS
from models.hooks.source import HookSource
from tasks.runtime.hook_sources import make_sources
from tasks.runtime.settings.settings import Settings, SettingsError, load_settings

SECRET = "a-secret-that-nobody-may-see"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder without settings, in an environment without any."""
    for name in [name for name in os.environ if name.upper().startswith("RINGBACK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def loaded(toml: str) -> Settings:
    """Load a ringback.toml."""
    Path("ringback.toml").write_text(toml)
    return load_settings()


def sources(toml: str) -> dict[str, HookSource]:
    """Return the sources of a ringback.toml."""
    settings = loaded(toml)
    return make_sources(settings.hooks, settings.workspace)


def test_a_source_needs_a_secret_and_nothing_else() -> None:
    """A table named like its system has that scheme, the default workspace and its own ticket name."""
    found = sources(f'workspace = "acme"\n[hooks.zendesk]\nsecret = "{SECRET}"\n')["zendesk"]
    assert (found.sender.name, found.workspace, found.request_workspace) == ("zendesk", "acme", "")
    assert (found.secrets, found.system, found.approval) == ((SECRET.encode(),), "zendesk", "ask")


def test_a_source_may_have_any_name() -> None:
    """Two instances of one system are two sources, each with its workspace."""
    found = sources(
        f'[hooks.jira-eu]\nscheme = "jira"\nsecret = ["{SECRET}", "{SECRET}-2"]\n'
        'workspace = "eu"\nticket_system = "jira"\n'
    )["jira-eu"]
    assert (found.workspace, found.request_workspace, found.system) == ("eu", "eu", "jira")
    assert found.secrets == (SECRET.encode(), f"{SECRET}-2".encode())


def test_a_secret_may_stand_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """`env:NAME` is read from there; a variable that is not set is said by its name."""
    toml = '[hooks.linear]\nsecret = "env:LINEAR_SECRET"\n'
    with pytest.raises(SettingsError, match="environment variable LINEAR_SECRET is not set"):
        sources(toml)
    monkeypatch.setenv("LINEAR_SECRET", SECRET)
    assert sources(toml)["linear"].secrets == (SECRET.encode(),)


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ('[hooks.acme]\nsecret = "SECRET"', "scheme: Field required"),
        ('[hooks.acme]\nscheme = "github"\nsecret = "SECRET"', "hooks.acme.scheme: Input should be"),
        ("[hooks.jira]", "secret: Field required"),
        ('[hooks.jira]\nsecret = ""', "a secret is empty"),
        ("[hooks.jira]\nsecret = []", "secret"),
        ('[hooks.jira]\nsecret = ["SECRET", " "]', "a secret is empty"),
        ('[hooks.jira]\nsecrt = "SECRET"\nsecret = "x"', "there is no setting 'hooks.jira.secrt'"),
        ('[hooks.jira]\nsecret = "SECRET"\nfields = { job = "a" }', "no field 'job'; known: job_id,"),
        ('[hooks.jira]\nsecret = "SECRET"\nfields = { job_id = "a[" }', "job_id is no JMESPath"),
        ('[hooks.jira]\nsecret = "SECRET"\nonly = "a ="', "only is no JMESPath"),
        ('[hooks.jira]\nsecret = "SECRET"\ntolerance_seconds = 0', "greater than 0"),
        ('[hooks.jira]\nsecret = "SECRET"\napproval = "never"', "'ask' or 'auto'"),
        ('[hooks.jira]\nsecret = "SECRET"\nworkspace = "Acme Corp"', "no name of one"),
        ('[hooks.jira]\nsecret = "SECRET"\nticket_system = "Jira EU"', "ticket_system"),
        ('[hooks."Jira/EU"]\nscheme = "jira"\nsecret = "SECRET"', "named in a-z"),
        ('hooks = "SECRET"', "RINGBACK_HOOKS"),
        ("[gateway]\nport = 70000", "gateway.port"),
        ("[gateway]\nkeep_days = 1", "greater than or equal to 7"),
    ],
)
def test_a_fault_is_said_by_its_name(lines: str, said: str) -> None:
    """A missing, misspelt or impossible setting of a source is one sentence without the secret."""
    with pytest.raises(SettingsError) as caught:
        loaded(lines.replace("SECRET", SECRET))
    assert said.lower() in str(caught.value).lower()
    assert SECRET not in str(caught.value)


def test_a_secret_of_another_scheme_is_said() -> None:
    """A Standard Webhooks secret that is no base64 is refused at the start, without being quoted."""
    with pytest.raises(SettingsError, match=r"\[hooks.standard\]: a Standard Webhooks secret") as caught:
        sources(f'[hooks.standard]\nsecret = "{SECRET}!"\n')
    assert SECRET not in str(caught.value)


def test_secrets_of_sources_are_never_shown() -> None:
    """Neither the settings nor a source show a secret when they are printed."""
    settings = loaded(f'[hooks.jira]\nsecret = "{SECRET}"\n')
    found = make_sources(settings.hooks, "default")
    assert SECRET not in f"{settings!r} {settings.model_dump()!r} {found!r}"


PUBLISHED = {
    "zendesk": ["dGhpc19zZWNyZXRfaXNfZm9yX3Rlc3Rpbmdfb25seQ==", "this_secret_is_for_testing_only"],
    "standard": [
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLw",
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    ],
    "jira": ["It's a Secret to Everybody"],
    "token": ["8f742231b10e8888abcd99yyyzzz85a5", "correct-horse-battery-staple"],
}
"""Secrets that stand in public documents, by the scheme of whoever printed them."""


@pytest.mark.parametrize("scheme", SENDERS)
@pytest.mark.parametrize("secret", [one for found in PUBLISHED.values() for one in found])
def test_a_published_secret_is_refused_by_every_scheme(scheme: str, secret: str) -> None:
    """Whoever copies the example of a document lets everybody sign who has read it."""
    with pytest.raises(SettingsError, match=rf"\[hooks.{scheme}\]") as caught:
        sources(f'[hooks.{scheme}]\nsecret = "{secret}"\n')
    assert secret not in str(caught.value)
    if scheme != "standard":
        assert "published" in str(caught.value)


@pytest.mark.parametrize("scheme", SENDERS)
@pytest.mark.parametrize(
    ("secret", "said"),
    [
        ("tiny", "shorter than"),
        ("fifteen-bytes-x", "shorter than"),
        ("ab" * 14, "different characters"),
        ("your-webhook-secret-here", "placeholder"),
        ("changeme-changeme-changeme", "placeholder"),
        ("lin_wh_xxxxxxxxxxxxxxxxxxxxxx", "placeholder"),
        ("<paste the signing secret>", "placeholder"),
    ],
)
def test_a_secret_has_a_floor(scheme: str, secret: str, said: str) -> None:
    """Too short, too plain, or left as an example had it: refused at the start, without being quoted."""
    given = f"whsec_{b64encode(secret.encode()).decode()}" if scheme == "standard" else secret
    with pytest.raises(SettingsError) as caught:
        sources(f'[hooks.{scheme}]\nsecret = "{given}"\n')
    assert said in str(caught.value)
    assert secret not in str(caught.value)


def test_the_floor_holds_for_secrets_of_the_environment_and_of_a_rotation(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wherever it stands, and for each of several."""
    monkeypatch.setenv("JIRA_SECRET", "short")
    for given in ('"env:JIRA_SECRET"', f'["{SECRET}", "short"]'):
        with pytest.raises(SettingsError, match="shorter than 16 bytes"):
            sources(f"[hooks.jira]\nsecret = {given}\n")


@pytest.mark.parametrize(
    "secret",
    [
        "1f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "8d5f3a86-1c0b-4ee6-b3a5-d3c9c0ab7b15",
        "jR5x0aLkq2Wm9TzV",
        "lin_wh_MFFICJquaM0H5vqRj6Ylt6BpuQB554",
    ],
)
def test_secrets_as_vendors_make_them_pass(secret: str) -> None:
    """Hexadecimal digits, a UUID, sixteen random characters: all of them are above the floor."""
    assert sources(f'[hooks.linear]\nsecret = "{secret}"\n')["linear"].secrets == (secret.encode(),)
