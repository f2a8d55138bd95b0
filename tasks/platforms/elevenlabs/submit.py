"""What a wave says to ElevenLabs: documented input and nothing else, with our marker in two places.

A row that is read back holds more than a submit may: nulls, how the conversation began, mock set-ups from
tests of the agent, the platform's own variables. Sending those again would be another call than the one that
failed, or none at all.
"""

import json
from collections.abc import Mapping
from typing import Any

from models.plan.markers import VARIABLE
from models.platform import Contact, Draft, Job, SubmitRefusedError

DATA = "conversation_initiation_client_data"
VARIABLES = "dynamic_variables"
Fields = Mapping[str, "Fields | None"]
"""Names of documented input fields; None is one whose value is the customer's own."""


def _plain(*names: str) -> dict[str, Fields | None]:
    return dict.fromkeys(names)


CLIENT_DATA: Fields = {
    **_plain("custom_llm_extra_body", "user_id", "branch_id", "environment", "starting_workflow_node_id"),
    **_plain("procedure_ids", "start_procedure_ids", VARIABLES),
    "conversation_config_override": {
        "asr": _plain("keywords"),
        "turn": {
            "soft_timeout_config": _plain("message", "additional_soft_timeout_messages"),
            "noisy_environment_message": None,
        },
        "tts": {
            **_plain("model_id", "voice_id", "stability", "speed", "similarity_boost", "clone_strength"),
            "supported_voices": _plain(
                "label", "voice_id", "description", "language", "model_family", "optimize_streaming_latency",
                "stability", "speed", "similarity_boost", "clone_strength",
            ),
            "pronunciation_dictionary_locators": _plain("pronunciation_dictionary_id", "version_id"),
        },
        "conversation": _plain("text_only", "max_duration_seconds"),
        "agent": {
            **_plain("first_message", "language", "max_conversation_duration_message"),
            "prompt": {
                **_plain("prompt", "llm", "reasoning_effort", "tool_ids", "tool_ids_strict"),
                "native_mcp_server_ids": None,
                "knowledge_base": _plain("type", "name", "id", "usage_mode"),
            },
        },
    },
}  # fmt: skip
"""ConversationInitiationClientDataRequest-Input as the SDK 2.78.0 has it, but for `source_info`.

That one says by which program a conversation began; a call that is made again did not begin so.
"""
SETTINGS: Fields = {
    **_plain("branch_id", "environment", "timezone"),
    "telephony_call_config": {
        **_plain("ringing_timeout_secs", "twilio_call_recording_enabled"),
        "twilio_machine_detection": {"mode": None, "actions": _plain("action", "answered_by")},
    },
}
"""What a redial repeats from its source's set-up, of the fields of a submit; it calls phones only."""

SECRET = "secret__"  # noqa: S105  the platform's prefix for variables that it keeps to itself
SYSTEM = "system__"
REDACTED = "a secret variable is redacted, so the call cannot be repeated"
_COVERED = ("***", "•••", "xxxx", "redact", "masked", "hidden", "removed")
_BRACKETS = {"<": ">", "[": "]", "{": "}", "(": ")"}


def submission(draft: Draft) -> dict[str, Any]:
    """Return the body of a submit: the source's set-up, the chosen rows, our marker as name and variable."""
    source = draft.source
    body: dict[str, Any] = {
        **settings_of(source),
        "call_name": draft.marker,
        "agent_id": source.agent_id,
        "target_concurrency_limit": draft.cap,
        "recipients": [recipient(row, draft.marker) for row in draft.contacts],
    }
    if source.number_id:
        body["agent_phone_number_id"] = source.number_id
    return body


def encoded(draft: Draft) -> bytes:
    """Return the body as it is sent; raises `SubmitRefusedError` where a row cannot be written as JSON."""
    try:
        return json.dumps(submission(draft), allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError):
        words = f"Wave {draft.marker} holds a variable that is no JSON; nothing was sent."
        raise SubmitRefusedError(words, fatal=True) from None


def settings_of(source: Job) -> dict[str, Any]:
    """Return what a redial repeats from its source's set-up, and nothing that is no field of a submit."""
    return _only(SETTINGS, source.settings)


def recipient(row: Contact, marker: str) -> dict[str, Any]:
    """Return one row as it is submitted: its one number, its own client data, and our marker beside it."""
    data = _only(CLIENT_DATA, row.payload)
    given = data.get(VARIABLES)
    given = given if isinstance(given, Mapping) else {}
    own = {name: value for name, value in given.items() if not str(name).startswith(SYSTEM)}
    data[VARIABLES] = own | {VARIABLE: marker}
    return {"id": row.id, "phone_number": row.phone, DATA: data}


def _only(fields: Fields, value: Mapping[str, Any]) -> dict[str, Any]:
    known = {name: _kept(inner, value[name]) for name, inner in fields.items() if name in value}
    return {name: kept for name, kept in known.items() if kept is not None}


def _kept(fields: Fields | None, value: Any) -> Any:
    if isinstance(value, Mapping):
        return _only(dict.fromkeys(value), value) if fields is None else _only(fields, value) or None
    if isinstance(value, list):
        return [kept for one in value if (kept := _kept(fields, one)) is not None]
    return value if fields is None else None


def unmarked(data: Mapping[str, Any]) -> tuple[dict[str, Any], str | None]:
    """Return a row's client data without the variable that is ours, and what that variable says."""
    given = data.get(VARIABLES) or {}
    if VARIABLE not in given:
        return dict(data), None
    rest = {name: value for name, value in given.items() if name != VARIABLE}
    others = {name: value for name, value in data.items() if name != VARIABLES}
    return (others | {VARIABLES: rest} if rest else others), str(given[VARIABLE])


def is_redacted(data: Mapping[str, Any]) -> bool:
    """Tell whether a secret variable of a row does not show its value any more."""
    given = data.get(VARIABLES) or {}
    return any(_is_covered(value) for name, value in given.items() if str(name).startswith(SECRET))


def _is_covered(value: Any) -> bool:
    # How a secret is covered is documented nowhere: whatever looks covered counts as gone.
    text = str(value or "").strip().lower()
    if not text or not any(sign.isalnum() for sign in text) or any(sign in text for sign in _COVERED):
        return True
    return _BRACKETS.get(text[0]) == text[-1]
