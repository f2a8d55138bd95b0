"""What a wave says, and what its answer is worth: documented input only, sent once, to one host."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, get_args

import httpx
import pydantic
import pytest
from elevenlabs.types import OutboundCallRecipient, TelephonyCallConfigInput

from models.enums import Action, ContactStatus, Disposition
from models.plan.markers import VARIABLE
from models.platform import PlatformError, SubmitOutcomeUnknownError, SubmitRefusedError
from tasks.platforms.elevenlabs import submit
from tasks.platforms.elevenlabs.adapter import ElevenLabs
from tests.fakes.odd_elevenlabs import BATCH, MISSING, Odd, draft_of, job_body, row_body
from tests.unit.look_example import judge
from tests.unit.look_example import row as a_row

SUBMIT = f"POST {BATCH}/submit"
CANCEL = f"POST {BATCH}/btcal_1/cancel"
TOLD = {
    "call_name", "agent_id", "recipients", "scheduled_time_unix", "agent_phone_number_id", "whatsapp_params",
    "timezone", "branch_id", "environment", "telephony_call_config", "target_concurrency_limit",
}  # fmt: skip
"""The properties of Body_Submit_a_batch_call_request in the published OpenAPI document."""
READ_BACK: dict[str, Any] = {
    "conversation_config_override": {
        "turn": None,
        "tts": {
            "voice_id": "v",
            "speed": None,
            "supported_voices": [{"label": "l", "voice_id": "v", "x": 1}],
        },
        "agent": {"first_message": "Hi", "language": None, "prompt": {"prompt": "P", "llm": None, "odd": {}}},
        "conversation": {"text_only": None},
        "output_only": {"a": 1},
    },
    "custom_llm_extra_body": {"deep": {"keep": 1, "null": None}},
    "user_id": None,
    "source_info": {"source": "python_sdk", "version": "2.78.0"},
    "branch_id": None,
    "environment": "production",
    "tool_mock_config": {"mocking_strategy": "all"},
    "tool_mock_overrides": {"book": [{"mock_result": "ok"}]},
    "dynamic_variables": {
        "name": "Ann",
        "none": None,
        "system__caller_id": "+447700900001",
        "system__time_utc": "2026-01-01",
        "secret__token": "tok_live_51",
        VARIABLE: "rb-old-3",
    },
}


@pytest.fixture
def odd() -> Odd:
    """Return an odd platform that takes every wave."""
    found = Odd()
    found.on(SUBMIT, job_body("btcal_wave", name="rb-r-1"))
    return found


def sent(odd: Odd, *payloads: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """Submit a wave and return its body as it went out."""
    odd.open().create_job(draft_of(odd, *payloads, **fields))
    body: dict[str, Any] = json.loads(odd.sent[-1].content)
    return body


def test_a_redial_sends_documented_input_and_nothing_else(odd: Odd) -> None:
    """No null, no variable of the system, no mock set-up and no output field goes out, at any depth."""
    data = sent(odd, READ_BACK)["recipients"][0]["conversation_initiation_client_data"]
    assert data == {
        "conversation_config_override": {
            "tts": {"voice_id": "v", "supported_voices": [{"label": "l", "voice_id": "v"}]},
            "agent": {"first_message": "Hi", "prompt": {"prompt": "P"}},
        },
        "custom_llm_extra_body": {"deep": {"keep": 1}},
        "environment": "production",
        "dynamic_variables": {"name": "Ann", "secret__token": "tok_live_51", VARIABLE: "rb-r-1"},
    }


@pytest.mark.parametrize("payload", [{}, {"dynamic_variables": None}, {"dynamic_variables": []}, READ_BACK])
def test_the_marker_stands_in_two_places(odd: Odd, payload: dict[str, Any]) -> None:
    """The wave's marker is the job's name and a variable of every contact, whatever the contact held."""
    body = sent(odd, payload, payload)
    assert body["call_name"] == "rb-r-1"
    rows = [one["conversation_initiation_client_data"]["dynamic_variables"] for one in body["recipients"]]
    assert [one[VARIABLE] for one in rows] == ["rb-r-1", "rb-r-1"]


def test_the_set_up_of_the_source_is_repeated_as_documented(odd: Odd) -> None:
    """Branch, environment, zone and ringing time go along; nulls, output fields and WhatsApp do not."""
    config = {"ringing_timeout_secs": 25, "twilio_machine_detection": None, "odd": 1}
    whatsapp = {"whatsapp_call_permission_request_template_name": "t"}
    fields = {"telephony_call_config": config, "environment": "staging", "whatsapp_params": whatsapp}
    body = sent(odd, {}, **fields, timezone="Europe/Rome")
    assert set(body) <= TOLD
    assert body["telephony_call_config"] == {"ringing_timeout_secs": 25}
    assert (body["environment"], body["timezone"]) == ("staging", "Europe/Rome")
    assert "whatsapp_params" not in body
    assert "null" not in json.dumps(body)


def fields_of(model: type[pydantic.BaseModel]) -> dict[str, Any]:
    """Return the published fields of a model by name, with those of the models within."""
    return {name: inner_of(field.annotation) for name, field in model.model_fields.items()}


def inner_of(annotation: Any) -> dict[str, Any] | None:
    """Return the fields of the model that stands somewhere in an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel):
        return fields_of(annotation)
    found = [inner for one in get_args(annotation) if (inner := inner_of(one))]
    return found[0] if found else None


def test_what_is_sent_is_what_the_vendors_client_documents() -> None:
    """The fields that we let through are the input model of the installed SDK, but for `source_info`."""
    published = fields_of(OutboundCallRecipient)
    data = published["conversation_initiation_client_data"]
    assert data.pop("source_info")
    assert data == submit.CLIENT_DATA
    assert set(published) >= {"id", "phone_number", submit.DATA}
    assert submit.SETTINGS["telephony_call_config"] == fields_of(TelephonyCallConfigInput)
    assert set(submit.SETTINGS) <= TOLD


@pytest.mark.parametrize(
    ("value", "covered"),
    [
        (None, True), ("", True), ("****", True), ("[REDACTED]", True), ("<redacted>", True), ("•••••", True),
        ("sk-***42", True), ("{{hidden}}", True), ("tok_live_51", False), (4711, False), ("a(b)", False),
    ],
)  # fmt: skip
def test_a_covered_secret_holds_its_person(odd: Odd, value: str | int | None, covered: bool) -> None:
    """A row whose secret cannot be repeated is held with a sentence; one that shows it is redialled."""
    data = {"dynamic_variables": {"name": "Ann", "secret__token": value}}
    rows = [row_body(1, conversation_initiation_client_data=data), row_body(2)]
    odd.on(f"{BATCH}/btcal_1", job_body(recipients=rows))
    contact, other = odd.open().list_contacts("btcal_1")
    one, two = judge([contact, other])
    assert two.action is Action.REDIAL
    assert one.action is (Action.HOLD if covered else Action.REDIAL)
    assert (one.why == "a secret variable is redacted, so the call cannot be repeated") == covered


def test_of_two_rows_of_a_number_the_kept_one_decides_whether_it_can_be_repeated() -> None:
    """The row that would be dialled has to be whole; whether the repeated one is whole does not matter."""
    first = a_row(1, ContactStatus.NOT_DIALED, problem=submit.REDACTED)
    second = a_row(2, ContactStatus.NOT_DIALED, number=first.phone)
    assert [one.action for one in judge([first, second])] == [Action.HOLD, Action.DROP]
    assert [one.action for one in judge([replace(second, id="c9"), first])] == [Action.REDIAL, Action.DROP]


@pytest.mark.parametrize("status", ["pending", "failed", "cancelled"])
def test_whatsapp_people_are_held_and_said(odd: Odd, status: str) -> None:
    """Whoever has no phone but WhatsApp is held with a sentence, and is no malformed row."""
    rows = [row_body(1, status, phone_number=None, whatsapp_user_id="wa_1"), row_body(2, phone_number=None)]
    odd.on(f"{BATCH}/btcal_1", job_body(recipients=rows, phone_provider=None, whatsapp_params={"x": 1}))
    platform = odd.open()
    chat, empty = platform.list_contacts("btcal_1")
    assert (chat.channel, empty.channel) == ("whatsapp", "phone")
    assert platform.get_job("btcal_1").provider == "whatsapp"
    for held, way in zip(judge([chat, empty]), ("whatsapp", "without a phone number"), strict=True):
        assert held.action is Action.HOLD
        assert held.disposition is not Disposition.MALFORMED
        assert way in held.why


def test_a_marker_comes_back_as_the_marker_and_not_as_payload(odd: Odd) -> None:
    """Our variable is read into the marker; the person's own variables stay as they were."""
    data = {"dynamic_variables": {"name": "Ann", VARIABLE: "rb-r-7"}, "user_id": "u"}
    alone = {"dynamic_variables": {VARIABLE: "rb-r-7"}}
    rows = [row_body(n, conversation_initiation_client_data=d) for n, d in enumerate((data, alone, None, {}))]
    odd.on(f"{BATCH}/btcal_1", job_body(recipients=rows))
    found = list(odd.open().list_contacts("btcal_1"))
    assert [one.marker for one in found] == ["rb-r-7", "rb-r-7", None, None]
    assert [one.payload for one in found] == [
        {"dynamic_variables": {"name": "Ann"}, "user_id": "u"}, {}, {}, {},
    ]  # fmt: skip


@pytest.mark.parametrize("value", [float("nan"), float("inf"), {1, 2}, object()])
def test_a_variable_that_is_no_json_refuses_the_wave_before_it_is_sent(odd: Odd, value: object) -> None:
    """What cannot be written is refused for good, and nothing has gone out."""
    draft = draft_of(odd, {"dynamic_variables": {"n": value}})
    with pytest.raises(SubmitRefusedError, match="nothing was sent") as refused:
        odd.open().create_job(draft)
    assert refused.value.fatal
    assert odd.asked[SUBMIT] == 0


def created(odd: Odd, answer: Any) -> Exception | None:
    """Submit a wave against an answer and return what was raised."""
    draft = draft_of(odd)
    odd.on(SUBMIT, answer)
    try:
        odd.open().create_job(draft)
    except PlatformError as error:
        return error
    return None


@pytest.mark.parametrize("code", [400, 401, 402, 403, 404, 405, 413, 415, 422])
def test_documented_refusals_are_final(odd: Odd, code: int) -> None:
    """What is refused before processing has called nobody, and sending it again cannot help."""
    error = created(odd, httpx.Response(code, json=MISSING))
    assert isinstance(error, SubmitRefusedError)
    assert error.fatal
    assert "missing_permissions" in str(error)


@pytest.mark.parametrize("code", [408, 409, 418, 425, 500, 502, 503, 504, 529, 302, 303])
def test_every_other_answer_may_have_come_after_processing(odd: Odd, code: int) -> None:
    """Nothing undocumented is a refusal: the wave is looked up before anything else happens."""
    assert isinstance(
        created(odd, httpx.Response(code, headers={"location": "https://x.example/"})),
        SubmitOutcomeUnknownError,
    )


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"null", b'"ok"', b"{}", b'{"id": "a"}', b"\xff\xfe", b'{"id": "a"']
)
def test_an_accepted_wave_without_a_readable_answer_is_unclear(odd: Odd, body: bytes) -> None:
    """A 200 that cannot be read has been accepted for all we know."""
    assert isinstance(created(odd, httpx.Response(200, content=body)), SubmitOutcomeUnknownError)


@pytest.mark.parametrize("code", [301, 307, 308])
def test_a_redirect_is_never_followed_and_names_the_host(odd: Odd, code: int) -> None:
    """Neither key nor people go to another host: the wave was not processed, and a person is told."""
    away = httpx.Response(code, headers={"location": "https://api.eu.residency.example/v1/x"})
    error = created(odd, away)
    assert isinstance(error, SubmitRefusedError)
    assert error.fatal
    assert "redirects to api.eu.residency.example" in str(error)
    assert "RINGBACK_PLATFORM_URL" in str(error)
    odd.on(f"{BATCH}/workspace", away)
    odd.on(f"{BATCH}/btcal_1", away)
    odd.on(CANCEL, away)
    acts: tuple[Callable[[ElevenLabs], object], ...] = (
        lambda p: p.get_job("btcal_1"),
        lambda p: p.list_jobs(odd.clock.now()),
        lambda p: p.stop_job("btcal_1"),
    )
    for act in acts:
        with pytest.raises(PlatformError, match=r"redirects to api\.eu\.residency\.example"):
            act(odd.open())
    assert {request.url.host for request in odd.sent} == {"voice.example"}


@pytest.mark.parametrize("location", ["", "/v2/submit", "http://[", "?x"])
def test_a_redirect_to_nowhere_is_said_too(odd: Odd, location: str) -> None:
    """A redirect without a readable host is the same error, with what can be said."""
    error = created(odd, httpx.Response(308, headers={"location": location}))
    assert isinstance(error, SubmitRefusedError)
    assert "another path of voice.example" in str(error)


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7.0), ("0", 0.0), ("1.5", 1.5), ("-3", None), ("soon", None), ("nan", None)]
)
def test_a_429_says_how_long_to_wait(odd: Odd, header: str, seconds: float | None) -> None:
    """A limit was never processed; its pause is handed on where it can be read."""
    error = created(odd, httpx.Response(429, headers={"retry-after": header}))
    assert isinstance(error, SubmitRefusedError)
    assert (error.fatal, error.retry_after) == (False, seconds)


@pytest.mark.parametrize("code", [400, 404, 409, 422])
@pytest.mark.parametrize("over", ["completed", "failed", "cancelled"])
def test_a_cancel_of_a_job_that_is_over_has_stopped_it(odd: Odd, code: int, over: str) -> None:
    """A job that ended by itself refuses the cancel, and is stopped all the same."""
    odd.on(f"{BATCH}/btcal_1", job_body(status=over))
    odd.on(CANCEL, httpx.Response(code, json={"detail": "Batch call is not in progress"}))
    odd.open().stop_job("btcal_1")
    assert (odd.asked[CANCEL], odd.asked[f"{BATCH}/btcal_1"]) == (1, 1)


@pytest.mark.parametrize("code", [400, 404, 409, 422])
def test_a_refused_cancel_of_a_running_job_is_an_error(odd: Odd, code: int) -> None:
    """A job that still runs is not stopped, and the platform's own words say why."""
    odd.on(f"{BATCH}/btcal_1", job_body())
    odd.on(CANCEL, httpx.Response(code, json={"detail": "Batch is locked"}))
    with pytest.raises(PlatformError, match=r"Batch is locked.*in_progress"):
        odd.open().stop_job("btcal_1")


@pytest.mark.parametrize("answer", [500, 503, 429, "cut"])
@pytest.mark.parametrize("status", ["in_progress", "completed", None])
def test_an_unconfirmed_cancel_ends_with_a_look(odd: Odd, answer: int | str, status: str | None) -> None:
    """Tried with pauses, then read: over is stopped, anything else or nothing readable is an error."""

    def cancel(request: httpx.Request) -> httpx.Response:
        if answer == "cut":
            raise httpx.ReadError("cut", request=request)
        return httpx.Response(int(answer))

    odd.on(CANCEL, cancel)
    if status:
        odd.on(f"{BATCH}/btcal_1", job_body(status=status))
    began = odd.clock.now()
    if status == "completed":
        odd.open().stop_job("btcal_1")
    else:
        with pytest.raises(PlatformError, match="stop it by hand"):
            odd.open().stop_job("btcal_1")
    assert odd.asked[CANCEL] == 5
    assert (odd.clock.now() - began).total_seconds() >= 5


@pytest.mark.parametrize("code", [401, 403])
def test_a_cancel_that_the_key_may_not_is_an_error(odd: Odd, code: int) -> None:
    """A key that may read and not write stops nothing, and the platform's words say so."""
    odd.on(f"{BATCH}/btcal_1", job_body(status="completed"))
    odd.on(CANCEL, httpx.Response(code, json=MISSING))
    with pytest.raises(PlatformError, match="missing_permissions: The key lacks"):
        odd.open().stop_job("btcal_1")


def test_nested_mappings_of_the_customer_are_kept(odd: Odd) -> None:
    """What is free by the document goes out as it was, but for its nulls."""
    free: Mapping[str, Any] = {"a": [1, None, {"b": None, "c": [{}]}], "d": {}, "e": False, "f": 0, "g": ""}
    data = sent(odd, {"custom_llm_extra_body": dict(free)})["recipients"][0][submit.DATA]
    assert data["custom_llm_extra_body"] == {"a": [1, {"c": [{}]}], "d": {}, "e": False, "f": 0, "g": ""}
