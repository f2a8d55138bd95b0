"""Settings: read from where people put them, checked before anything starts, never shown with secrets."""

import os
from pathlib import Path
from typing import Any

import pytest

from models.policy.policy import Policy
from tasks.runtime.settings.settings import SettingsError, load_policy, load_settings
from tests.plain_settings import plain_settings

SECRET = "a-secret-that-nobody-may-see"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder without settings, in an environment without any."""
    for name in [name for name in os.environ if name.upper().startswith("RINGBACK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def refusal(**given: Any) -> str:
    """Return the sentence that settings are refused with."""
    with pytest.raises(SettingsError) as caught:
        load_settings(**given)
    assert SECRET not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_nothing_has_to_be_set(tmp_path: Path) -> None:
    """The defaults name a platform, a workspace and a ledger under the home folder."""
    settings = load_settings(home=tmp_path / "home")
    assert (settings.platform, settings.workspace) == ("elevenlabs", "default")
    assert settings.ledger_url == f"sqlite:///{tmp_path / 'home' / 'ledger.db'}"


def test_the_environment_goes_before_env_files_and_these_before_toml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call's own value wins, then the environment, then .env, then ringback.toml, then the default."""
    order = ["toml", ".env", "environment", "call"]
    seen = [load_settings().workspace]
    (tmp_path / "ringback.toml").write_text('workspace = "toml"\n')
    seen.append(load_settings().workspace)
    (tmp_path / ".env").write_text("RINGBACK_WORKSPACE=.env\nOTHER=1\n")
    seen.append(load_settings().workspace)
    monkeypatch.setenv("RINGBACK_WORKSPACE", "environment")
    seen.append(load_settings().workspace)
    seen.append(load_settings(workspace="call").workspace)
    assert seen == ["default", *order]


def test_an_empty_variable_is_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """RINGBACK_POLICY= and its like, as container files write them, mean the default."""
    for name in ("HOME", "POLICY", "REASONS", "DATABASE_URL", "AUDIT_KEY", "WORKSPACE", "PLATFORM"):
        monkeypatch.setenv(f"RINGBACK_{name}", "")
    settings = load_settings()
    assert (settings.policy, settings.reasons, settings.workspace) == (None, None, "default")
    assert settings.home == Path("~/.ringback")


@pytest.mark.parametrize("shown", [repr, str, lambda settings: repr(settings.model_dump())])
def test_secrets_are_never_shown(shown: Any) -> None:
    """Key, audit key and the database's password stay out of everything that prints settings."""
    settings = load_settings(
        platform_key=SECRET, audit_key=SECRET, database_url=f"postgresql://me:{SECRET}@db/ledger"
    )
    assert SECRET not in shown(settings)
    assert settings.platform_key.get_secret_value() == SECRET
    assert SECRET in settings.ledger_url


def test_a_secret_is_not_quoted_where_it_is_refused(tmp_path: Path) -> None:
    """A value of the wrong kind is named by its setting alone."""
    (tmp_path / "ringback.toml").write_text(f'[platform_key]\nvalue = "{SECRET}"\n')
    assert "RINGBACK_PLATFORM_KEY" in refusal()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("workspace = ", "ringback.toml is not TOML"),
        ('workspace = "a"\nworkspace = "b"\n', "ringback.toml is not TOML"),
        ('worksapce = "a"\n', "there is no setting 'worksapce'. Known: platform,"),
        ('RINGBACK_WORKSPACE = "a"\n', "there is no setting 'RINGBACK_WORKSPACE'"),
        ("workspace = 5\n", "RINGBACK_WORKSPACE: Input should be a valid string"),
        ('workspace = ""\n', "RINGBACK_WORKSPACE"),
        ("policy = 5\n", "RINGBACK_POLICY"),
        ('platform = "nokia"\n', "RINGBACK_PLATFORM 'nokia' is not known. Known: elevenlabs"),
    ],
)
def test_a_settings_file_with_a_fault_is_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    """Broken TOML, a misspelt name and a wrong value are each said under their name."""
    (tmp_path / "ringback.toml").write_text(text)
    assert said in refusal()


@pytest.mark.parametrize("name", ["ringback.toml", ".env"])
def test_a_file_that_is_not_text_is_a_sentence(tmp_path: Path, name: str) -> None:
    """A file in another encoding is named, never a traceback."""
    (tmp_path / name).write_bytes('RINGBACK_WORKSPACE="caf\xe9"\n'.encode("latin-1"))
    assert "cannot be read: not UTF-8" in refusal()


def test_the_home_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    """Ledger and keys lie in a folder that nobody else can open."""
    folder = load_settings(home=tmp_path / "a" / "home").folder
    assert folder.is_dir()
    assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("home", ["file/inside", "~nobody-of-that-name/home", "nul\0"])
def test_a_home_that_cannot_be_used_is_a_sentence(tmp_path: Path, home: str) -> None:
    """A home below a file, of an unknown user or with an impossible name is refused in words."""
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match=r"RINGBACK_HOME .*cannot be used: .+"):
        _ = load_settings(home=home).folder


def test_the_users_own_home_is_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A tilde means the home of whoever runs it."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_settings().folder == tmp_path / ".ringback"


def no_policy(path: Path) -> str:
    """Return the sentence that a policy is refused with."""
    with pytest.raises(SettingsError) as caught:
        load_policy(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_a_policy_is_read(tmp_path: Path) -> None:
    """The keys that scripts use are taken from the file, and the others keep their defaults."""
    path = tmp_path / "policy.toml"
    path.write_text('poll_seconds = 1\nredial_later = true\napproval = "auto"\ncalling_window = "off"\n')
    found = load_policy(path)
    assert (found.poll_seconds, found.redial_later, found.approval, found.wave_max) == (1, True, "auto", 50)
    assert load_policy(None) == Policy.model_validate({})


def test_an_empty_policy_is_the_default(tmp_path: Path) -> None:
    """A file without keys changes nothing, and a tilde in its path is understood."""
    path = tmp_path / "policy.toml"
    path.write_text("# nothing\n")
    assert load_policy(path) == load_policy(None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("pol_seconds = 3", "there is no policy key 'pol_seconds'. `ringback policy` lists them"),
        ("[sample]\nmax = 3", "there is no policy key 'sample'"),
        ("poll_seconds = -1", "poll_seconds: Input should be greater than 0"),
        ("poll_seconds = nan", "poll_seconds: Input should be a finite number"),
        ("lease_seconds = inf", "lease_seconds: Input should be a finite number"),
        ('approval = "never"', "approval: Input should be 'ask' or 'auto'"),
        ('default_region = "UK"', "default_region: UK is not the ISO 3166 code of a country (the United"),
        ("p0 = 0.5", "p0 (0.5) has to be below p1 (0.3)"),
        ("sample_max = 3.5", "sample_max: Input should be a valid integer"),
        ("poll_seconds = ", "is not TOML"),
        ("poll_seconds = 1\npoll_seconds = 2", "is not TOML"),
    ],
)
def test_a_policy_with_a_fault_is_a_sentence(tmp_path: Path, text: str, said: str) -> None:
    """An unknown key, a wrong value and broken TOML are each said with the file and the key."""
    path = tmp_path / "policy.toml"
    path.write_text(text)
    assert said in no_policy(path)


def test_a_policy_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    """A missing file, a folder, another encoding and an unknown user's home are named with the reason."""
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"# caf\xe9\n")
    assert "cannot be read: not UTF-8" in no_policy(latin)
    assert "cannot be read: No such file" in no_policy(tmp_path / "missing.toml")
    assert "cannot be read: Is a directory" in no_policy(tmp_path)
    assert "cannot be read: " in no_policy(Path("~nobody-of-that-name/policy.toml"))


def test_settings_can_be_made_without_files() -> None:
    """A program may give all settings itself and leave .env aside."""
    assert plain_settings(workspace="shop").workspace == "shop"
