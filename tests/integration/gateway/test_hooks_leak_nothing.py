"""Numbers in every field of every hook and call: none is in the database, a log, an answer or an order."""

import itertools
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from flows.requests import run_name
from models.hooks.order import StartRequest
from models.hooks.tokens import Scope
from tasks.clock import VirtualClock
from tasks.ledger.store import Ledger
from tests.gateway_kit import SCHEMES, SECRET, Gate, wish
from tests.integration.gates import run
from tests.integration.gateway.test_gateway_api import call
from tests.integration.scenes import everything

DIGITS = "491570156"
"""What every spelling below has in common."""
SPELLINGS = (
    "+61491570156",
    "61491570156",
    "0491570156",
    "0491 570 156",
    "(0491) 570-156",
    "0491-570-156",
    "tel:+61491570156",
    "+61 (0)491 570 156",
)
FREE = (
    "action actor batch_job_id campaign campaign_id delivery_id description event job_id symptom tags ticket"
)
FIELDS = (*FREE.split(), "ticket_id", "title", "type", "updated_at", "workspace", "workspace_id")


@pytest.fixture(params=["sqlite"])
def url(blank_file: Path, tmp_path: Path) -> str:
    """Keep these tests on SQLite; it is grepped as a file too."""
    import shutil

    shutil.copy(blank_file, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def gate(ledger: Ledger, clock: VirtualClock, caplog: pytest.LogCaptureFixture) -> Gate:
    """Return a gateway that is never too busy, with every line of its log kept."""
    caplog.set_level(logging.DEBUG)
    return Gate(ledger, clock, calls_per_minute=1_000_000)


DELIVERIES = ("X-Zendesk-Webhook-Invocation-Id", "X-Webhook-Id", "Linear-Delivery")
"""Headers that name a delivery; none of them is signed."""


def product(caplog: pytest.LogCaptureFixture) -> str:
    """Return what the product has logged; the test's own client logs the addresses that it asks."""
    return "\n".join(one.getMessage() for one in caplog.records if not one.name.startswith("http"))


def leaks(text: str) -> bool:
    """Tell whether a text holds the number, however its digits are parted."""
    return DIGITS in "".join(char for char in text if char not in " ()-.\u00a0\u2011")


def places(body: Any) -> Iterator[list[Any]]:
    """Yield the way to every value of a body that holds no others."""
    items = body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ()
    for key, value in items:
        if isinstance(value, dict | list) and value:
            yield from ([key, *rest] for rest in places(value))
        else:
            yield [key]


def put(body: Any, place: list[Any], value: Any) -> Any:
    """Return a body with another value at a place."""
    changed = json.loads(json.dumps(body))
    at = changed
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    return changed


def bodies(scheme: str, at: float, number: str) -> Iterator[Any]:
    """Yield bodies of a scheme, each with the number elsewhere: as a value, in a text, as a key."""
    body = wish(scheme, at=at)
    for place in places(body):
        if scheme == "linear" and place == ["webhookTimestamp"]:
            continue  # signed time: a number there is a 401
        yield put(body, place, number)
        yield put(body, place, f"call {number}, job_id: {number}")
    for name in FIELDS:
        yield body | {name: number}
        yield body | {"data": {name: number}} if "data" not in body else body | {number: name}


def said(gate: Gate, answers: list[httpx.Response], log: str) -> dict[str, str]:
    """Return everything that a hook leaves behind, by where it is."""
    orders: list[StartRequest] = list(gate.starter.runs.values())
    named = [
        run_name("recover", one.request["job_id"], one.request["workspace"], one.request["ticket"])
        for one in orders
    ]
    return {
        "the ledger's rows": str(everything(gate.ledger)),
        "answers": " ".join(f"{answer.text} {answer.headers}" for answer in answers),
        "the log": log,
        "orders": str(orders),
        "names of runs": str(named),
    }


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_number_in_any_field_of_a_hook_is_nowhere(
    gate: Gate, caplog: pytest.LogCaptureFixture, scheme: str
) -> None:
    """Every field, in every spelling by turns: taken, refused or left out, never kept as it is."""
    at, spelled = gate.clock.now().timestamp(), itertools.cycle(SPELLINGS)

    async def send() -> list[httpx.Response]:
        found = []
        async with gate.client() as client:
            for n in range(len(list(bodies(scheme, at, "")))):
                number = next(spelled)
                body = next(itertools.islice(bodies(scheme, at, number), n, None))
                more = (
                    {} if scheme == "standard" else {"X-Other": number, **dict.fromkeys(DELIVERIES, number)}
                )
                found.append(await gate.sent(client, scheme, body, headers=more))
        return found

    answers = run(send())
    assert len(answers) > len(FIELDS)
    gate.worker.turns()
    assert gate.starter.runs
    found = said(gate, answers, product(caplog))
    assert [where for where, text in found.items() if leaks(text)] == []


@pytest.mark.parametrize("number", SPELLINGS)
def test_a_number_in_any_field_of_a_call_is_nowhere(
    gate: Gate, caplog: pytest.LogCaptureFixture, number: str
) -> None:
    """Bodies, queries, paths and headers of the API alike; decisions keep the words around it."""
    token = gate.token(*Scope)
    who = {"by": number, "reason": f"call {number}", "plan_hash": number}
    answers = [
        *(
            call(gate, "POST", "/v1/recoveries", token, json={"job_id": "btcal_1"} | {name: number})
            for name in ("job_id", "ticket", "workspace", "approval", "operator_fixed", number)
        ),
        call(gate, "POST", "/v1/recoveries", token, json={"job_id": "b_1", "ticket": f"zendesk:{number}"}),
        *(
            call(gate, "POST", f"/v1/recoveries/r_1/{door}", token, json=who)
            for door in ("approve", "cancel")
        ),
        *(
            call(gate, "GET", "/v1/recoveries", token, params={name: number})
            for name in ("job_id", "workspace", "state", "before", "limit")
        ),
        *(call(gate, "GET", f"/v1/{what}/{number}", token) for what in ("recoveries", "requests")),
        call(gate, "POST", f"/hooks/{number}", {"X-Ringback-Token": SECRET}, json={}),
        call(gate, "GET", f"/{number}"),
    ]
    if number.isascii() and " " not in number and "(" not in number and "+" not in number:
        keyed = token | {"Idempotency-Key": number}
        answers.append(call(gate, "POST", "/v1/recoveries", keyed, json={"job_id": "btcal_9"}))
    gate.worker.turns()
    found = said(gate, answers, product(caplog))
    assert [where for where, text in found.items() if leaks(text)] == []


def test_the_database_file_and_its_log_hold_no_number(gate: Gate, tmp_path: Path) -> None:
    """What SQLite has on disk is grepped as bytes: rows that were changed later are in it as well."""
    at = gate.clock.now().timestamp()
    for body in bodies("zendesk", at, SPELLINGS[0]):
        run(gate.send("zendesk", body))
    gate.worker.turns()
    files = sorted(tmp_path.glob("ledger.db*"))
    assert files
    for file in files:
        assert DIGITS.encode() not in file.read_bytes(), file.name


def test_the_search_finds_what_it_is_to_find(gate: Gate) -> None:
    """A search that finds nothing would prove nothing: a number that is stored on purpose is found."""
    assert all(map(leaks, SPELLINGS))
    assert not leaks("btcal_4915x70156")
    number = {"phone": "+61491570156", "reason": "asked us"}
    assert call(gate, "POST", "/v1/suppressions", gate.token(), json=number).status_code == 201
    assert leaks(str(everything(gate.ledger)))
