"""The API: tokens and scopes, recoveries, decisions, packages, suppressions; every error a problem."""

import hashlib
import io
import json
import logging
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.enums import Cause, Check, Severity, State
from models.hooks.tokens import Scope
from models.tables.ledger import PackageRow
from models.triage.findings import Finding
from tasks.clock import VirtualClock
from tasks.ledger import plans, recoveries
from tasks.ledger.audit import entries, examine
from tasks.ledger.inbox import tokens
from tasks.ledger.leases import release
from tasks.ledger.store import Claim, Ledger
from tests.gateway_kit import Gate, signed, wish
from tests.integration.gates import problem, rows, run
from tests.integration.scenes import KEYS, claimed, end, frozen, phone

ASK = {"job_id": "btcal_1", "ticket": "zendesk:4711"}
WHO = {"by": "Dana", "reason": "looked at the plan"}


@pytest.fixture(params=["sqlite"])
def url(blank_file: Path, tmp_path: Path) -> str:
    """Keep these tests on SQLite; the inbox's own run on both databases."""
    import shutil

    shutil.copy(blank_file, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def gate(ledger: Ledger, clock: VirtualClock) -> Gate:
    """Return a gateway."""
    return Gate(ledger, clock)


def call(
    gate: Gate, method: str, path: str, token: dict[str, str] | None = None, **given: Any
) -> httpx.Response:
    """Make one call."""

    async def make() -> httpx.Response:
        async with gate.client(token) as client:
            return await client.request(method, path, **given)

    return run(make())


def waiting(ledger: Ledger) -> tuple[Claim, str]:
    """Bring a recovery to where it waits for a person, and return its plan's hash."""
    claim = claimed(ledger)
    frozen(ledger, claim)
    recoveries.update(ledger, claim, "waits", {}, state=State.AWAITING_APPROVAL.value)
    release(ledger, claim)
    return claim, str(recoveries.get(ledger, claim.recovery_id).plan_hash)


DOORS = [
    ("GET", "/v1/recoveries", "read"),
    ("GET", "/v1/recoveries/r_1", "read"),
    ("GET", "/v1/recoveries/r_1/package", "read"),
    ("GET", "/v1/requests/h_0123456789abcdef", "read"),
    ("POST", "/v1/recoveries", "operate"),
    ("POST", "/v1/recoveries/r_1/cancel", "operate"),
    ("POST", "/v1/suppressions", "operate"),
    ("POST", "/v1/recoveries/r_1/approve", "approve"),
    ("POST", "/v1/recoveries/r_1/decline", "approve"),
    ("GET", "/v1/recoveries/r_1/decisions", "read"),
    ("POST", "/v1/recoveries/r_1/decisions", "approve"),
    ("POST", "/v1/recoveries/r_1/stopped", "approve"),
    ("POST", "/v1/jobs/job_1/handovers", "operate"),
]
BODIES = {"/v1/recoveries": ASK, "/v1/suppressions": {"phone": "+61491570156", "reason": "asked"}}


@pytest.mark.parametrize(("method", "path", "scope"), DOORS)
def test_every_door_asks_for_its_scope(gate: Gate, method: str, path: str, scope: str) -> None:
    """Without a token 401, with every scope but the door's own 403, with that one scope let through."""
    body = BODIES.get(path, WHO) if method == "POST" else None
    refused = problem(call(gate, method, path, json=body), 401)
    assert "ringback token add" in refused["detail"]
    others = [other for other in Scope if other != scope]
    lacking = problem(call(gate, method, path, gate.token(*others, name="lacks"), json=body), 403)
    assert f"lacks the scope '{scope}'" in lacking["detail"]
    allowed = call(gate, method, path, gate.token(Scope(scope), name="has"), json=body)
    assert allowed.status_code not in {401, 403}


@pytest.mark.parametrize(
    "header", ["", "Bearer", "Bearer ", "Bearer rb_x_y", "Basic YTpi", "bearer \xe9\xff", "Bearer rb_a_b_c_d"]
)
def test_a_wrong_token_is_nobodys(gate: Gate, header: str) -> None:
    """Junk in the header is 401, whatever it is, before anything of the request is read."""
    headers = [(b"authorization", header.encode("latin-1"))]
    answer = call(gate, "POST", "/v1/recoveries", content=b"{", headers=headers)
    problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"


def test_expired_and_revoked_tokens_are_nobodys(gate: Gate) -> None:
    """A token's end is its end from the next call on."""
    brief = gate.token(Scope.READ, name="brief", lasts=timedelta(hours=1))
    gone = gate.token(Scope.READ, name="gone")
    assert call(gate, "GET", "/v1/recoveries", brief).status_code == 200
    tokens.revoke(gate.ledger, "gone")
    problem(call(gate, "GET", "/v1/recoveries", gone), 401)
    gate.clock.sleep(3600)
    problem(call(gate, "GET", "/v1/recoveries", brief), 401)


def test_calls_and_guesses_are_limited(ledger: Ledger, clock: VirtualClock) -> None:
    """A token has its calls a minute, an address its wrong tokens; one's limit is not the other's."""
    gate = Gate(ledger, clock, calls_per_minute=3, failures_per_minute=2)
    one, other = gate.token(name="one"), gate.token(name="other")
    assert [call(gate, "GET", "/v1/recoveries", one).status_code for _ in range(4)] == [200, 200, 200, 429]
    assert call(gate, "GET", "/v1/recoveries", other).status_code == 200
    assert [call(gate, "GET", "/v1/recoveries").status_code for _ in range(3)] == [401, 401, 429]
    limited = call(gate, "GET", "/v1/recoveries", one)
    problem(limited, 429)
    clock.sleep(int(limited.headers["retry-after"]))
    assert call(gate, "GET", "/v1/recoveries", one).status_code == 200


def test_a_wish_is_written_down_and_followed_to_its_recovery(gate: Gate, clock: VirtualClock) -> None:
    """202 with where to look; then the run, then the recovery."""
    token = gate.token()
    asked = call(gate, "POST", "/v1/recoveries", token, json=ASK | {"operator_fixed": True})
    assert (asked.status_code, asked.json()["state"]) == (202, "received")
    place = asked.headers["location"]
    assert call(gate, "GET", place, token).json()["run_id"] is None
    gate.worker.turns()
    clock.sleep(1)
    claimed(gate.ledger, key=("shop", "fake", "btcal_1"))
    found = call(gate, "GET", place, token).json()
    assert (found["state"], found["run_id"], found["recovery_id"]) == ("started", "run-1", "r_1")
    assert (found["source"], found["ticket"]) == ("api:robot", "zendesk:4711")
    order = next(iter(gate.starter.runs.values()))
    assert order.request["operator_fixed"] is True
    assert order.request["requested_by"] == "api robot"


def test_the_same_wish_twice_is_one_run(gate: Gate) -> None:
    """By its idempotency key it is one request, without one it joins; a key for another wish is refused."""
    token, key = gate.token(), {"Idempotency-Key": "k-1"}
    first = call(gate, "POST", "/v1/recoveries", token, json=ASK, headers=key).json()
    again = call(gate, "POST", "/v1/recoveries", token, json=ASK, headers=key).json()
    joined = call(gate, "POST", "/v1/recoveries", token, json=ASK | {"ticket": ""}).json()
    assert first["request_id"] == again["request_id"] == joined["joined"]
    assert joined["state"] == "joined"
    other = call(gate, "POST", "/v1/recoveries", token, json=ASK | {"job_id": "btcal_2"}, headers=key)
    assert "Take a new key" in problem(other, 409)["detail"]
    gate.worker.turns()
    assert gate.starter.asked == 1


def test_a_hook_and_a_call_for_one_job_are_one_run(gate: Gate) -> None:
    """Whatever door a wish comes through, the job is recovered once."""
    run(gate.send("zendesk", wish("zendesk")))
    assert call(gate, "POST", "/v1/recoveries", gate.token(), json=ASK).json()["state"] == "joined"


def test_another_workspace_has_to_be_known(gate: Gate) -> None:
    """The default one may be named or not; one that the settings do not know is refused."""
    token = gate.token()
    for workspace, sent in (("shop", ""), ("other", "other")):
        asked = call(gate, "POST", "/v1/recoveries", token, json=ASK | {"workspace": workspace})
        assert asked.status_code == 202
        gate.worker.turns()
        assert list(gate.starter.runs.values())[-1].request["workspace"] == sent
    problem(call(gate, "POST", "/v1/recoveries", token, json=ASK | {"workspace": "globex"}), 422)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body.job_id"),
        ({"job_id": "x"}, "body.job_id"),
        ({"job_id": "+61 491 570 156"}, "body.job_id"),
        ({"job_id": 61491570156}, "body.job_id"),
        ({"job_id": "btcal_1", "ticket": "no system"}, "body.ticket"),
        ({"job_id": "btcal_1", "approval": "never"}, "body.approval"),
        ({"job_id": "btcal_1", "+61491570156": 1}, "body.(a field we do not know)"),
        ([], "body"),
        (None, "body"),
    ],
)
def test_a_field_that_cannot_be_used_is_named_and_not_repeated(gate: Gate, body: Any, field: str) -> None:
    """422 names each field; the value, which may be a number, is in no answer."""
    answer = call(gate, "POST", "/v1/recoveries", gate.token(), json=body)
    assert field in [one["field"] for one in problem(answer, 422)["errors"]]
    assert "491" not in answer.text
    assert rows(gate.ledger) == []


@pytest.mark.parametrize("raw", [b"{", b"\xff\xfe", b"[" * 50_000])
def test_broken_json_is_a_problem(gate: Gate, raw: bytes) -> None:
    """Truncated, of another encoding or nested without end: 4xx in words."""
    headers = gate.token() | {"Content-Type": "application/json"}
    answer = call(gate, "POST", "/v1/recoveries", headers, content=raw)
    assert answer.status_code in {400, 422}
    problem(answer, answer.status_code)


def test_recoveries_are_listed_page_by_page(gate: Gate, clock: VirtualClock) -> None:
    """The newest first, by job, state and workspace, with the way to the older ones."""
    token = gate.token(Scope.READ)
    for n in range(5):
        end(gate.ledger, claimed(gate.ledger, f"r_{n}", ("shop", "fake", f"job-{n % 2}")), State.HELD)
        clock.sleep(60)

    def ids(query: str) -> list[str]:
        found = call(gate, "GET", f"/v1/recoveries?{query}", token).json()
        return [one["recovery_id"] for one in found["recoveries"]]

    first = call(gate, "GET", "/v1/recoveries?limit=3", token).json()
    assert [one["recovery_id"] for one in first["recoveries"]] == ["r_4", "r_3", "r_2"]
    rest = call(gate, "GET", "/v1/recoveries", token, params={"limit": 3, "before": first["next"]}).json()
    assert ([one["recovery_id"] for one in rest["recoveries"]], rest["next"]) == (["r_1", "r_0"], None)
    assert ids("job_id=job-1") == ["r_3", "r_1"]
    assert ids("state=running") == []
    assert ids("workspace=elsewhere") == []
    for wrong in ("limit=0", "limit=x", "state=odd", "before=x"):
        problem(call(gate, "GET", f"/v1/recoveries?{wrong}", token), 422)


def test_a_recovery_is_shown_without_numbers(gate: Gate) -> None:
    """The report of the command line, with who is kept back, the package's address and no whole number."""
    claim, plan_hash = waiting(gate.ledger)
    seen = {"somebody": int(phone(3).lstrip("+")), "written": f"0044 {phone(4)[3:]}", "count": 447_700}
    with gate.ledger.write() as session:
        odd = Finding(Check.HEALTH, Severity.WARN, Cause.PROVIDER, f"It rang at {phone(5)}.", seen)
        recoveries.write_findings(session, "r_1", [odd])
    found = call(gate, "GET", "/v1/recoveries/r_1", gate.token(Scope.READ))
    shown = found.json()
    assert (shown["state"], shown["plan_hash"], shown["package"]) == ("awaiting_approval", plan_hash, None)
    assert shown["counts"]["planned"] == 6
    numbers = [row.phone for row in plans.contacts(gate.ledger, claim.recovery_id)]
    assert len(numbers) == 8
    assert not [number for number in numbers if number and number[3:] in found.text]
    assert shown["findings"][0]["evidence"]["count"] == 447_700
    problem(call(gate, "GET", "/v1/recoveries/r_9", gate.token(Scope.READ, name="b")), 404)


def test_an_approval_goes_on(gate: Gate, clock: VirtualClock) -> None:
    """Only of the plan that was seen; then the recovery is woken, and the audit says who and why."""
    _, plan_hash = waiting(gate.ledger)
    token = gate.token(Scope.APPROVE)
    other = call(gate, "POST", "/v1/recoveries/r_1/approve", token, json=WHO | {"plan_hash": "another"})
    assert plan_hash in problem(other, 409)["detail"]
    said = call(gate, "POST", "/v1/recoveries/r_1/approve", token, json=WHO | {"plan_hash": plan_hash})
    assert (said.status_code, said.json()["state"]) == (200, "running")
    assert gate.woken == []  # the answer does not wait for Prefect
    gate.worker.turns()
    assert gate.woken == ["r_1"]
    last = entries(gate.ledger, "r_1")[-1]
    assert (last.kind, last.body["by"], last.body["plan_hash"]) == (
        "approved",
        "Dana (token robot)",
        plan_hash,
    )
    assert recoveries.get(gate.ledger, "r_1").approved_hash == plan_hash
    again = call(gate, "POST", "/v1/recoveries/r_1/approve", token, json=WHO | {"plan_hash": plan_hash})
    assert "does not wait for approval" in problem(again, 409)["detail"]


def test_a_decline_holds(gate: Gate) -> None:
    """Nobody is called, and the waiting run is woken to end; a number in the reason is masked."""
    waiting(gate.ledger)
    reason = {"by": "dana@acme.test", "reason": "call +61 491 570 156 or 0491570156 first"}
    said = call(gate, "POST", "/v1/recoveries/r_1/decline", gate.token(Scope.APPROVE), json=reason)
    assert (said.status_code, said.json()["state"]) == (200, "held")
    gate.worker.turns()
    assert gate.woken == ["r_1"]
    kept = entries(gate.ledger, "r_1")[-1].body
    assert kept["by"] == "dana@acme.test (token robot)"  # whoever answers for it is named in the audit
    assert kept["reason"] == "call [number] or [number] first"
    assert "491" not in said.text


def test_a_cancel_ends_a_plan_that_waits(gate: Gate) -> None:
    """Nobody was called, so nothing is to be withdrawn: it ends at once, and the run that waits is woken."""
    token = gate.token(Scope.OPERATE)
    waiting(gate.ledger)
    said = call(gate, "POST", "/v1/recoveries/r_1/cancel", token, json=WHO)
    assert (said.status_code, said.json()["state"]) == (200, "cancelled")
    gate.worker.turns()
    assert gate.woken == ["r_1"]
    problem(call(gate, "POST", "/v1/recoveries/r_1/cancel", token, json=WHO), 409)


def test_a_cancel_reaches_whoever_runs_it(gate: Gate, clock: VirtualClock) -> None:
    """One that nobody runs is woken to withdraw; one that is run is told, and woken when it is let go of."""
    token = gate.token(Scope.OPERATE)
    running = claimed(gate.ledger)
    call(gate, "POST", "/v1/recoveries/r_1/cancel", token, json=WHO)
    assert recoveries.get(gate.ledger, "r_1").cancel_asked
    gate.worker.turns()
    assert gate.woken == []
    release(gate.ledger, running)
    clock.sleep(60)
    gate.worker.turns()
    assert gate.woken == ["r_1"]
    end(gate.ledger, claimed(gate.ledger), State.RECOVERED)
    problem(call(gate, "POST", "/v1/recoveries/r_1/cancel", token, json=WHO), 409)
    kept = [entry.body for entry in entries(gate.ledger, "r_1") if entry.kind == "cancel_reason"]
    way = {"by_claimed": "Dana", "via": "api token robot"}
    assert kept[0] == {"by": "Dana (token robot)", "reason": WHO["reason"]} | way


def test_decisions_keep_the_audit_whole(gate: Gate) -> None:
    """What the API adds to the chain verifies like the rest."""
    waiting(gate.ledger)
    call(gate, "POST", "/v1/recoveries/r_1/cancel", gate.token(), json=WHO)
    assert examine(gate.ledger, "r_1", KEYS).ok


@pytest.mark.parametrize("path", ["approve", "decline", "cancel"])
@pytest.mark.parametrize("body", [{}, {"by": "", "reason": "x"}, {"by": "Dana"}, {"by": " ", "reason": " "}])
def test_a_decision_has_a_name_and_a_reason(gate: Gate, path: str, body: dict[str, str]) -> None:
    """Without who and why nothing is decided."""
    waiting(gate.ledger)
    problem(call(gate, "POST", f"/v1/recoveries/r_1/{path}", gate.token(), json=body), 422)
    assert recoveries.get(gate.ledger, "r_1").state == State.AWAITING_APPROVAL.value


def test_a_package_is_handed_out(gate: Gate, tmp_path: Path) -> None:
    """The newest one as it lies there, with its hash; none yet is 404, a removed one 410."""
    claimed(gate.ledger)
    token = gate.token(Scope.READ)
    problem(call(gate, "GET", "/v1/recoveries/r_1/package", token), 404)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        file.writestr("report.md", "all of it")
    path, sha256 = tmp_path / "package.zip", hashlib.sha256(made.getvalue()).hexdigest()
    path.write_bytes(made.getvalue())
    with gate.ledger.write() as session:
        for place in ("old.zip", str(path)):
            row = PackageRow(recovery_id="r_1", at=gate.clock.now(), path=place, sha256=sha256, size=1)
            session.add(row)
            session.flush()
    found = call(gate, "GET", "/v1/recoveries/r_1/package", token)
    assert found.headers["content-type"] == "application/zip"
    assert found.headers["x-content-sha256"] == hashlib.sha256(found.content).hexdigest() == sha256
    assert 'filename="r_1.zip"' in found.headers["content-disposition"]
    path.unlink()
    gone = problem(call(gate, "GET", "/v1/recoveries/r_1/package", token), 410)
    assert str(tmp_path) not in json.dumps(gone)


def test_a_number_is_suppressed_and_never_repeated(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    """Written as people write it, it is on the list in E.164; no answer and no log has it whole."""
    caplog.set_level(logging.DEBUG)
    token = gate.token(Scope.OPERATE)
    said = [
        call(gate, "POST", "/v1/suppressions", token, json={"phone": phone, "reason": "asked us"})
        for phone in ("0491 570 156", "+61491570156")
    ]
    assert [one.status_code for one in said] == [201, 201]
    assert [one.json()["fresh"] for one in said] == [True, False]
    assert plans.suppressed(gate.ledger, "shop") == {"+61491570156"}
    wrong = call(
        gate, "POST", "/v1/suppressions", token, json={"phone": "+61 491 570 156 78901234", "reason": "x"}
    )
    problem(wrong, 422)
    typed = call(gate, "POST", "/v1/suppressions", token, json={"phone": 61491570156, "reason": "x"})
    problem(typed, 422)
    for text in (*(one.text for one in said), wrong.text, typed.text, caplog.text):
        assert "491570" not in text.replace(" ", "")
    other = {"phone": "+61491570157", "reason": "x", "workspace": "other"}
    assert call(gate, "POST", "/v1/suppressions", token, json=other).json()["workspace"] == "other"


def test_prometheus_reads_the_figures(gate: Gate) -> None:
    """The figures of the ledger are at /metrics, as text for Prometheus."""
    found = call(gate, "GET", "/metrics")
    assert found.headers["content-type"].startswith("text/plain")
    assert "ringback_inbox_waiting 0.0" in found.text


def test_health_tells_what_waits(gate: Gate) -> None:
    """Open to everybody: whether the ledger answers, how much waits, and nothing about it."""
    run(gate.send("zendesk", wish("zendesk")))
    gate.clock.sleep(30)
    assert call(gate, "GET", "/health").json() == {
        "status": "ok",
        "waiting": 1,
        "oldest_seconds": 30.0,
        "sources": 9,
    }


def test_a_ledger_that_is_gone_is_a_503(gate: Gate) -> None:
    """Everything says so in words and when to come again; a hook's sender is told to send it again."""
    token = gate.token()
    with gate.ledger.engine.begin() as connection:
        for table in ("inbox", "api_token", "recovery"):
            connection.exec_driver_sql(f"drop table {table}")
    body = json.dumps(wish("zendesk")).encode()
    hook = signed("zendesk", body, gate.clock.now().timestamp())
    problem(call(gate, "GET", "/health"), 503)
    problem(call(gate, "GET", "/v1/recoveries", token), 503)
    problem(call(gate, "POST", "/hooks/zendesk", hook, content=body), 409)


def test_the_description_is_whole(gate: Gate) -> None:
    """Every door and field is described, every error is a problem, every guarded door names the token."""
    document = call(gate, "GET", "/openapi.json").json()
    assert len(document["paths"]) == 21
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"]
            assert operation["description"]
            assert ("security" in operation) == path.startswith("/v1/")
            for status, response in operation["responses"].items():
                if int(status) >= 400:
                    assert list(response["content"]) == ["application/problem+json"], (path, status)
            for parameter in operation.get("parameters", []):
                assert parameter["description"], (path, parameter["name"])
    for name in ("RecoveryIn", "DecisionIn", "ApprovalIn", "SuppressionIn", "RequestOut"):
        fields = document["components"]["schemas"][name]["properties"]
        assert all("description" in field for field in fields.values()), name
