"""Keys of the carrier: whole or refused in a sentence, each workspace its own, and shown nowhere."""

import os
from pathlib import Path

import pytest

from models.policy.policy import Policy
from tasks.carriers.twilio import Twilio
from tasks.clock import VirtualClock
from tasks.runtime.carriers import make_carrier
from tasks.runtime.settings.settings import SettingsError, load_settings
from tasks.runtime.settings.twilio import TWILIO_URL, twilio_keys
from tasks.runtime.settings.workspaces import settings_of
from tasks.runtime.wiring import open_runtime

ACCOUNT, OTHER, KEY = f"AC{'a' * 32}", f"AC{'b' * 32}", f"SK{'c' * 32}"
TOKEN, SECRET = "token-of-the-account-0123", "secret-of-the-key-0123"
NAMES = ("ACCOUNT_SID", "AUTH_TOKEN", "API_KEY", "API_SECRET", "URL")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder, in an environment without settings."""
    for name in [name for name in os.environ if name.upper().startswith("RINGBACK_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("RINGBACK_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RINGBACK_PLATFORM_KEY", "key-of-main")
    monkeypatch.chdir(tmp_path)


def given(monkeypatch: pytest.MonkeyPatch, *values: str) -> None:
    """Set the variables to values, in the order of NAMES; an empty one is not set."""
    for name, value in zip(NAMES, values, strict=False):
        monkeypatch.setenv(f"RINGBACK_TWILIO_{name}", value)


def test_without_keys_nobody_is_asked() -> None:
    """Whoever sets nothing up has no carrier, and the public address by itself is none."""
    settings = load_settings()
    assert (twilio_keys(settings), settings.twilio_url) == (None, TWILIO_URL)
    assert open_runtime().context("job").carrier is None


@pytest.mark.parametrize(
    ("values", "pair"),
    [
        ((ACCOUNT, TOKEN), (ACCOUNT, TOKEN)),
        ((ACCOUNT, "", KEY, SECRET), (KEY, SECRET)),
        ((ACCOUNT, TOKEN, KEY, SECRET), (KEY, SECRET)),
    ],
)
def test_the_account_is_read_by_its_token_or_by_a_key(
    monkeypatch: pytest.MonkeyPatch, values: tuple[str, ...], pair: tuple[str, str]
) -> None:
    """An API key goes before the token: it can be taken back by itself."""
    given(monkeypatch, *values)
    found = twilio_keys(load_settings())
    assert found is not None
    assert (found.account, found.user, found.secret) == (ACCOUNT, *pair)
    carrier = open_runtime().context("job").carrier
    assert isinstance(carrier, Twilio)
    shown = f"{found!r} {carrier!r} {load_settings()!r} {open_runtime().context('job')!r}"
    assert TOKEN not in shown
    assert SECRET not in shown


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((ACCOUNT,), r"RINGBACK_TWILIO_ACCOUNT_SID is set without a key: give RINGBACK_TWILIO_AUTH_TOKEN"),
        (("", TOKEN), r"RINGBACK_TWILIO_ACCOUNT_SID is not set"),
        (("", "", KEY, SECRET), r"RINGBACK_TWILIO_ACCOUNT_SID is not set"),
        ((ACCOUNT, TOKEN, KEY), r"RINGBACK_TWILIO_API_KEY and RINGBACK_TWILIO_API_SECRET are one pair"),
        ((ACCOUNT, "", "", SECRET), r"are one pair: give both, or neither"),
        (("AC123", TOKEN), r"no account SID: AC and 32 hexadecimal"),
        ((f"{ACCOUNT}/../x", TOKEN), r"no account SID"),
        ((ACCOUNT, "", "SK1", SECRET), r"no SID of an API key"),
        ((ACCOUNT, TOKEN, "", "", "http://api.example.com"), r"sent in clear text"),
        ((ACCOUNT, TOKEN, "", "", "ftp://api.example.com"), r"has to begin with https"),
    ],
)
def test_half_a_pair_and_what_is_none_are_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, values: tuple[str, ...], said: str
) -> None:
    """Before anything is asked; no secret is in the sentence."""
    given(monkeypatch, *values)
    with pytest.raises(SettingsError, match=said) as told:
        load_settings()
    assert TOKEN not in str(told.value)
    assert SECRET not in str(told.value)


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080", "http://localhost:1", "https://carrier.example"])
def test_plain_http_is_for_this_machine_alone(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    """A sandbox on the loopback is read, another machine only over https."""
    given(monkeypatch, ACCOUNT, TOKEN, "", "", url)
    assert open_runtime().context("job").carrier is not None


def test_an_address_of_no_use_is_refused_with_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """What no client can be made of is said where it is made."""
    given(monkeypatch, ACCOUNT, TOKEN, "", "", "https://carrier:port")
    with pytest.raises(SettingsError, match="RINGBACK_TWILIO_URL"):
        make_carrier(load_settings(), Policy.model_validate({}), VirtualClock())


TOML = f"""
workspace = "main"

[workspaces.acme]
platform_url = "http://127.0.0.1:1"
platform_key = "key-of-acme"
twilio_account_sid = "{OTHER}"
twilio_auth_token = "env:ACME_TWILIO"

[workspaces.beta]
platform_key = "key-of-beta"
"""


def test_each_workspace_has_its_own_carrier_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    """The default one's keys are of another account: no other workspace's calls are asked about with them."""
    Path("ringback.toml").write_text(TOML)
    monkeypatch.setenv("ACME_TWILIO", TOKEN)
    given(monkeypatch, ACCOUNT, SECRET)
    settings = load_settings()
    found = [twilio_keys(settings_of(settings, name)) for name in ("main", "acme", "beta")]
    assert [keys and (keys.account, keys.secret) for keys in found] == [
        (ACCOUNT, SECRET),
        (OTHER, TOKEN),
        None,
    ]


def test_a_workspaces_half_is_named_by_its_table(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sentence names the place in the file."""
    Path("ringback.toml").write_text(TOML.replace(f'twilio_account_sid = "{OTHER}"\n', ""))
    monkeypatch.setenv("ACME_TWILIO", TOKEN)
    with pytest.raises(SettingsError, match=r"workspaces\.acme\.twilio_account_sid is not set"):
        load_settings()
