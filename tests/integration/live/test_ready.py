"""/livez and /readyz: whoever keeps the gateway running is told what is missing, soon, without a secret."""

import time
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import httpx
import pytest

from deployments.gateway.endpoints import ready
from deployments.gateway.starter import PrefectStarter
from tasks.clock import VirtualClock
from tasks.ledger.store import Ledger
from tasks.runtime.database import SCHEMA, lacks_schema
from tests.gateway_kit import Gate
from tests.integration.fake_prefect import FakePrefect
from tests.integration.gates import problem, run

PASSWORD = "a-password-of-prefect"


@pytest.fixture
def prefect() -> Iterator[FakePrefect]:
    """Return a Prefect server."""
    server = FakePrefect()
    yield server
    server.close()


def ask(gate: Gate, path: str) -> httpx.Response:
    """Ask without a token."""

    async def made() -> httpx.Response:
        async with gate.client() as client:
            return await client.get(path)

    return run(made())


def gate_at(ledger: Ledger, clock: VirtualClock, url: str) -> Gate:
    """Return a gateway that needs the ledger, and Prefect at an address."""
    starter = PrefectStarter(url, auth=f"ringback:{PASSWORD}")
    return Gate(ledger, clock, lacks={"The ledger": lambda: lacks_schema(ledger), "Prefect": starter.lacks})


def test_all_there_is_ready(ledger: Ledger, clock: VirtualClock, prefect: FakePrefect) -> None:
    """With ledger, schema and Prefect in place it is ready, and nobody has to show a token."""
    answer = ask(gate_at(ledger, clock, prefect.url), "/readyz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ready"})


def test_an_older_schema_is_named(ledger: Ledger, clock: VirtualClock, prefect: FakePrefect) -> None:
    """A database that was put back to another schema is said with both, so that nobody has to look."""
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("update alembic_version set version_num = '0001'")
    said = problem(ask(gate_at(ledger, clock, prefect.url), "/readyz"), 503)["detail"]
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql(f"update alembic_version set version_num = '{SCHEMA}'")
    assert said == f"The ledger is at schema 0001, this version needs {SCHEMA}."


def test_a_prefect_that_is_away_is_named(ledger: Ledger, clock: VirtualClock, prefect: FakePrefect) -> None:
    """It says that Prefect does not answer, not where it is nor how it is asked; it lives all the same."""
    prefect.close()
    gate = gate_at(ledger, clock, prefect.url)
    answer = ask(gate, "/readyz")
    assert problem(answer, 503)["detail"] == "Prefect does not answer (ConnectError)."
    assert answer.headers["retry-after"] == "5"
    assert PASSWORD not in answer.text + str(answer.headers)
    assert str(prefect.port) not in answer.text
    assert ask(gate, "/livez").json() == {"status": "alive"}


def test_a_server_without_our_deployment_is_named(ledger: Ledger, clock: VirtualClock) -> None:
    """A Prefect to which nothing was registered starts nothing, so it is not ready."""
    transport = httpx.MockTransport(lambda _request: httpx.Response(404))
    starter = PrefectStarter("http://prefect/api", transport=transport)
    gate = Gate(ledger, clock, lacks={"Prefect": starter.lacks})
    assert "has no deployment" in problem(ask(gate, "/readyz"), 503)["detail"]


def test_what_hangs_is_said_in_time_and_asked_once() -> None:
    """A database that stands still costs each question its time and no more, and one thread in all."""
    asked, go = [], Event()

    def hangs() -> str | None:
        asked.append(1)
        go.wait(60)
        return None

    probes = {"The ledger": ready.Probe("The ledger", hangs)}
    begun = time.monotonic()
    said = [ready.missing(probes, 0.1) for _ in range(5)]
    assert time.monotonic() - begun < 5
    assert said == [["The ledger has not answered in 3 s."]] * 5
    assert len(asked) == 1
    go.set()
    assert ready.missing(probes, 60) == []


def test_many_who_ask_at_once_get_an_answer() -> None:
    """Probes of several watchers share one question, and each gets what was said."""
    probe = ready.Probe("Prefect", lambda: "Prefect is away.")
    got: list[Any] = []
    hands = [Thread(target=lambda: got.append(ready.missing({"Prefect": probe}))) for _ in range(8)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join(30)
    assert got == [["Prefect is away."]] * 8


def test_an_unforeseen_fault_tells_its_kind_only() -> None:
    """What a driver says may hold an address and a password, so only its kind is shown."""

    def fails() -> str | None:
        raise ValueError(f"postgresql://ringback:{PASSWORD}@db/ledger")

    assert ready.missing({"The ledger": ready.Probe("The ledger", fails)}) == [
        "The ledger cannot be asked (ValueError)."
    ]
