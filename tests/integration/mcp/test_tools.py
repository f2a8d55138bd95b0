"""An assistant's tools: each is one request to the gateway; none dials or decides by itself."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from mcp import Client

from deployments.gateway.app import make_app
from deployments.gateway.parts import HandedPeople
from deployments.mcp.gateway_client import GatewayClient
from deployments.mcp.tools import make_server
from models.disposition.only import OnlyPeople
from models.enums import State
from models.hooks.tokens import Scope
from tasks.clock import VirtualClock
from tasks.ledger import recoveries
from tasks.ledger.account.people_files import keep_people, people_of_key
from tasks.ledger.audit import entries
from tasks.ledger.store import Ledger
from tests.gateway_kit import Gate
from tests.integration.gateway.test_gateway_api import waiting
from tests.integration.kept import kept
from tests.integration.scenes import JOB, phone

READING = {"list_recoveries", "show_recovery", "list_kept_back", "show_request"}
OPERATING = {"ask_for_recovery", "cancel_recovery"}
APPROVING = {"approve_plan", "decline_plan", "decide_about_kept_back"}
ALL = tuple(Scope)
Talk = Callable[[Client], Coroutine[Any, Any, Any]]


@pytest.fixture(params=["sqlite"])
def url(blank_file: Path, tmp_path: Path) -> str:
    """Keep these tests on SQLite; the ledger's own run on both databases."""
    import shutil

    shutil.copy(blank_file, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def talk(
    gate: Gate,
    what: Talk,
    *,
    token: tuple[Scope, ...],
    allow: tuple[Scope, ...] = tuple(Scope),
    name: str = "one",
) -> Any:
    """Let an official client speak with a server whose token has some scopes, and return what it made."""

    async def session() -> Any:
        async with (
            gate.client(gate.token(*token, name=name)) as http,
            Client(make_server(GatewayClient(http), allow, "1.0")) as client,
        ):
            return await what(client)

    return asyncio.run(session())


def calling(name: str, **given: Any) -> Talk:
    """Return a call of one tool, as what it tells or, where it refuses, as the sentence."""

    async def call(client: Client) -> Any:
        result = await client.call_tool(name, given)
        text = "".join(getattr(part, "text", "") for part in result.content)
        return text if result.is_error else result.structured_content

    return call


@pytest.mark.parametrize(
    ("allow", "there"),
    [
        ((), READING),
        ((Scope.OPERATE,), READING | OPERATING),
        ((Scope.APPROVE,), READING | APPROVING),
    ],
)
def test_tools_that_act_are_there_only_when_allowed(
    ledger: Ledger, clock: VirtualClock, allow: tuple[Scope, ...], there: set[str]
) -> None:
    """Who allows nothing gets tools that read, and each says of itself whether it only reads."""

    async def listed(client: Client) -> Any:
        return (await client.list_tools()).tools

    found = talk(Gate(ledger, clock), listed, token=ALL, allow=allow)
    assert {tool.name for tool in found} == there
    assert {tool.name for tool in found if tool.annotations.read_only_hint} == READING


def test_a_recovery_is_read_with_masked_numbers(ledger: Ledger, clock: VirtualClock) -> None:
    """What an assistant reads is what the API shows: whom, why, the list's state, and no whole number."""
    state = kept(ledger)
    told = talk(Gate(ledger, clock), calling("list_kept_back", recovery_id="r_1"), token=(Scope.READ,))
    assert (told["to_decide"], told["list_state"]) == (3, state)
    assert phone(2) not in str(told)
    call = calling("list_recoveries", job_id=JOB[2])
    listed = talk(Gate(ledger, clock), call, token=(Scope.READ,), name="two")
    assert [one["recovery_id"] for one in listed["recoveries"]] == ["r_1"]


def test_a_tool_does_nothing_that_its_token_may_not(ledger: Ledger, clock: VirtualClock) -> None:
    """Allowed at the command line and not by the token: the gateway refuses, in its own sentence."""
    claim, plan = waiting(ledger)
    call = calling(
        "approve_plan", recovery_id=claim.recovery_id, plan_hash=plan, by="Ida", reason="looked at it"
    )
    told = talk(Gate(ledger, clock), call, token=(Scope.READ,))
    assert "approve" in told
    assert recoveries.get(ledger, claim.recovery_id).state == State.AWAITING_APPROVAL.value


def test_an_approval_is_of_the_plan_that_was_read(ledger: Ledger, clock: VirtualClock) -> None:
    """Another hash approves nothing; the right one is a named person's, and the audit says by which way."""
    claim, plan = waiting(ledger)
    gate = Gate(ledger, clock)
    given = {"recovery_id": claim.recovery_id, "by": "Ida", "reason": "looked at it"}
    other = talk(gate, calling("approve_plan", plan_hash="0" * 64, **given), token=ALL)
    assert "another one by now" in other
    assert recoveries.get(ledger, claim.recovery_id).approved_hash is None
    told = talk(gate, calling("approve_plan", plan_hash=plan, **given), token=ALL, name="second")
    assert told["recovery_id"] == claim.recovery_id
    assert recoveries.get(ledger, claim.recovery_id).approved_hash == plan
    body = entries(ledger, claim.recovery_id)[-1].body
    assert body["via"] == "api token second"


def test_asking_for_a_recovery_always_asks_a_person(ledger: Ledger, clock: VirtualClock) -> None:
    """There is no way for an assistant to have anybody called without a person's yes to a plan."""
    gate = Gate(ledger, clock)
    told = talk(gate, calling("ask_for_recovery", job_id="btcal_1", workspace="shop"), token=ALL)
    assert told["state"] in {"received", "starting", "started"}
    assert [wish["approval"] for wish in asked(ledger)] == ["ask"]


def test_a_file_is_named_by_its_key_and_never_by_numbers(ledger: Ledger, clock: VirtualClock) -> None:
    """An assistant passes a key on; a number in its place is refused before any request is made of it."""
    gate = Gate(ledger, clock)
    given = {"job_id": "btcal_1", "workspace": "shop"}
    key = keep_people(
        ledger, ("shop", "elevenlabs", "btcal_1"), OnlyPeople("a.csv", "0" * 64, frozenset({"1"})), "Kim"
    )
    told = talk(gate, calling("ask_for_recovery", contacts=phone(1), **given), token=ALL)
    assert "contacts" in told
    assert asked(ledger) == []
    unknown = talk(gate, calling("ask_for_recovery", contacts=key, **given), token=ALL, name="two")
    assert f"knows no contact file {key}" in unknown
    gate.parts = replace(gate.parts, handed_people=known(ledger))
    gate.app = make_app(gate.parts)
    told = talk(gate, calling("ask_for_recovery", contacts=key, **given), token=ALL, name="three")
    assert told["state"] == "received"
    assert [wish["contacts"] for wish in asked(ledger)] == [key]


def known(ledger: Ledger) -> HandedPeople:
    """Return what finds a file of the ledger by its key."""
    return lambda workspace, job, key: people_of_key(ledger, (workspace, "elevenlabs", job), key)


def asked(ledger: Ledger) -> list[dict[str, Any]]:
    """Return the wishes that the inbox holds."""
    from sqlmodel import select

    from models.tables.gateway import InboxRow

    with ledger.read() as session:
        return [row.request or {} for row in session.exec(select(InboxRow))]


@pytest.mark.parametrize("what", ["r_1/../../metrics", "r 1", "", "r_1?x=1"])
def test_an_id_that_is_none_leads_nowhere(ledger: Ledger, clock: VirtualClock, what: str) -> None:
    """A made-up id is refused before any request is made of it."""
    told = talk(Gate(ledger, clock), calling("show_recovery", recovery_id=what), token=(Scope.READ,))
    assert "recovery_id" in told
