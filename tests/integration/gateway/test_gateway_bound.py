"""Tokens are bound to workspaces, an approval names its plan, and the audit says how a decision came."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from deployments.cli.app import app
from models.enums import State
from models.hooks.tokens import Scope
from tasks.clock import VirtualClock
from tasks.ledger import recoveries
from tasks.ledger.audit import entries
from tasks.ledger.database.engine import make_engine
from tasks.ledger.inbox import tokens
from tasks.ledger.leases import release
from tasks.ledger.store import Ledger
from tasks.runtime.database import open_ledger
from tests.gateway_kit import Gate
from tests.integration.gates import problem, rows
from tests.integration.gateway.test_gateway_api import ASK, WHO, call, waiting
from tests.integration.scenes import KEY, claimed, frozen


@pytest.fixture
def gate(ledger: Ledger, clock: VirtualClock) -> Gate:
    """Return a gateway whose default workspace is shop, beside one called other, on each database."""
    return Gate(ledger, clock)


def bound(gate: Gate, *workspaces: str, name: str = "bound") -> dict[str, str]:
    """Return the header of a token with every scope, for some workspaces."""
    return gate.token(name=name, workspaces=workspaces)


def elsewhere(gate: Gate) -> str:
    """Bring a recovery of workspace other to where it waits, and return its plan's hash."""
    claim = claimed(gate.ledger, "r_o", ("other", "fake", "btcal_o"))
    frozen(gate.ledger, claim)
    recoveries.update(gate.ledger, claim, "waits", {}, state=State.AWAITING_APPROVAL.value)
    release(gate.ledger, claim)
    return str(recoveries.get(gate.ledger, "r_o").plan_hash)


def test_a_token_asks_for_its_own_workspaces_only(gate: Gate) -> None:
    """Named, or meant by naming none: 403 for another one, and nothing is written down."""
    mine = bound(gate, "other")
    for wish in (ASK, ASK | {"workspace": "shop"}, ASK | {"workspace": "globex"}):
        said = problem(call(gate, "POST", "/v1/recoveries", mine, json=wish), 403)
        assert "does not speak for this workspace" in said["detail"]
    assert rows(gate.ledger) == []
    asked = call(gate, "POST", "/v1/recoveries", mine, json=ASK | {"workspace": "other"})
    assert asked.status_code == 202
    number = {"phone": "+61491570156", "reason": "asked us"}
    problem(call(gate, "POST", "/v1/suppressions", mine, json=number), 403)
    assert call(gate, "POST", "/v1/suppressions", mine, json=number | {"workspace": "other"}).is_success


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/recoveries/r_o"),
        ("GET", "/v1/recoveries/r_o/package"),
        ("POST", "/v1/recoveries/r_o/approve"),
        ("POST", "/v1/recoveries/r_o/decline"),
        ("POST", "/v1/recoveries/r_o/cancel"),
    ],
)
def test_another_workspaces_recovery_is_as_if_it_were_not_there(gate: Gate, method: str, path: str) -> None:
    """404 for a token of another workspace, and the recovery goes on waiting."""
    body = WHO | ({"plan_hash": elsewhere(gate)} if path.endswith("approve") else {})
    if not path.endswith("approve"):
        elsewhere(gate)
    given = {"json": body} if method == "POST" else {}
    problem(call(gate, method, path, bound(gate, "shop"), **given), 404)
    assert recoveries.get(gate.ledger, "r_o").state == State.AWAITING_APPROVAL.value


def test_lists_and_requests_show_a_token_its_own(gate: Gate) -> None:
    """A list leaves out what is another workspace's; a request of another is not there."""
    elsewhere(gate)
    waiting(gate.ledger)
    shop, other, whole = bound(gate, "shop", name="s"), bound(gate, "other", name="o"), gate.token(name="all")

    def seen(token: dict[str, str], query: str = "") -> set[str]:
        found = call(gate, "GET", f"/v1/recoveries{query}", token).json()["recoveries"]
        return {one["recovery_id"] for one in found}

    assert (seen(shop), seen(other), seen(whole)) == ({"r_1"}, {"r_o"}, {"r_1", "r_o"})
    assert seen(shop, "?workspace=other") == set()
    assert seen(bound(gate, "shop", "other", name="both")) == {"r_1", "r_o"}
    place = call(gate, "POST", "/v1/recoveries", other, json=ASK | {"workspace": "other"}).headers["location"]
    problem(call(gate, "GET", place, shop), 404)
    assert call(gate, "GET", place, other).is_success


@pytest.mark.parametrize(("plan", "status"), [(None, 422), ("", 422), ("another", 409)])
def test_an_approval_names_the_plan_that_was_read(gate: Gate, plan: str | None, status: int) -> None:
    """Without a plan, or with another one, nothing is approved, and a sentence says what to give."""
    _, plan_hash = waiting(gate.ledger)
    body = WHO | ({} if plan is None else {"plan_hash": plan})
    said = problem(call(gate, "POST", "/v1/recoveries/r_1/approve", gate.token(), json=body), status)
    if plan is None:
        assert "names the plan that was read" in said["errors"][0]["message"]
    assert recoveries.get(gate.ledger, "r_1").approved_hash is None
    assert recoveries.get(gate.ledger, "r_1").plan_hash == plan_hash


@pytest.mark.parametrize("door", ["approve", "decline"])
def test_the_audit_says_how_a_decision_came(gate: Gate, door: str) -> None:
    """The name is what the caller claims, and is written as that beside the token that was shown."""
    _, plan_hash = waiting(gate.ledger)
    body = WHO | ({"plan_hash": plan_hash} if door == "approve" else {})
    assert call(gate, "POST", f"/v1/recoveries/r_1/{door}", gate.token(), json=body).is_success
    kept = entries(gate.ledger, "r_1")[-1].body
    assert (kept["by"], kept["by_claimed"], kept["via"]) == ("Dana (token robot)", "Dana", "api token robot")


def test_the_audit_says_how_a_cancel_came(gate: Gate) -> None:
    """A withdrawal is somebody's word too."""
    waiting(gate.ledger)
    assert call(gate, "POST", "/v1/recoveries/r_1/cancel", gate.token(), json=WHO).is_success
    (kept,) = [entry.body for entry in entries(gate.ledger, "r_1") if entry.kind == "cancel_reason"]
    assert (kept["by_claimed"], kept["via"]) == ("Dana", "api token robot")


def test_a_decision_without_a_way_is_written_as_before(gate: Gate) -> None:
    """Whoever does not say how a decision came writes no empty claim."""
    waiting(gate.ledger)
    recoveries.decide(gate.ledger, "r_1", approved=False, by="Kim", reason="wrong list")
    assert "via" not in entries(gate.ledger, "r_1")[-1].body


def test_tokens_made_before_keep_every_workspace(empty_url: str) -> None:
    """A row of the schema before this one reads as `*`."""
    ledger = open_ledger(empty_url, KEY)
    made = tokens.add(ledger, "old", {Scope.READ})
    ledger.engine.dispose()
    engine = make_engine(empty_url)
    with engine.begin() as connection:
        connection.execute(text("alter table api_token drop column workspaces"))
        later = "granted_call kept_decision handover handed_file placed_call heard_call job_people call_owner"
        later += " people_file"
        for table in later.split():
            connection.execute(text(f"drop table {table}"))
        for index in ("ix_planned_wave", "ix_planned_settled", "ix_planned_said_no"):
            connection.execute(text(f"drop index {index}"))
        connection.execute(text("alter table planned drop column decision"))
        connection.execute(text("update alembic_version set version_num = '0005'"))
    engine.dispose()
    ledger = open_ledger(empty_url, KEY)
    caller = tokens.caller(ledger, made.text)
    assert caller is not None
    assert caller.speaks_for("whatever")
    ledger.engine.dispose()


def ringback(*words: str) -> tuple[int, Any]:
    """Run a command of `ringback token` and return its exit code and its document."""
    done = CliRunner().invoke(app, ["token", *words, "--json"])
    return done.exit_code, json.loads(done.stdout)


def test_the_command_line_binds_a_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """To the default workspace, to named ones, or to all; one that nobody has set up is refused in words."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RINGBACK_HOME", str(tmp_path / "home"))
    (tmp_path / "ringback.toml").write_text(
        'workspace = "shop"\n[workspaces.acme]\nplatform_key = "xi_0123456789abcdef"\n'
    )
    asked = {"one": [], "two": ["--workspace", "acme", "--workspace", "shop"], "all": ["--workspace", "*"]}
    made = {name: ringback("add", "--name", name, *words)[1]["workspaces"] for name, words in asked.items()}
    assert made == {"one": ["shop"], "two": ["acme", "shop"], "all": ["*"]}
    listed = {row["name"]: row["workspaces"] for row in ringback("list")[1]["tokens"]}
    assert listed == {"one": "shop", "two": "acme, shop", "all": "*"}
    code, said = ringback("add", "--name", "x", "--workspace", "globex")
    assert (code, "no workspace 'globex'" in said["error"]) == (2, True)
    code, said = ringback("add", "--name", "0491 570 156")
    assert (code, "491" in said["error"]) == (2, False)
