"""Deciding about kept-back contacts over the API: by a token of the scope, of the list that was read."""

from pathlib import Path

import pytest

from models.enums import Choice
from models.hooks.tokens import Scope
from tasks.clock import VirtualClock
from tasks.ledger.audit import entries
from tasks.ledger.people.decided import in_force
from tasks.ledger.store import Ledger
from tests.gateway_kit import Gate
from tests.integration.gates import problem
from tests.integration.gateway.test_gateway_api import call
from tests.integration.kept import kept
from tests.integration.scenes import JOB, phone

PLACE = "/v1/recoveries/r_1/decisions"


@pytest.fixture(params=["sqlite"])
def url(blank_file: Path, tmp_path: Path) -> str:
    """Keep these tests on SQLite; the ledger's own run on both databases."""
    import shutil

    shutil.copy(blank_file, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def test_read_decided_and_refused(ledger: Ledger, clock: VirtualClock) -> None:
    """The list is read masked; a redial needs its risk accepted; what was read before is refused after."""
    gate, state = Gate(ledger, clock), kept(ledger)
    token = gate.token(Scope.READ, Scope.APPROVE)
    shown = call(gate, "GET", PLACE, token)
    assert phone(2) not in shown.text
    told = shown.json()
    assert (told["to_decide"], told["list_state"]) == (3, state)
    assert [one["row"] for one in told["people"]] == [2, 3, 4]
    asked = {
        "as": "redial",
        "by": "Dana",
        "because": "looked at the console",
        "list_state": state,
        "rows": [2],
    }
    refused = problem(call(gate, "POST", PLACE, token, json=asked), 422)
    assert "1 person may have been called already (1 ambiguous: because)" in refused["detail"]
    assert in_force(ledger, JOB) == {}
    done = call(gate, "POST", PLACE, token, json=asked | {"accept_risk": True}).json()
    assert (done["as"], done["rows"], done["to_decide"]) == ("redial", [2], 2)
    assert in_force(ledger, JOB)["c2"].choice is Choice.REDIAL
    said = entries(ledger, "r_1")[-1].body
    assert (said["by"], said["via"]) == ("Dana (token robot)", "api token robot")
    late = problem(call(gate, "POST", PLACE, token, json=asked | {"as": "never"}), 409)
    assert "not the one any more that was shown" in late["detail"]
    now = call(gate, "GET", PLACE, token).json()
    assert now["people"][0]["decision"]["as"] == "redial"
    wrong = asked | {"as": "never", "list_state": now["list_state"], "rows": [5]}
    assert "row 5: it is reached" in problem(call(gate, "POST", PLACE, token, json=wrong), 409)["detail"]


def test_about_whom_is_said_in_one_way(ledger: Ledger, clock: VirtualClock) -> None:
    """Neither everybody nor nobody is decided about by a body that leaves it open."""
    gate, state = Gate(ledger, clock), kept(ledger)
    body = {"as": "never", "by": "Dana", "because": "asked", "list_state": state}
    for about in ({}, {"rows": [2], "everybody": True}):
        answer = call(gate, "POST", PLACE, gate.token(name=str(len(about))), json=body | about)
        assert "one of rows, reason and everybody" in str(problem(answer, 422)["errors"])
    other = gate.token(name="elsewhere", workspaces=frozenset({"other"}))
    problem(call(gate, "POST", PLACE, other, json=body | {"everybody": True}), 404)
    assert in_force(ledger, JOB) == {}
