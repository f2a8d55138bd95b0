"""Of a raw answer what engineering needs is kept, and nothing that a person said or is."""

import json

import pytest

from models.package.answers import LEFT_OUT, structural

ELEVENLABS = {
    "conversation_id": "conv_1",
    "status": "failed",
    "transcript": [{"role": "user", "message": "My name is Ana"}],
    "analysis": {"transcript_summary": "Ana wants a refund", "call_successful": "failure"},
    "metadata": {
        "start_time_unix_secs": 1716904200,
        "termination_reason": "SIP 503: service unavailable",
        "error": {"code": 1011, "reason": "the trunk did not answer"},
        "phone_call": {"type": "sip_trunking", "call_sid": "CA_1", "external_number": "+61491570006"},
    },
    "conversation_initiation_client_data": {"dynamic_variables": {"vorname": "Ana", "city": "Bonn"}},
}
VAPI = {
    "id": "call_1",
    "endedReason": "call.in-progress.error-sip-503",
    "endedMessage": "the carrier did not answer",
    "customer": {"number": "+61491570006", "name": "Ana"},
    "assistantOverrides": {"variableValues": {"vorname": "Ana"}},
    "metadata": {"crm": "Ana"},
    "messages": [{"role": "bot", "message": "Hello Ana"}],
    "artifact": {"recordingUrl": "https://storage.example/Ana.wav"},
}
RETELL = {
    "call_id": "c_1",
    "disconnection_reason": "dial_failed",
    "metadata": {"phone_call": "Ana"},
    "retell_llm_dynamic_variables": {"vorname": "Ana"},
    "recording_url": "https://storage.example/Ana",
    "call_analysis": {"call_summary": "Ana is angry"},
    "agent_name": "Ana",
    "transcript_object": [{"role": "user", "content": "Ana.", "words": [{"word": "Ana", "start": 0.7}]}],
    "collected": {"email": "Ana@example.com", "Ort": "Ana", "nested": ["Ana", {"who": "Ana"}]},
    "latency": {"e2e": {"p50": 800}},
}


VOGENT = {
    "id": "dial_1",
    "status": "no-answer",
    "toNumber": "+61491570006",
    "systemResultType": "NO_ANSWER",
    "inputs": {"reason": "Ana owes us", "account_type": "Ana, VIP", "customer_id": "Ana", "pin": 4711},
}
SIP_USER = {"external_number": "Ana", "agent_number": "+61491570156"}
TRANSFER = {"type": "number", "number": "+61491570006", "message": "I put you through to Ana"}
CARTESIA = {
    "id": "call_1",
    "end_reason": "dial_failed",
    "error_message": "the carrier did not answer",
    "telephony_params": {"to": "+61491570006", "call_sid": "CA_1"},
    "metadata": {"error": "Ana hung up", "phone_call": "Ana", "note_type": "Ana"},
    "summary": "Ana is angry",
}


def test_what_an_agent_was_told_of_a_person_goes() -> None:
    """Inputs, transfers and a person's own id are left out, whatever an account calls them; ids stay."""
    kept = structural(VOGENT | {"user_id": "Ana.M", "destination": TRANSFER, "phone_call": SIP_USER})
    assert "Ana" not in json.dumps(kept)
    assert "4711" not in json.dumps(kept)
    assert (kept["systemResultType"], kept["status"]) == ("NO_ANSWER", "no-answer")
    assert kept["phone_call"]["agent_number"] == "+61491570156"


def test_a_message_tells_why_within_an_error_alone() -> None:
    """What an account lets people hear is called a message too."""
    body = {"error": {"message": "no route", "code": "SIP_503"}, "message": "Hello Ana", "state": "Ana M"}
    kept = structural(body)
    assert kept == {"error": body["error"], "message": LEFT_OUT, "state": LEFT_OUT}


@pytest.mark.parametrize("body", [ELEVENLABS, VAPI, CARTESIA], ids=["elevenlabs", "vapi", "cartesia"])
def test_reasons_stay_and_people_go(body: dict[str, object]) -> None:
    """Ids, codes, times and why a call ended stay; what was said, names and variables do not."""
    kept = structural(body)
    told = json.dumps(kept)
    assert "Ana" not in told
    assert "Bonn" not in told
    assert LEFT_OUT in told
    assert "did not answer" in told
    assert set(kept) == set(body)


def test_what_an_account_has_attached_is_nobodys_business() -> None:
    """Metadata that is not the call's own, variables, addresses and words under unknown keys are left out."""
    kept = structural({**RETELL, "metadata": {"crm": "Ana"}})
    assert "Ana" not in json.dumps(kept)
    assert kept["call_id"] == "c_1"
    assert (kept["disconnection_reason"], kept["latency"]) == ("dial_failed", {"e2e": {"p50": 800}})


def test_an_answer_without_an_end_has_one() -> None:
    """However deep or long it is, what is kept is bounded, and no shape breaks it."""
    deep: object = "x"
    for _ in range(100):
        deep = {"in": deep}
    assert LEFT_OUT in json.dumps(structural(deep))
    assert len(structural({"codes": list(range(1000))})["codes"]) == 40
    for odd in (None, 3, True, "a sentence of a person", [], [None, [1]]):
        json.dumps(structural(odd))
