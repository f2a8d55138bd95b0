"""`ringback suppress`: a slip of the finger can be taken back by name, and nothing shows a number."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deployments.cli.app import app
from tasks.ledger.audit import entries
from tasks.ledger.people.opt_outs import CHAIN
from tasks.runtime.database import open_home
from tasks.runtime.settings.settings import load_settings

NUMBER = "+61491570156"
NAMED = ("--by", "Ana Ruiz", "--reason", "a typing error")


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a home of the test's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGBACK_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("RINGBACK_SUPPRESSION", raising=False)


def suppress(*words: str, code: int = 0) -> Any:
    """Run the command and return its document, in which no number stands."""
    told = CliRunner().invoke(app, ["suppress", *words, "--json"])
    assert told.exit_code == code, told.output
    assert NUMBER[-9:] not in told.output
    return json.loads(told.stdout)


def test_a_number_comes_off_by_name_and_stays_in_the_audit() -> None:
    """Whoever is taken off is on no list any more; who did it, why and what had stood there is kept."""
    suppress(NUMBER, "--why", "asked by mail")
    assert suppress("--check", NUMBER)["found"][0]["why"] == "asked by mail"
    assert suppress("--remove", NUMBER, *NAMED)["removed"] == 1
    assert not suppress("--check", NUMBER)["suppressed"]
    told = suppress("--list")
    assert (told["suppressed"], [one["by"] for one in told["taken_off"]]) == ([], ["Ana Ruiz"])
    _, ledger = open_home(load_settings())
    (kept,) = entries(ledger, CHAIN)
    assert (kept.body["reason"], kept.body["why"]) == ("a typing error", "asked by mail")
    assert NUMBER[-9:] not in str(kept.body)
    ledger.engine.dispose()


def test_the_audit_of_opt_outs_can_be_read_and_verified() -> None:
    """Who was taken off stands under `ringback audit opt-outs`, and its chain is checked like any other."""
    nobody = CliRunner().invoke(app, ["audit", CHAIN])
    assert (nobody.exit_code, nobody.stdout) == (0, "Nothing stands in the audit of opt-outs.\n")
    suppress(NUMBER, "--why", "asked by mail")
    suppress("--remove", NUMBER, *NAMED)
    shown = CliRunner().invoke(app, ["audit", CHAIN, "--json"])
    (entry,) = json.loads(shown.stdout)["entries"]
    assert (entry["kind"], entry["body"]["by"]) == ("taken_off", "Ana Ruiz")
    assert NUMBER[-9:] not in shown.output
    verified = CliRunner().invoke(app, ["audit", CHAIN, "--verify"])
    assert (verified.exit_code, verified.stdout) == (0, "The one entry of opt-outs holds.\n")


@pytest.mark.parametrize("named", [(), NAMED[:2], NAMED[2:], ("--by", "+61 491 570 156", *NAMED[2:])])
def test_nothing_comes_off_without_a_name_and_a_reason(named: tuple[str, ...]) -> None:
    """Without a name or a reason the number stays on the list."""
    suppress(NUMBER, "--why", "asked")
    suppress("--remove", NUMBER, *named, code=2)
    assert suppress("--check", NUMBER)["suppressed"]


def test_a_number_of_the_file_is_said_to_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The workspace's own file is read anew each time: the command says so and does not claim more."""
    (tmp_path / "own.txt").write_text(f"{NUMBER}\n")
    monkeypatch.setenv("RINGBACK_SUPPRESSION", str(tmp_path / "own.txt"))
    told = suppress("--remove", NUMBER, *NAMED)
    assert (told["removed"], told["in_file"]) == (0, True)
    assert suppress("--check", NUMBER)["suppressed"]


@pytest.mark.parametrize("words", [("--remove", NUMBER, *NAMED), ("--check", NUMBER, "--list")])
def test_a_wish_that_cannot_be_is_a_sentence(words: tuple[str, ...]) -> None:
    """A number on no list cannot come off one, and a check beside another wish does neither."""
    assert suppress(*words, code=2)["error"]


def test_one_number_is_one_number() -> None:
    """The count is said as people say it."""
    told = CliRunner().invoke(app, ["suppress", NUMBER, "--why", "asked"])
    assert "1 number is new on the list" in told.output
