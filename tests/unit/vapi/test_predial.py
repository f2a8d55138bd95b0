"""The rule that answers before a call: one thing that is not as it has to be is no call."""

import json
from dataclasses import fields, replace
from typing import Any

import pytest

from models.handovers.predial import Question, Standing, is_authentic, read, why_not
from models.handovers.webhooks import NoEventError

QUESTION = Question("c1", "x1", "+61491570006")
GOOD = Standing(
    wave_is_out=True,
    recovery_goes_on=True,
    campaign_id="c1",
    in_wave=True,
    granted=False,
    opt_outs_known=True,
    suppressed=False,
    called_elsewhere=False,
    may_be_called_now=True,
)
MESSAGE: dict[str, Any] = {
    "type": "campaign.predial",
    "timestamp": 1787266800000,
    "campaignId": "c1",
    "contact": {
        "id": "x1",
        "campaignId": "c1",
        "orgId": "o1",
        "number": "+61491570006",
        "createdAt": "2026-08-20T20:18:42.000Z",
    },
}


def test_a_yes_needs_everything() -> None:
    """Who waits in the wave of a running recovery and may be called now gets a yes, before its answer too."""
    assert why_not(QUESTION, GOOD) == ""
    assert why_not(QUESTION, replace(GOOD, campaign_id=None)) == ""


@pytest.mark.parametrize("name", [one.name for one in fields(Standing)])
def test_each_thing_alone_is_a_no(name: str) -> None:
    """Turn any one fact round, and nobody is called."""
    value = getattr(GOOD, name)
    other: Any = (not value) if isinstance(value, bool) else "another"
    turned = replace(GOOD, **{name: other})
    assert why_not(QUESTION, turned)


def test_nothing_known_is_a_no() -> None:
    """What was not looked up counts as if it stood against the call."""
    assert why_not(QUESTION, Standing())


def test_the_documented_question_is_read() -> None:
    """Campaign, contact and number are taken, whatever else the message brings."""
    body = json.dumps({"message": MESSAGE | {"assistant": {}, "call": None}}).encode()
    assert read(body) == QUESTION


@pytest.mark.parametrize(
    "message",
    [
        None,
        [],
        "campaign.predial",
        MESSAGE | {"type": "campaign.event"},
        MESSAGE | {"contact": None},
        MESSAGE | {"campaignId": ""},
        MESSAGE | {"campaignId": 7, "contact": MESSAGE["contact"] | {"campaignId": 7}},
        MESSAGE | {"campaignId": "c2"},
        MESSAGE | {"contact": {"id": "x1", "campaignId": "c1"}},
        MESSAGE | {"contact": MESSAGE["contact"] | {"number": "9" * 500}},
    ],
)
def test_anything_else_is_no_question(message: Any) -> None:
    """A body of another kind, a missing field or two campaigns at once is refused."""
    with pytest.raises(NoEventError):
        read(json.dumps({"message": message}).encode())


@pytest.mark.parametrize("body", [b"", b"not json", b"[1]", b"{}", b"[" * 100_000, b"\xff"])
def test_what_is_no_json_is_no_question(body: bytes) -> None:
    """Nothing that comes in raises anything but a refusal."""
    with pytest.raises(NoEventError):
        read(body)


@pytest.mark.parametrize(
    ("headers", "fits"),
    [
        ({"authorization": "Bearer secret"}, True),
        ({"authorization": "bearer  secret "}, True),
        ({"x-vapi-secret": "secret"}, True),
        ({"authorization": "Bearer other", "x-vapi-secret": "secret"}, True),
        ({"authorization": "secret"}, False),
        ({"authorization": "Bearer secre"}, False),
        ({"authorization": "Bearer zürich"}, False),
        ({"authorization": "Bearer "}, False),
        ({"x-vapi-secret": ""}, False),
        ({}, False),
    ],
)
def test_only_who_holds_the_secret_is_answered(headers: dict[str, str], fits: bool) -> None:
    """A bearer token or the older header, whole; anything else is a stranger."""
    assert is_authentic(b"secret", headers) is fits


def test_no_secret_lets_nobody_in() -> None:
    """An empty secret fits no empty header."""
    assert not is_authentic(b"", {"authorization": "Bearer ", "x-vapi-secret": ""})
