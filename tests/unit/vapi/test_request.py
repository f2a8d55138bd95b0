"""What a wave says to Vapi: documented fields, the marker in two places, and where it is asked about."""

from dataclasses import replace

import pytest

from models.enums import ContactStatus
from models.platform import Contact, Draft, SubmitRefusedError
from tasks.platforms.vapi.request import LONG_NAME, MUCH, PredialGate, campaign_body, encoded, unfit
from tasks.platforms.vapi.wire import OVERRIDES, SQUAD, TARGET
from tests.unit.vapi.test_wire import campaign

GATE = PredialGate("https://gate.example.com/x/", "my team", "cred_1")
ROW = Contact(
    "9a32ab38-4f18-4767-bf41-6326f290ebd4",
    "+61491570006",
    ContactStatus.NOT_DIALED,
    "planned",
    payload={"name": "Ada", "tier": "premium", "empty": ""},
)
DRAFT = Draft("rb-r_1-1", campaign().job, (ROW,), cap=700)


def test_a_wave_names_target_number_people_and_cap() -> None:
    """One row is one customer with its name, variables and marker; empty cells are no variables."""
    body = campaign_body(DRAFT, None)
    assert body == {
        "name": "rb-r_1-1",
        "assistantId": "a1",
        "phoneNumberId": "p1",
        "maxConcurrency": 500,
        "customers": [
            {
                "number": "+61491570006",
                "name": "Ada",
                "externalId": ROW.id,
                "assistantOverrides": {
                    "variableValues": {"tier": "premium", "ringback_wave": "rb-r_1-1"},
                },
            }
        ],
    }


def test_a_squad_is_called_with_its_own_overrides() -> None:
    """Variables of all calls are repeated, under the name that the platform gives those of a squad."""
    settings = {TARGET: SQUAD, OVERRIDES: {"company": "TechFlow"}}
    body = campaign_body(replace(DRAFT, source=replace(DRAFT.source, agent_id="s1", settings=settings)), None)
    assert body["squadId"] == "s1"
    assert body["squadOverrides"] == {"variableValues": {"company": "TechFlow"}}
    assert body["customers"][0]["squadOverrides"]["variableValues"]["tier"] == "premium"
    assert "assistantId" not in body


def test_a_gated_wave_is_asked_about_under_its_own_marker() -> None:
    """The address names workspace and wave: it is known before the platform has given the campaign an id."""
    body = campaign_body(DRAFT, GATE)
    assert body["predialPlan"] == {"enabled": True}
    assert body["server"] == {
        "url": "https://gate.example.com/x/platforms/my%20team/vapi/rb-r_1-1",
        "credentialId": "cred_1",
        "timeoutSeconds": 20,
    }


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        ({"name": "A" * 40}, None),
        ({"name": "A" * 41}, LONG_NAME),
        ({"Name": "A" * 41}, None),
        ({"notes": "x" * 99_000}, None),
        ({"notes": "x" * 100_000}, MUCH),
    ],
)
def test_a_contact_that_the_platform_would_refuse_is_held(payload: dict[str, str], why: str | None) -> None:
    """One row that is too long would have the whole wave refused."""
    assert unfit(payload) == why


def test_nothing_is_sent_without_target_or_with_what_is_no_json() -> None:
    """A wave that cannot be written is refused here, before anything goes out."""
    with pytest.raises(SubmitRefusedError):
        encoded(replace(DRAFT, source=replace(DRAFT.source, number_id=None)), None)
    odd = replace(ROW, payload={"tier": float("nan")})
    with pytest.raises(SubmitRefusedError):
        encoded(replace(DRAFT, contacts=(odd,)), None)
