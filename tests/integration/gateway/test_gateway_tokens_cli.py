"""`ringback token`: made once, listed without its secret, taken back; errors as everywhere."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deployments.cli.app import app


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a home of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGBACK_HOME", str(tmp_path / "home"))


def ringback(*words: str) -> tuple[int, str]:
    """Run a command and return its exit code and its stdout."""
    done = CliRunner().invoke(app, ["token", *words])
    return done.exit_code, done.stdout


def document(*words: str) -> Any:
    """Run a command and return its JSON document."""
    code, out = ringback(*words, "--json")
    assert code == 0, out
    return json.loads(out)


def test_a_token_is_shown_once_and_taken_back() -> None:
    """The one document of `add` holds the token; `list` and `revoke` know its name, scopes and end."""
    made = document("add", "--name", "desk", "--scope", "operate, read", "--days", "30")
    assert (made["name"], made["scopes"]) == ("desk", ["operate", "read"])
    assert made["token"].startswith("rb_")
    code, out = ringback("list")
    assert (code, made["token"] in out, "in use" in out) == (0, False, True)
    (listed,) = document("list")["tokens"]
    assert (listed["scopes"], listed["expires"] != "never") == ("operate,read", True)
    assert document("revoke", "desk")["state"] == "revoked"
    assert document("list")["tokens"][0]["state"] == "revoked"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "--name", "x", "--scope", "write"), "'write' is no scope"),
        (("add", "--name", "x", "--scope", ","), "is no scope"),
        (("add", "--name", " "), "--name is a word or two"),
        (("add", "--name", "x" * 61), "--name is a word or two"),
        (("revoke", "nobody"), "There is no token 'nobody'"),
    ],
)
def test_what_cannot_be_done_is_said(words: tuple[str, ...], said: str) -> None:
    """An unknown scope, a name that is none and a token that is not there are usage errors in words."""
    code, out = ringback(*words, "--json")
    assert code == 2
    assert said in json.loads(out)["error"]


def test_a_name_is_used_once() -> None:
    """The audit speaks of names: a second token of one name is refused."""
    document("add", "--name", "desk")
    code, out = ringback("add", "--name", "desk", "--json")
    assert (code, "Choose another name" in json.loads(out)["error"]) == (2, True)


def test_no_tokens_yet() -> None:
    """An empty list tells how to begin."""
    assert "ringback token add" in ringback("list")[1]
