"""The installation's keys: made once, for their owner only, added to and never replaced."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.runtime.home import KEY_FILE as FILE
from tasks.runtime.keys import Keys, load_keys, rotate
from tasks.runtime.settings.settings import Settings, SettingsError
from tests.plain_settings import plain_settings

LONG = "a key of more than sixteen bytes"


def names(folder: Path) -> list[str]:
    """Return what lies in a folder."""
    return [path.name for path in folder.iterdir()]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Return settings with a home of their own and no key in the environment."""
    return plain_settings(home=tmp_path, audit_key=None)


def test_the_first_key_is_made_and_kept(settings: Settings) -> None:
    """Without a key file one is made; the next start finds the same key in it."""
    first = load_keys(settings)
    assert (first.newest, len(first.signing.secret)) == ("k1", 32)
    assert load_keys(settings) == first
    assert names(settings.folder) == [FILE]


def test_the_key_file_is_its_owners_only(settings: Settings) -> None:
    """Nobody else can read the keys, whatever the umask, and a rotation does not open the file."""
    before = os.umask(0)
    try:
        load_keys(settings)
        for _ in range(2):
            assert stat.S_IMODE((settings.folder / FILE).stat().st_mode) == 0o600
            rotate(settings)
    finally:
        os.umask(before)


def test_a_rotation_adds_a_key(settings: Settings) -> None:
    """The newest key signs, all older ones still verify, and phone tokens stay as they were."""
    first = load_keys(settings)
    assert [rotate(settings), rotate(settings)] == ["k2", "k3"]
    now = load_keys(settings)
    assert (list(now.by_id), now.signing.id) == (["k1", "k2", "k3"], "k3")
    assert now.by_id["k1"] == first.by_id["k1"]
    assert now.phones == first.phones
    assert len(set(now.by_id.values())) == 3


def test_a_line_added_by_hand_is_a_rotation(settings: Settings) -> None:
    """SECURITY.md's way: the added key signs, the first one still verifies and still makes the tokens."""
    first = load_keys(settings)
    with (settings.folder / FILE).open("a") as file:
        file.write(f"k2 {'ab' * 32}\n")
    now = load_keys(settings)
    assert (now.signing.id, now.signing.secret) == ("k2", b"\xab" * 32)
    assert now.by_id["k1"] == first.by_id["k1"]
    assert now.phones == first.phones
    assert f"`{FILE}`" in (Path(__file__).parents[3] / "SECURITY.md").read_text(encoding="utf-8")


def test_a_rotation_never_takes_a_name_twice(settings: Settings) -> None:
    """Where a key was removed by hand, its name is not given to another one that is still there."""
    load_keys(settings)
    rotate(settings)
    rotate(settings)
    path = settings.folder / FILE
    path.write_text("".join(path.read_text().splitlines(keepends=True)[1:]))
    kept = load_keys(settings).by_id["k3"]
    assert rotate(settings) == "k4"
    assert load_keys(settings).by_id["k3"] == kept


def test_a_rotation_survives_a_file_without_a_last_line_end(settings: Settings) -> None:
    """A key file that an editor left without its last line end is added to and not spoilt."""
    path = settings.folder / FILE
    load_keys(settings)
    path.write_text(path.read_text().rstrip("\n"))
    rotate(settings)
    assert list(load_keys(settings).by_id) == ["k1", "k2"]


def test_many_first_starts_at_once_make_one_key(tmp_path: Path) -> None:
    """Processes that start together on a new installation sign with the same key."""
    for turn in range(5):
        home = tmp_path / str(turn)
        ready = plain_settings(home=home, audit_key=None)
        _ = ready.folder
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda _: load_keys(ready).signing.secret, range(8)))  # noqa: B023
        assert len(set(found)) == 1
        assert names(home) == [FILE]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("\n\n", "is empty"),
        ("k1", "cannot be read"),
        ("k1 zz", "cannot be read"),
        ("k1 aa bb", "cannot be read"),
        ("k1 \xff", "cannot be read"),
        ("k1 aabb", "shorter than 16 bytes"),
        (f"k1 {'ab' * 32}\nk1 {'cd' * 32}", "names a key twice"),
    ],
)
def test_a_broken_key_file_is_a_sentence_and_stays(settings: Settings, content: str, said: str) -> None:
    """Keys are never made anew over a file that is there: entries signed with the old ones must verify."""
    path = settings.folder / FILE
    path.write_bytes(content.encode("latin-1"))
    for act in (load_keys, rotate):
        with pytest.raises(SettingsError, match=said):
            act(settings)
    assert path.read_bytes() == content.encode("latin-1")


def test_a_key_of_the_environment_is_the_key(tmp_path: Path) -> None:
    """RINGBACK_AUDIT_KEY is used as it is, also for entries of an older version, and no file is made."""
    given = plain_settings(home=tmp_path, audit_key=LONG)
    found = load_keys(given)
    assert (found.signing.id[:4], found.signing.secret) == ("env-", LONG.encode())
    assert found.phones == found.by_id["env"] == LONG.encode()
    assert names(tmp_path) == []


def test_a_key_of_the_environment_that_can_be_guessed_is_refused(tmp_path: Path) -> None:
    """A short key is a sentence about its setting, and is not quoted."""
    given = plain_settings(home=tmp_path, audit_key="hunter2")
    with pytest.raises(SettingsError, match=r"RINGBACK_AUDIT_KEY: .*shorter than 16 bytes") as caught:
        load_keys(given)
    assert "hunter2" not in str(caught.value)


def test_a_key_of_the_environment_is_rotated_there(tmp_path: Path) -> None:
    """Rotating a key that no file holds is refused, and makes no file that nobody would read."""
    given = plain_settings(home=tmp_path, audit_key=LONG)
    with pytest.raises(SettingsError, match="RINGBACK_AUDIT_KEY"):
        rotate(given)
    assert names(tmp_path) == []


def test_a_folder_in_place_of_the_file_is_a_sentence(settings: Settings) -> None:
    """Whatever lies where the keys should be, it is said and not a traceback."""
    (settings.folder / FILE).mkdir()
    with pytest.raises(SettingsError, match="cannot be read"):
        load_keys(settings)


def test_keys_are_never_shown() -> None:
    """No secret is in what Python prints of keys."""
    keys = Keys({"k1": LONG.encode()}, "k1")
    assert LONG not in repr(keys) + str(keys) + repr(keys.signing)
