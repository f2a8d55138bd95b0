"""Which of several reasons for one call is believed."""

import pytest

from models.disposition.actions import action_for
from models.enums import Action, Disposition
from models.platform import Reason
from models.reasons.ruling import Ruling
from models.reasons.table import ReasonTable, is_caller_flagged

TABLE = ReasonTable.packaged()


def rule(*reasons: tuple[str, ...]) -> Ruling:
    """Return what some (system, code, text) mean together."""
    return TABLE.rule([Reason(*reason) for reason in reasons])


@pytest.mark.parametrize(
    ("reasons", "system", "code"),
    [
        ([("sip", "503"), ("q850", "1")], "q850", "1"),
        ([("q850", "38"), ("sip", "404")], "q850", "38"),
        ([("twilio", "13224"), ("sip", "503")], "sip", "503"),
        ([("retell", "dial_failed"), ("twilio", "34002")], "twilio", "34002"),
        ([("elevenlabs.recipient", "failed"), ("elevenlabs.initiation_failure", "busy")], None, "busy"),
        ([("vapi.contact", "contact.completed"), ("vapi", "customer-busy")], "vapi", "customer-busy"),
        ([("elevenlabs.termination", "anything"), ("sip", "503")], "sip", "503"),
    ],
)
def test_the_reason_nearest_to_the_line_is_believed(
    reasons: list[tuple[str, str]], system: str | None, code: str
) -> None:
    """Q.850 goes before SIP, SIP before the carrier's code, that before the platform's text and status."""
    ruling = rule(*reasons)
    assert ruling.code == code
    assert system in {None, ruling.system}


@pytest.mark.parametrize(
    ("reasons", "code"),
    [
        ([("q850", "21"), ("sip", "402")], "402"),
        ([("q850", "21"), ("sip", "403")], "403"),
        ([("q850", "21"), ("sip", "608")], "608"),
        ([("q850", "31"), ("sip", "488")], "488"),
        ([("q850", "21"), ("sip", "480")], "21"),
        ([("q850", "31"), ("sip", "503")], "31"),
    ],
)
def test_a_cause_that_switches_use_for_anything_yields_to_a_firm_sip_code(
    reasons: list[tuple[str, str]], code: str
) -> None:
    """An empty balance that a switch reports as "rejected" is not taken for a person who refused."""
    assert rule(*reasons).code == code


@pytest.mark.parametrize(
    "reasons",
    [
        [("sip", "603", "Network Blocked")],
        [("sip", "603", "network  blocked")],
        [("sip", "603", "Decline"), ("sip", "603", "Network Blocked")],
        [("sip", "603", "Network Blocked"), ("q850", "21", "Call rejected")],
        [("sip", "603"), ("q850", "21", "v=analytics1;url=example.com")],
    ],
)
def test_a_network_block_is_told_from_a_refusal(reasons: list[tuple[str, ...]]) -> None:
    """603+ speaks of the caller id: the contact is kept back, not dropped as somebody who refused."""
    ruling = rule(*reasons)
    assert (ruling.system, ruling.code) == ("sip", "603+")
    assert is_caller_flagged(ruling)
    assert action_for(ruling.disposition, redial_later=True) is Action.HOLD


@pytest.mark.parametrize(
    ("text", "disposition"),
    [
        ("Provide Referrer Identity", Disposition.OPERATOR),
        ("", Disposition.OPERATOR),
        ("Too Many Requests", Disposition.TRANSIENT),
        ("CPS limit exceeded", Disposition.TRANSIENT),
    ],
)
def test_a_sip_429_is_decided_by_its_text(text: str, disposition: Disposition) -> None:
    """In SIP a 429 is no rate limit unless the carrier says so."""
    assert rule(("sip", "429", text)).disposition is disposition


@pytest.mark.parametrize(
    "reasons",
    [
        [("q850", "38"), ("retell", "user_hangup")],
        [("sip", "503"), ("sip", "200", "Call completed elsewhere")],
        [("sip", "503"), ("sip", "607")],
        [("q850", "31"), ("sip", "607")],
        [("sip", "503"), ("twilio", "32017")],
        [("q850", "41"), ("sip", "603")],
        [("sip", "503"), ("twilio.call", "ringing")],
        [("sip", "402"), ("vapi", "customer-ended-call")],
        [("q850", "999"), ("sip", "503")],
        [("vapi", "twilio-failed-to-connect-call"), ("sip", "799")],
    ],
)
def test_one_reason_against_a_redial_is_enough(reasons: list[tuple[str, ...]]) -> None:
    """Nobody is redialled where any reason says reached, unwanted, refused, blocked or ringing."""
    ruling = rule(*reasons)
    backwards = rule(*reversed(reasons))
    assert action_for(ruling.disposition, redial_later=True) is not Action.REDIAL
    assert backwards == ruling


def test_somebody_reached_is_not_even_held_for_a_repair() -> None:
    """A fault of set-up beside proof of a conversation is a conversation."""
    assert rule(("sip", "402"), ("vapi", "customer-ended-call")).disposition is Disposition.REACHED


def test_unwanted_is_kept_as_unwanted() -> None:
    """A number to suppress is named so even where another reason would drop it as well."""
    assert rule(("q850", "21"), ("sip", "607")).disposition is Disposition.DO_NOT_CONTACT
