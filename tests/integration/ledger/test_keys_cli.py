"""`ringback keys`: a new key signs, the old ones verify, and nothing that was signed is lost."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from tasks.ledger.leases import release
from tasks.runtime.database import open_home
from tasks.runtime.settings.settings import load_settings
from tests.integration.scenes import claimed
from tests.warm import warm_commands


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a home of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGBACK_HOME", str(tmp_path / "home"))


def document(*words: str, code: int = 0) -> Any:
    """Run a command in a process of its own and return its JSON document."""
    done, out, err = warm_commands().run([*words, "--json"], os.environ, Path.cwd(), 120)
    assert done == code, out + err
    return json.loads(out)


def signed(recovery_id: str) -> None:
    """Leave entries in the audit of a recovery, signed with whatever key signs now."""
    _, ledger = open_home(load_settings())
    release(ledger, claimed(ledger, recovery_id, ("shop", "fake", recovery_id)))
    ledger.engine.dispose()


def test_a_new_key_signs_and_the_old_one_verifies() -> None:
    """After a rotation the new key signs; chains of before, and chains across it, still hold."""
    signed("r_1")
    assert document("keys", "list")["keys"] == [{"id": "k1", "signs": True, "entries": 1}]
    made = document("keys", "rotate")
    assert (made["made"], [key["signs"] for key in made["keys"]]) == ("k2", [False, True])
    signed("r_2")
    assert [key["entries"] for key in document("keys", "list")["keys"]] == [1, 1]
    for recovery in ("r_1", "r_2"):
        assert document("audit", recovery, "--verify")["ok"]


def test_no_key_is_shown() -> None:
    """Neither command prints a secret, on the screen or as JSON."""
    signed("r_1")
    for words in (("keys", "list"), ("keys", "rotate"), ("keys", "rotate", "--json")):
        _, out, err = warm_commands().run(list(words), os.environ, Path.cwd(), 120)
        secrets = [line.split()[1] for line in Path("home/audit.keys").read_text().splitlines()]
        assert [secret for secret in secrets if secret in out + err] == []


def test_a_lost_key_is_no_new_one() -> None:
    """Where the key file is gone no other is made, and the name of a lost key stays taken."""
    signed("r_1")
    Path("home/audit.keys").unlink()
    assert "is missing" in document("keys", "rotate", code=2)["error"]
    Path("home/audit.keys").write_text(f"k5 {'ab' * 32}\n")
    assert document("keys", "rotate")["made"] == "k6"


def test_a_key_of_the_environment_is_changed_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The program changes no variable: the sentence says where the key comes from."""
    monkeypatch.setenv("RINGBACK_AUDIT_KEY", "a secret of at least sixteen bytes")
    assert "RINGBACK_AUDIT_KEY" in document("keys", "rotate", code=2)["error"]
