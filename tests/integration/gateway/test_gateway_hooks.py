"""The door for hooks: whatever comes in is answered as its sender wants it, and starts at most one run."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator
from functools import partial
from typing import Any

import httpx
import pytest

from models.enums import State
from tasks.clock import VirtualClock
from tasks.ledger.store import Ledger
from tests.gateway_kit import SCHEMES, SECRET, WHSEC, Gate, held_lock, signed, wish
from tests.integration.gates import many, problem, rows, run
from tests.integration.scenes import claimed, end

ACCEPTED = {"zendesk": 200, "jira": 200, "linear": 200, "intercom": 200, "freshdesk": 200}
NUMBER = "+61491570156"

AGAIN = 503
"""What PagerDuty is told that shall send a hook again."""


@pytest.fixture
def gate(ledger: Ledger, clock: VirtualClock) -> Gate:
    """Return a gateway on each database in turn."""
    return Gate(ledger, clock)


@pytest.fixture(params=["sqlite"])
def url(blank_file: Any, tmp_path: Any) -> str:
    """Keep these tests on SQLite; the inbox's own run on both databases."""
    import shutil

    shutil.copy(blank_file, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_signed_hook_is_written_down_and_its_run_started(gate: Gate, scheme: str) -> None:
    """Every sender gets its own kind of yes; the run has the job, the ticket and the workspace."""
    body = wish(scheme, at=gate.clock.now().timestamp())
    answer = run(gate.send(scheme, body))
    assert (answer.status_code, answer.json()["state"]) == (ACCEPTED.get(scheme, 202), "received")
    assert gate.starter.asked == 0  # nothing is started before the answer
    assert gate.worker.turns() == 1
    order = next(iter(gate.starter.runs.values()))
    assert order.request == {
        "job_id": "btcal_1",
        "workspace": "",
        "ticket": f"{scheme}:4711",
        "approval": "ask",
        "operator_fixed": False,
        "requested_by": f"hook {scheme}",
    }


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_forged_hook_is_refused(gate: Gate, scheme: str) -> None:
    """Signed with another secret, over another body, or not at all: 401, nothing written, nothing started."""
    at = gate.clock.now().timestamp()
    body = json.dumps(wish(scheme, at=at)).encode()
    other = "whsec_YW5vdGhlci1zZWNyZXQtb2YtdHdlbnR5LWZvdXI=" if scheme == "standard" else "another secret"
    forgeries = [({}, body), (signed(scheme, body, at, secret=other), body)]
    if scheme not in {"freshdesk", "servicenow", "token"}:  # a token is no signature: it covers no body
        forgeries.append((signed(scheme, body, at), body.replace(b"btcal_1", b"btcal_2")))

    async def send() -> list[httpx.Response]:
        async with gate.client() as client:
            return [await client.post(f"/hooks/{scheme}", content=b, headers=h) for h, b in forgeries]

    for answer in run(send()):
        detail = problem(answer, 401)["detail"]
        assert SECRET not in detail
        assert WHSEC not in detail
    assert rows(gate.ledger) == []


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_replay_starts_nothing(gate: Gate, scheme: str) -> None:
    """The same bytes again, under another delivery id and an hour of pauses later: one request."""
    at = gate.clock.now().timestamp()
    body = json.dumps(wish(scheme, at=at)).encode()
    first, other = signed(scheme, body, at), signed(scheme, body, at, delivery="another-delivery")
    if scheme == "standard":
        other = first  # its id is signed, so nobody can change it

    async def send() -> list[httpx.Response]:
        async with gate.client() as client:
            return [await client.post(f"/hooks/{scheme}", content=body, headers=h) for h in (first, other)]

    one, again = run(send())
    assert one.json()["request_id"] == again.json()["request_id"]
    gate.worker.turns()
    assert (len(rows(gate.ledger)), len(gate.starter.runs)) == (1, 1)


@pytest.mark.parametrize(("scheme", "late"), [("zendesk", 3601), ("linear", 301), ("standard", 301)])
def test_late_hooks_and_skewed_clocks(gate: Gate, scheme: str, late: int) -> None:
    """Within the tolerance a skew on either side does no harm; beyond it the refusal tells the skew."""
    now = gate.clock.now().timestamp()

    async def send() -> list[httpx.Response]:
        found = []
        async with gate.client() as client:
            for off in (-late, late, 1 - late, late - 1):
                body = json.dumps(wish(scheme, at=now + off)).encode()
                headers = signed(scheme, body, now + off)
                found.append(await client.post(f"/hooks/{scheme}", content=body, headers=headers))
        return found

    *refused, slow, fast = run(send())
    for answer in refused:
        assert f"signed {late} s" in problem(answer, 401)["detail"]
    assert slow.is_success
    assert fast.is_success


@pytest.mark.parametrize(
    "body", [b"", b'{"ticket_id": 4711, "job', b"\xff\xfe\x00", b"[1]", b"[" * 50_000, b"nonsense"]
)
def test_a_body_that_cannot_be_read_is_said(gate: Gate, body: bytes) -> None:
    """Truncated, non-UTF-8 and no JSON: 400 to whoever holds the secret, and a row to find it by."""
    problem(run(gate.send("token", body)), 400)
    assert [row.state for row in rows(gate.ledger)] == ["failed"]
    assert gate.worker.turns() == 0


def test_headers_of_junk_are_refused(gate: Gate) -> None:
    """Bytes that are no ASCII in a signature header are a 401, never a fault of ours."""

    async def send() -> list[httpx.Response]:
        names = ("X-Hub-Signature", "X-PagerDuty-Signature", "Linear-Signature", "X-Ringback-Token")
        headers = [(name.encode(), b"sha256=\xff\xfe\xe9, v1=\x80") for name in names]
        async with gate.client() as client:
            return [await client.post(f"/hooks/{s}", content=b"{}", headers=headers) for s in SCHEMES]

    for answer in run(send()):
        problem(answer, 401)


def test_unknown_sources_and_wrong_methods(gate: Gate) -> None:
    """Problems as every other error; the Allow header says what is taken."""

    async def ask() -> tuple[httpx.Response, ...]:
        async with gate.client() as client:
            return (
                await client.post("/hooks/github", content=b"{}"),
                await client.get("/hooks/zendesk"),
                await client.delete("/hooks/zendesk"),
                await client.get("/nowhere"),
            )

    unknown, get, delete, nowhere = run(ask())
    problem(unknown, 404)
    problem(nowhere, 404)
    assert problem(get, 405)
    assert get.headers["allow"] == delete.headers["allow"] == "POST"


def test_a_body_over_the_limit_is_not_read(ledger: Ledger, clock: VirtualClock) -> None:
    """Announced or sent in pieces without a length: 413, and no more is read than shows it."""
    gate = Gate(ledger, clock, body_bytes=65_536)
    sent = 0

    async def pieces() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(1000):
            sent += 8192
            yield b"x" * 8192

    async def send() -> tuple[httpx.Response, httpx.Response]:
        async with gate.client() as client:
            announced = await client.post("/hooks/token", content=b"x" * 65_537)
            return announced, await client.post("/hooks/token", content=pieces())

    announced, streamed = run(send())
    problem(announced, 413)
    problem(streamed, 413)
    assert sent <= 10 * 8192
    assert rows(ledger) == []


def test_a_body_that_is_cut_off_is_no_hook(gate: Gate) -> None:
    """The sender hung up in the middle: nothing is answered, written or started."""
    sent: list[Any] = []
    messages = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/hooks/token",
        "headers": [(b"x-ringback-token", SECRET.encode())],
        "query_string": b"",
    }
    run(gate.app(scope, receive, send))
    assert sent == []
    assert rows(gate.ledger) == []


def test_a_body_that_trickles_is_given_up() -> None:
    """Whoever sends a byte now and then does not keep a connection for ever."""
    from deployments.gateway.limits import Bounded

    sent: list[Any] = []

    async def receive() -> Any:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"x", "more_body": True}

    async def send(message: Any) -> None:
        sent.append(message)

    async def app(*_: Any) -> None:
        raise AssertionError

    scope = {"type": "http", "path": "/hooks/token", "headers": []}
    run(Bounded(app, 1000, seconds=0.1, uploads=1000)(scope, receive, send))
    assert sent[0]["status"] == 408


def test_pings_and_our_own_write_back_are_acknowledged(ledger: Ledger, clock: VirtualClock) -> None:
    """They get the sender's yes, are written down as ignored, and start nothing."""
    gate = Gate(ledger, clock, hooks={"own_actors": ["bot@shop.test"]})
    ping = {"topic": "ping", "id": "notif_0", "data": {}}
    pagey = {"event": {"event_type": "pagey.ping", "id": "0", "data": {}}}
    ours = wish("zendesk") | {"actor": "bot@shop.test"}
    tagged = wish("zendesk") | {"tags": "vip ringback"}
    answers = [
        run(gate.send("intercom", ping)),
        run(gate.send("pagerduty", pagey)),
        run(gate.send("zendesk", ours)),
        run(gate.send("zendesk", tagged)),
    ]
    assert [answer.status_code for answer in answers] == [200, 202, 200, 200]
    assert {answer.json()["state"] for answer in answers} == {"ignored"}
    assert gate.worker.turns() == 0


def test_a_hook_about_another_workspace_is_refused(gate: Gate) -> None:
    """403, now and when it is sent again; it is kept as refused and starts nothing."""
    body = wish("zendesk") | {"workspace_id": "globex"}
    for _ in range(2):
        assert "bound to shop" in problem(run(gate.send("zendesk", body)), 403)["detail"]
    assert [row.state for row in rows(gate.ledger)] == ["refused"]
    assert gate.worker.turns() == 0


def test_fields_that_nobody_knows_do_no_harm(gate: Gate) -> None:
    """A sender may add to its body what it likes."""
    assert run(gate.send("zendesk", wish("zendesk") | {"brand": {"new": [1]}})).json()["state"] == "received"


def test_a_genuine_hook_without_a_job_is_acknowledged_and_said(gate: Gate) -> None:
    """Sending it again would be of no use, so it gets a yes, with the words of what is missing."""
    answer = run(gate.send("pagerduty", wish("pagerduty", job="")))
    assert (answer.status_code, answer.json()["state"]) == (202, "refused")
    assert "names no job" in answer.json()["words"]


def test_a_storm_of_a_thousand_hooks_makes_one_recovery(ledger: Ledger, clock: VirtualClock) -> None:
    """A thousand hooks of one job within a minute, from many tickets: all are taken, one run is started.

    The worker runs beside them, and a recovery that ends meanwhile opens the door for no second one.
    """
    gate = Gate(ledger, clock, answer_seconds=4.5)
    now = gate.clock.now().timestamp()

    async def storm() -> list[httpx.Response]:
        async with gate.client() as client:

            async def hook(n: int) -> httpx.Response:
                if n % 100 == 50:
                    await asyncio.to_thread(gate.worker.turns)
                    gate.clock.sleep(5)
                if n == 500:
                    end(gate.ledger, claimed(gate.ledger, key=("shop", "fake", "btcal_1")), State.HEALTHY)
                body = wish("pagerduty", at=now + n, ticket=f"P{n % 40}")
                while (answer := await gate.sent(client, "pagerduty", body)).status_code == AGAIN:
                    continue  # told to send again, as a slow machine tells the last ones of a rush
                return answer

            return await many([partial(hook, n) for n in range(1000)], at_once=16)

    answers = run(storm())
    gate.worker.turns()
    assert {answer.status_code for answer in answers} == {202}
    assert (gate.starter.asked, len(gate.starter.runs)) == (1, 1)
    states = [row.state for row in rows(gate.ledger)]
    assert (states.count("started"), states.count("joined")) == (1, 999)


@pytest.mark.parametrize(("scheme", "status"), [("zendesk", 409), ("jira", 503), ("pagerduty", 503)])
def test_too_many_hooks_are_to_be_sent_again(
    ledger: Ledger, clock: VirtualClock, scheme: str, status: int
) -> None:
    """Over the source's limit each sender is told so in the way that makes it send again; later it may."""
    gate = Gate(ledger, clock, hooks={"per_minute": 5})
    at = clock.now().timestamp()
    answers = [run(gate.send(scheme, wish(scheme, at=at + n))) for n in range(6)]
    assert [answer.is_success for answer in answers] == [True] * 5 + [False]
    problem(answers[-1], status)
    assert int(answers[-1].headers["retry-after"]) == 13
    clock.sleep(12)
    assert run(gate.send(scheme, wish(scheme, at=at + 6))).is_success


@pytest.mark.parametrize(("scheme", "status"), [("zendesk", 409), ("linear", 503)])
def test_a_busy_ledger_is_answered_in_time(
    ledger: Ledger, clock: VirtualClock, scheme: str, status: int
) -> None:
    """While another writer holds the ledger the sender hears `again` in time; sent again, it counts once."""
    gate = Gate(ledger, clock, answer_seconds=0.3)
    body = wish(scheme, at=clock.now().timestamp())

    async def while_locked() -> httpx.Response:
        with held_lock(ledger):
            return await gate.send(scheme, body)  # nobody lets go before the answer is there

    answer = run(while_locked())
    problem(answer, status)
    assert "retry-after" in answer.headers
    assert run(gate.send(scheme, body)).is_success
    assert len(rows(ledger)) == 1


def test_no_number_and_no_secret_gets_out(gate: Gate, caplog: pytest.LogCaptureFixture) -> None:
    """A number in every place of a hook is in no answer, no log and no column of the inbox."""
    caplog.set_level(logging.DEBUG)
    answers = []
    for scheme in ("zendesk", "standard", "token"):
        for name in ("ticket_id", "job_id", "workspace", "campaign", "action", "title", "actor", "type"):
            body = wish(scheme) | {name: NUMBER, "at": name}
            answers.append(run(gate.send(scheme, body, headers={"X-Other": NUMBER})))
    gate.worker.turns()
    seen = " ".join(answer.text for answer in answers) + caplog.text
    kept = " ".join(str(row.model_dump()) for row in rows(gate.ledger))
    for leak in ("491570156", SECRET, WHSEC):
        assert leak not in seen
        assert leak not in kept


def test_a_campaign_and_an_unknown_action(gate: Gate) -> None:
    """The campaign is kept with the request; a hook may ask for a recovery and for nothing else."""
    run(gate.send("token", wish("token") | {"campaign_id": "camp_1"}))
    assert rows(gate.ledger)[0].campaign == "camp_1"
    assert run(gate.send("token", wish("token", at=2) | {"action": "approve"})).json()["state"] == "ignored"
