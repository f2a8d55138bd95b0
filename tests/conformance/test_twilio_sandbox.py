"""The sandbox plays the carrier in its own format, and no odd answer of it is more than less knowledge."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.sandbox.client import Sandbox, WorldInfo
from deployments.sandbox.engine.faults import WORDS
from models.carrier import CarrierCall
from tasks.carriers.keys import TwilioKeys
from tasks.carriers.twilio import TRIES, Twilio
from tasks.clock import WallClock
from tasks.platforms.elevenlabs.adapter import ElevenLabs

FACTS = json.loads((Path(__file__).parent / "twilio_facts.json").read_text())


def scene(sandbox: Sandbox, **faults: Any) -> tuple[WorldInfo, dict[str, str]]:
    """Return a job that fell short, four of whose failed people had answered, and its carrier's keys."""
    world = sandbox.world("fell-short", 1, contacts=60)
    sandbox.fault(world.key, "twilio_sids")
    sandbox.do(world.key, "answered_503", n=4)
    for name, options in faults.items():
        sandbox.fault(world.key, name, **options)
    return world, sandbox.twilio_keys(world.key)


def client_of(world: WorldInfo, keys: Mapping[str, str], *, by_key: bool = False, **wire: Any) -> Twilio:
    """Return a client of a world's carrier, by the account's token or by an API key."""
    pair = ("api_key", "api_secret") if by_key else ("account_sid", "auth_token")
    told = TwilioKeys(keys["account_sid"], *(keys[one] for one in pair))
    return Twilio(world.url, told, clock=WallClock(), first_pause=0.05, **wire)


def sids_of(world: WorldInfo) -> dict[str, str]:
    """Return the carrier's id of every call of the source, by the person's number."""
    platform = ElevenLabs(world.url, world.key)
    rows = {row.call_id: row.phone or "" for row in platform.list_contacts(world.job_id) if row.call_id}
    calls = platform.get_calls(rows)
    return {rows[call.id]: call.carrier_id or "" for call in calls.values()}


@pytest.mark.parametrize("by_key", [False, True])
def test_the_sandbox_answers_as_the_document_describes(sandbox: Sandbox, by_key: bool) -> None:
    """Every field of a call and of the account has its type, its pattern or one of its values."""
    world, keys = scene(sandbox)
    client = client_of(world, keys, by_key=by_key)
    assert client.check()
    asked = sids_of(world)
    found = client.look_up(asked.values())
    assert found.keys() == set(asked.values())
    assert all(found[one].to == phone for phone, one in asked.items())
    statuses = {told.call.status for told in found.values()}
    assert {"completed", "busy", "no-answer", "failed"} <= statuses
    assert {"13224"} <= {code for told in found.values() for code in told.call.codes}
    secret = (keys["account_sid"], keys["auth_token"])
    with httpx.Client(base_url=world.url, auth=secret) as http:
        whose = f"/2010-04-01/Accounts/{keys['account_sid']}"
        for one in asked.values():
            fits(http.get(f"{whose}/Calls/{one}.json").json(), "call")
            for told in http.get(f"{whose}/Calls/{one}/Notifications.json").json()["notifications"]:
                fits(told, "notification")
        fits(http.get(f"{whose}.json").json(), "account")


def fits(shown: Mapping[str, Any], kind: str) -> None:
    """Hold an answer to the document: all of its fields, and no others."""
    assert shown.keys() == FACTS[kind].keys()
    types: dict[str, type] = {"string": str, "object": dict}
    for name, fact in FACTS[kind].items():
        value = shown[name]
        if "enum" in fact:
            assert value in fact["enum"], name
        elif value is not None:
            assert isinstance(value, types[fact["type"]]), name
            assert re.fullmatch(fact.get("pattern", r"[\s\S]*"), str(value)), name


@pytest.mark.parametrize("word", WORDS["carrier_answers"])
def test_each_odd_answer_of_the_sandbox_is_less_knowledge(sandbox: Sandbox, word: str) -> None:
    """Nothing that a carrier may do wrong says of anybody that they were not reached."""
    world, keys = scene(sandbox, carrier_answers={"word": word})
    client = client_of(world, keys)
    found = client.look_up(list(sids_of(world).values())[:5])
    told = [answer.call for answer in found.values()]
    if word == "other_number":
        assert {answer.to for answer in found.values()} == {"+15005550006"}
    elif word in {"unknown_status", "open"}:
        assert {one.status for one in told} == {"dissolved" if word == "unknown_status" else "ringing"}
        assert not any(one.was_answered for one in told)
    else:
        assert (told, bool(client.gaps())) == ([], True)


class Counting(httpx.HTTPTransport):
    """The wire itself, with a count of what went over it."""

    def __init__(self) -> None:
        super().__init__()
        self.times = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request on."""
        self.times += 1
        return super().handle_request(request)


@pytest.mark.parametrize(
    ("fault", "options", "times", "is_told"),
    [
        ("answer_429", {"retry_after": 1}, 2, True),
        ("accept_then_500", {}, 2, True),
        ("malformed_json", {}, 2, True),
        ("page_cut", {}, 2, True),
        ("no_permission", {}, 1, False),
        ("redirect", {}, 1, False),
    ],
)
def test_the_faults_of_the_wire_strike_the_carrier_too(
    sandbox: Sandbox, fault: str, options: Mapping[str, Any], times: int, is_told: bool
) -> None:
    """What passes is asked again, what does not is a gap."""
    world, keys = scene(sandbox)
    one = next(iter(sids_of(world).values()))
    sandbox.fault(world.key, fault, on="/2010-04-01/", **options)
    wire = Counting()
    client = client_of(world, keys, transport=wire)
    assert bool(client.look_up([one])) is is_told
    assert bool(client.gaps()) is not is_told
    assert wire.times == times


def test_a_carrier_that_takes_too_long_is_a_gap(sandbox: Sandbox) -> None:
    """An answer that drips is waited for no longer than any other."""
    world, keys = scene(sandbox)
    one = next(iter(sids_of(world).values()))
    sandbox.fault(world.key, "slow_loris", on="/2010-04-01/", seconds=8, count=TRIES)
    client = client_of(world, keys, timeout=0.1)
    assert client.look_up([one]) == {}
    assert "did not answer in time" in client.gaps()[0]


def test_a_stranger_and_another_account_are_refused(sandbox: Sandbox) -> None:
    """A wrong token is 401; a right one reads no other account's calls."""
    world, keys = scene(sandbox)
    other, others = scene(sandbox)
    asked = list(sids_of(other).values())[:1]
    assert client_of(world, keys).look_up(asked) == {}
    wrong = client_of(world, {**keys, "auth_token": "wrong"})
    assert wrong.look_up(asked) == {}
    assert "401" in wrong.gaps()[0]
    mixed = client_of(world, {**others, "auth_token": keys["auth_token"]})
    assert mixed.look_up(asked) == {}
    assert isinstance(next(iter(client_of(other, others).look_up(asked).values())).call, CarrierCall)
