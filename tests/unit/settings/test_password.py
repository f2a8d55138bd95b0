"""The password of a home's Prefect server: one for everybody of the home, and for nobody else."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tasks.prefect_api.server.password import password, password_file
from tasks.prefect_api.server.process import let_in, server_environment
from tasks.runtime.settings.settings import SettingsError


def test_it_is_made_once_and_for_its_owner_only(tmp_path: Path) -> None:
    """The first who needs it makes it, however many at once; others of the machine cannot read it."""
    with ThreadPoolExecutor(8) as hands:
        found = set(hands.map(lambda _: password(tmp_path), range(40)))
    assert len(found) == 1
    assert len(found.pop().partition(":")[2]) >= 32
    assert stat.S_IMODE(password_file(tmp_path).stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["password"]


def test_two_homes_have_two(tmp_path: Path) -> None:
    """Who knows the password of one home does not know that of another."""
    homes = [tmp_path / "a", tmp_path / "b"]
    for home in homes:
        home.mkdir()
    assert len({password(home) for home in homes}) == 2


def test_a_file_that_others_may_read_is_tightened(tmp_path: Path) -> None:
    """A password that was copied there loosely is kept, and closed to others."""
    path = password_file(tmp_path)
    path.write_text("ana:a password of her own choice\n")
    path.chmod(0o644)
    assert password(tmp_path) == "ana:a password of her own choice"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("text", ["", "\n", "ringback:", "ringback:short", "no-user-at-all-but-long-enough"])
def test_a_file_that_holds_none_is_named(tmp_path: Path, text: str) -> None:
    """An empty, cut or short password opens no server: the file is named, and what to do."""
    password_file(tmp_path).write_text(text)
    with pytest.raises(SettingsError, match="Delete it: a new one is made"):
        password(tmp_path)


def test_a_server_is_told_its_password_and_its_own_origins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A server's environment asks for the home's password, lets in its own pages, and holds no key."""
    monkeypatch.setenv("RINGBACK_PLATFORM_KEY", "secret")
    told = server_environment(tmp_path, "http://127.0.0.1:4321/api")
    assert told["PREFECT_SERVER_API_AUTH_STRING"] == password(tmp_path)
    assert told["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"].split(",")[0] == "http://127.0.0.1:4321"
    assert "*" not in told["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"]
    assert "RINGBACK_PLATFORM_KEY" not in told


def test_the_ui_that_opens_is_the_one_of_the_pictures(tmp_path: Path) -> None:
    """Whoever follows a page of ours sees the same UI, and no advertisement between its rows."""
    told = server_environment(tmp_path, "http://127.0.0.1:4321/api")
    assert told["PREFECT_SERVER_UI_V2_ENABLED"] == "false"
    assert told["PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT"] == "false"


def test_no_other_server_is_given_the_password(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that the home's own server does not listen on gets nothing, whatever its file says."""
    monkeypatch.delenv("PREFECT_API_AUTH_STRING", raising=False)
    (tmp_path / "server.json").write_text('{"url": "http://127.0.0.1:9/api", "pid": 1}')
    let_in(tmp_path, "http://127.0.0.1:9/api")
    assert "PREFECT_API_AUTH_STRING" not in os.environ
