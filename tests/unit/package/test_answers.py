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


@pytest.mark.parametrize("body", [ELEVENLABS, VAPI], ids=["elevenlabs", "vapi"])
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
