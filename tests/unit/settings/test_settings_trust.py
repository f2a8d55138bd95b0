"""Other people's folders: a loose home is tightened or refused, a foreign file decides nothing."""

import os
import stat
from pathlib import Path

import pytest

from tasks.runtime.settings.settings import SettingsError, load_settings
from tasks.runtime.settings.trust import is_plain
from tests.plain_settings import plain_settings

KEY = "xi_0123456789abcdef0123456789abcdef"
OTHER = 54321
"""A user that nobody is."""
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file to another user")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a folder without settings, in an environment without any."""
    for name in [name for name in os.environ if name.upper().startswith("RINGBACK_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


def write(text: str, name: str = "ringback.toml") -> Path:
    """Write a settings file of our own here."""
    path = Path(name)
    path.write_text(text)
    path.chmod(0o600)
    return path


def refusal() -> str:
    """Return the sentence that the settings here are refused with."""
    with pytest.raises(SettingsError) as told:
        load_settings()
    assert KEY not in str(told.value)
    return str(told.value)


@pytest.mark.parametrize("mode", [0o755, 0o750, 0o777, 0o701, 0o2775])
def test_a_loose_home_is_tightened(tmp_path: Path, mode: int) -> None:
    """A home that was there before is closed to everybody but its owner, whatever stood open."""
    home = tmp_path / "home"
    home.mkdir()
    home.chmod(mode)
    assert plain_settings(home=home).folder == home
    assert stat.S_IMODE(home.stat().st_mode) & 0o077 == 0


def test_a_home_that_is_closed_stays_as_it_is(tmp_path: Path) -> None:
    """Nothing is changed where nothing is open; a new one is made closed."""
    home = tmp_path / "home"
    assert stat.S_IMODE(plain_settings(home=home).folder.stat().st_mode) == 0o700
    home.chmod(0o500)
    assert stat.S_IMODE(plain_settings(home=home).folder.stat().st_mode) == 0o500


def test_a_folder_that_everybody_shares_is_no_home(tmp_path: Path) -> None:
    """Such as /tmp: it is neither used nor closed to those who share it."""
    tmp_path.chmod(0o1777)
    with pytest.raises(SettingsError, match="everybody shares"):
        _ = plain_settings(home=tmp_path).folder
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o1777
    tmp_path.chmod(0o700)


@as_root
def test_another_users_open_folder_is_no_home(tmp_path: Path) -> None:
    """It cannot be ours to close; a group that we are in may have been given to us on purpose."""
    home = tmp_path / "home"
    home.mkdir()
    os.chown(home, OTHER, -1)
    home.chmod(0o755)
    with pytest.raises(SettingsError, match="another user's and open to everybody"):
        _ = plain_settings(home=home).folder
    home.chmod(0o2770)
    assert plain_settings(home=home).folder == home


@pytest.mark.parametrize("name", ["ringback.toml", ".env"])
def test_a_file_that_anybody_may_have_written_is_not_read(tmp_path: Path, name: str) -> None:
    """A file, or a folder, that everybody may write into; the sentence says why and what to do."""
    text = 'platform_url = "https://evil.example"\n' if name == "ringback.toml" else "RINGBACK_WORKSPACE=x\n"
    path = write(text, name)
    load_settings()
    path.chmod(0o666)
    assert "so it is not read: it could say where keys are sent" in refusal()
    path.chmod(0o600)
    tmp_path.chmod(0o777)
    assert "lies in a folder" in refusal()
    tmp_path.chmod(0o700)
    load_settings()


@as_root
@pytest.mark.parametrize("name", ["ringback.toml", ".env"])
def test_another_users_file_or_folder_is_not_read(tmp_path: Path, name: str) -> None:
    """Whoever goes into somebody's folder does not take over that somebody's settings."""
    path = write("", name)
    os.chown(path, OTHER, -1)
    assert "another user's" in refusal()
    os.chown(path, 0, -1)
    os.chown(tmp_path, OTHER, -1)
    assert "another user's" in refusal()
    os.chown(tmp_path, 0, -1)


PLAIN = 'platform_url = "http://evil.example:8080"\n'
REFUSED = {
    "the key of the environment": (PLAIN, {"RINGBACK_PLATFORM_KEY": KEY}),
    "a variable that the file names": (
        '[workspaces.a]\nplatform_url = "http://evil.example"\nplatform_key = "env:RINGBACK_PLATFORM_KEY"\n',
        {"RINGBACK_PLATFORM_KEY": KEY},
    ),
    "no key so far": (PLAIN, {}),
    "both, and the environment wins": (f'{PLAIN}platform_key = "{KEY}"\n', {"RINGBACK_PLATFORM_KEY": KEY}),
    "a ticket system's token": (
        '[tickets.desk]\nkind = "zendesk"\nurl = "http://evil.test"\nuser = "a@b.c"\ntoken = "env:DESK"\n',
        {"DESK": "t" * 20},
    ),
    "another spelling": ('platform_url = " HTTP://evil.example"\n', {"RINGBACK_PLATFORM_KEY": KEY}),
}


@pytest.mark.parametrize("how", REFUSED)
def test_a_file_sends_no_key_in_clear_text(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An http:// address of a file and a key from elsewhere do not come together, and it is said why."""
    text, variables = REFUSED[how]
    write(text)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    said = refusal()
    assert "in clear text" in said
    assert "Use https://" in said


def test_a_dot_env_file_sends_no_key_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other file that is read from the folder at hand is held to the same."""
    write("RINGBACK_PLATFORM_URL=http://evil.example\n", ".env")
    monkeypatch.setenv("RINGBACK_PLATFORM_KEY", KEY)
    assert ".env: platform_url begins with http://" in refusal()


ALLOWED = {
    "https": ('platform_url = "https://voice.example"\n', {"RINGBACK_PLATFORM_KEY": KEY}),
    "loopback": ('platform_url = "http://127.0.0.1:8099"\n', {"RINGBACK_PLATFORM_KEY": KEY}),
    "loopback by name": ('platform_url = "http://localhost:8099"\n', {"RINGBACK_PLATFORM_KEY": KEY}),
    "loopback, IPv6": ('platform_url = "http://[::1]:8099"\n', {"RINGBACK_PLATFORM_KEY": KEY}),
    "address and key of one file": (f'{PLAIN}platform_key = "{KEY}"\n', {}),
    "address and key of the environment": (
        "",
        {"RINGBACK_PLATFORM_KEY": KEY, "RINGBACK_PLATFORM_URL": "http://sandbox:8099"},
    ),
    "an address that the environment overrides": (
        PLAIN,
        {"RINGBACK_PLATFORM_KEY": KEY, "RINGBACK_PLATFORM_URL": "https://voice.example"},
    ),
}


@pytest.mark.parametrize("how", ALLOWED)
def test_what_gives_no_key_away_is_allowed(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Encrypted, on this machine, or with a key that the same hand has written beside it."""
    text, variables = ALLOWED[how]
    write(text)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert load_settings().platform_key.get_secret_value() == KEY


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("http://10.0.0.7", True),
        ("http://127.0.0.1.evil.example", True),
        ("http://localhost@evil.example", True),
        ("http://127.0.0.2:1/api", False),
        ("https://evil.example", False),
        ("http://", True),
        ("nonsense", False),
    ],
)
def test_an_address_is_judged_by_its_host(url: str, plain: bool) -> None:
    """A name that begins like this machine's, or has it before an @, is another one's."""
    assert is_plain(url) is plain
