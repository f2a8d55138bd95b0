"""The command and the form by which people decide: what they show, refuse and ask."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from flows.requests import DecideRequest
from models.enums import Choice
from tasks.ledger import recoveries
from tasks.ledger.errors import LedgerError
from tasks.ledger.people.decided import in_force
from tasks.ledger.store import Ledger
from tasks.runs.decide_run import decided
from tasks.runtime.database import open_home
from tasks.runtime.settings.settings import SettingsError, load_settings
from tests.integration.kept import kept
from tests.integration.scenes import JOB, phone
from tests.warm import warm_commands

WORDS = ("decide", "r_1", "--as", "redial", "--by", "Kim", "--because", "no call in the console")


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """Return the ledger of a home of the test's own, with a recovery that keeps people back."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGBACK_HOME", str(tmp_path / "home"))
    _, ledger = open_home(load_settings())
    kept(ledger)
    return ledger


def run(*words: str, code: int = 0) -> tuple[str, str]:
    """Run a command in a process of its own and return what it printed."""
    done, out, err = warm_commands().run(list(words), os.environ, Path.cwd(), 120)
    assert done == code, out + err
    assert phone(2) not in out + err
    return out, err


def document(*words: str, code: int = 0) -> Any:
    """Return the one JSON document of a command."""
    return json.loads(run(*words, "--json", code=code)[0])


def test_the_command_shows_refuses_and_decides(home: Ledger) -> None:
    """The list names its state; a redial without a yes, and a list of before, decide nothing."""
    shown = document("decide", "r_1")
    assert [(one["row"], one["no_redial"]) for one in shown["people"]] == [
        (2, ""), (3, ""), (4, "time zone unknown"),
    ]  # fmt: skip
    assert shown["next"].endswith(f"--because TEXT --state {shown['list_state'][:12]}")
    refused = document(*WORDS, "--row", "2-3", code=2)["error"]
    assert refused.startswith("2 people may have been called already (2 ambiguous: because).")
    assert "--yes" in refused
    assert in_force(home, JOB) == {}
    state = ("--state", shown["list_state"][:12])
    done = document(*WORDS, "--all", "--yes", *state)
    assert (done["rows"], [one["row"] for one in done["left"]]) == ([2, 3], [4])
    assert done["list"]["carry_out"] == "ringback recover job-1"
    assert "not the one any more" in document(*WORDS, "--row", "2", "--yes", *state, code=2)["error"]
    assert {one.choice for one in in_force(home, JOB).values()} == {Choice.REDIAL}


def test_status_shows_people_and_what_to_type(home: Ledger) -> None:
    """Row, reason and the exact next command stand where somebody looks first."""
    out, _ = run("status", "r_1")
    assert "ambiguous" in out
    assert "ringback decide r_1 --all --as redial|reached|never" in out
    assert document("status", "r_1")["decisions"]["to_decide"] == 3
    told = document("waiting")
    assert told["counts"] == {"approve": 0, "held": 0, "escalated": 0, "decide": 3}
    assert [(one["kind"], one["command"]) for one in told["waiting"]] == [("decide", "ringback decide r_1")]
    assert "3 people to decide" in run("waiting")[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--row", "2"), "--as"),
        (("--as", "never", "--by", "Kim", "--because", "x"), "about whom"),
        (("--as", "never", "--row", "2", "--all", "--by", "Kim", "--because", "x"), "about whom"),
        (("--as", "never", "--row", "two", "--by", "Kim", "--because", "x"), "span such as"),
        (("--as", "never", "--row", "2", "--because", "x"), "--by"),
        (("--as", "never", "--row", "2", "--by", "+61491570156", "--because", "x"), "no phone number"),
        (("--as", "never", "--row", "2", "--by", "Kim"), "--because"),
    ],
)
def test_what_cannot_be_meant_is_said(home: Ledger, words: tuple[str, ...], said: str) -> None:
    """A wish that lacks something names it, and decides nothing."""
    assert said in document("decide", "r_1", *words, code=2)["error"]
    assert in_force(home, JOB) == {}


def form(**given: Any) -> dict[str, Any]:
    """Return a filled form as a run gets it."""
    return DecideRequest(recovery_id="r_1", **given).model_dump(exclude={"recovery_id"})


def test_the_form_looks_first_and_decides_by_name(home: Ledger) -> None:
    """As it opens it only looks; a decision needs name, reason, list, and for a redial the accepted risk."""
    from tasks.ledger.people.decisions import listed

    assert decided(home, "r_1", form(), "a form") == ""
    mine = {"by": "Kim", "because": "listened to +61 491 570 156", "rows": "2, 3"}
    with pytest.raises(SettingsError, match="needs the list that you have read"):
        decided(home, "r_1", form(choice="redial", **mine), "a form")
    mine["list_state"] = listed(home, "r_1").state
    with pytest.raises(SettingsError, match=r"2 people may have been called already.*switch on"):
        decided(home, "r_1", form(choice="redial", **mine), "a form")
    said = decided(home, "r_1", form(choice="redial", accept_risk=True, **mine), "a form")
    assert said == "Kim decided redial about 2 people."
    assert {one.because for one in in_force(home, JOB).values()} == {"listened to [number]"}
    with pytest.raises(LedgerError, match="not the one any more"):
        decided(home, "r_1", form(choice="never", **mine), "a form")
    assert recoveries.get(home, "r_1").state == "recovered"
