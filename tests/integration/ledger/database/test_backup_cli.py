"""`ringback backup` and `ringback restore`: what has to be confirmed is said until it is."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tests.warm import warm_commands


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a home of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGBACK_HOME", str(tmp_path / "home"))


def document(*words: str, code: int = 0) -> Any:
    """Run a command in a process of its own, which lets go of the ledger, and return its JSON document."""
    done, out, err = warm_commands().run([*words, "--json"], os.environ, Path.cwd(), 120)
    assert done == code, out + err
    return json.loads(out)


def test_a_restored_home_asks_until_it_is_answered(tmp_path: Path) -> None:
    """Tokens and opt-outs are named by restore and by status, and confirmed one after the other."""
    document("token", "add", "--name", "desk")
    made = document("backup", "b.zip")
    assert (made["counts"]["api_token"], made["keys"], made["size"]) == (
        1,
        "file",
        Path("b.zip").stat().st_size,
    )
    assert "--over" in document("restore", "b.zip", code=2)["error"]
    done = document("restore", "b.zip", "--over")
    assert (done["tokens_to_confirm"], done["opt_outs_to_confirm"]) == (["desk"], True)
    assert [Path(kept).parent for kept in done["kept"]] == [tmp_path / "home"] * len(done["kept"])
    assert document("status")["restored"]["tokens_to_confirm"] == ["desk"]
    assert document("token", "list")["tokens"][0]["state"] == "to confirm after a restore"
    assert document("token", "confirm", "desk")["confirmed"] == ["desk"]
    assert document("token", "confirm", "--all")["confirmed"] == []
    assert document("status")["restored"]["tokens_to_confirm"] == []
    document("suppress", "--confirm-restored")
    assert document("status")["restored"] is None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("backup", "nowhere/b.zip"), "a folder that is there"),
        (("restore", "b.zip"), "cannot be read"),
        (("token", "confirm"), "Name one token"),
        (("token", "confirm", "desk", "--all"), "Name one token"),
    ],
)
def test_what_cannot_be_done_is_said(words: tuple[str, ...], said: str) -> None:
    """Each is one sentence and the exit code of a wrong use."""
    assert said in document(*words, code=2)["error"]


def test_a_missing_ledger_is_said_by_every_command(tmp_path: Path) -> None:
    """No command makes an empty ledger where one was, and restore brings it back."""
    document("token", "add", "--name", "desk")
    document("backup", "b.zip")
    (tmp_path / "home" / "ledger.db").unlink()
    for words in (("status",), ("token", "list"), ("backup", "c.zip")):
        assert "is missing" in document(*words, code=2)["error"]
    document("restore", "b.zip", "--over")
    assert document("token", "list")["tokens"]
