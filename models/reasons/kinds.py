"""Kinds of reasons that a rule elsewhere asks for; each is a pure question on system and code."""

import re

from models.enums import Disposition
from models.reasons.index import Key, key
from models.reasons.ruling import Ruling

_CALLER_FLAGGED = frozenset(
    {("sip", "603+"), ("sip", "608"), ("twilio", "32017"), ("retell", "marked_as_spam")}
    | {("retell", "network_blocked")}
)

_INVALID_NUMBER = frozenset(
    {("sip", code) for code in ("404", "410", "484", "485", "604")}
    | {("q850", code) for code in ("1", "4", "22", "28")}
    | {("twilio", code) for code in ("13223", "13224", "13226", "21201", "21211", "21214", "21217")}
    | {("twilio", code) for code in ("31404", "31484", "31604", "32101")}
    | {("plivo", "2000"), ("plivo", "2010")}
    | {("retell", "invalid_destination"), ("vapi", "twilio-reported-customer-misdialed")}
    | {("vapi", "sip-outbound-unallocated-number")}
)

_AUTH_OR_BALANCE = frozenset(
    {("sip", code) for code in ("401", "402", "407")}
    | {("twilio", code) for code in ("10001", "10002", "10003", "10005")}
    | {("twilio", code) for code in ("20003", "20005", "20006", "20008", "20010", "20403")}
    | {("twilio", code) for code in ("31202", "31203", "31204", "31205")}
    | {("twilio", code) for code in ("32106", "32200", "32202", "32212")}
    | {("plivo", "1010"), ("bolna", "balance-low"), ("telnyx", "d19"), ("elevenlabs.http", "quota_exceeded")}
    | {("retell", "credit_exhausted"), ("retell", "budget_reached"), ("elevenlabs.error", "quota")}
    | {("elevenlabs.error_type", "entitlement_exceeded")}
    | {("retell", "no_valid_payment"), ("retell", "telephony_provider_permission_denied")}
    | {("vapi", "call.in-progress.error-providerfault-outbound-sip-407-proxy-authentication-required")}
)
_VAPI_AUTH_OR_BALANCE = re.compile(
    r"-401-|-403-model-access-denied|unauthorized|api-key|auth-failed|invalid-credentials"
    r"|quota|insuffici?ent|out-of-c|requested-payment|api-access-not-available|account-in-probation"
    r"|blocked-free-plan|subscription-(?:wallet|frozen|upgrade)"
)

_MID_CALL_FAULT = frozenset(
    {("twilio", "32014"), ("vapi", "phone-call-provider-closed-websocket")}
    | {("retell", f"error_{part}") for part in ("asr", "no_audio_received")}
    | {("retell", f"error_llm_websocket_{part}") for part in ("open", "lost_connection", "runtime")}
    | {("retell", "error_llm_websocket_corrupt_payload")}
)
_VAPI_MID_CALL_FAULT = re.compile(r"pipeline-error-|call\.in-progress\.error-(?!warm-transfer|transfer)")


def is_caller_flagged(ruling: Ruling) -> bool:
    """Tell whether the network or the platform blocked the caller id, not the contact."""
    return _key(ruling) in _CALLER_FLAGGED


def is_auth_or_balance(ruling: Ruling) -> bool:
    """Tell whether credentials or money are the fault, of the carrier or of a provider in the call."""
    return _matches(ruling, _AUTH_OR_BALANCE, _VAPI_AUTH_OR_BALANCE)


def is_invalid_number(ruling: Ruling) -> bool:
    """Tell whether the number itself is the fault: it does not exist, is gone or is badly formed."""
    return _key(ruling) in _INVALID_NUMBER


def is_machine(code: str) -> bool:
    """Tell whether a reason, written `system:code`, says that a machine took the call."""
    system, _, word = code.lower().partition(":")
    return system != "twilio" and ("voicemail" in word or word.startswith("machine"))


def is_callback(ruling: Ruling) -> bool:
    """Tell whether the person asked in the call to be called back."""
    return _key(ruling) == ("retell", "user_requested_callback")


def is_platform_fault(ruling: Ruling) -> bool:
    """Tell whether the platform or one of its providers ended the call, whoever was on the line."""
    if not ruling.known:
        return False
    faults = {Disposition.OPERATOR, Disposition.AMBIGUOUS, Disposition.TRANSIENT}
    own = ruling.system.startswith("elevenlabs.error") and ruling.disposition in faults
    return own or is_mid_call_fault(ruling)


def is_mid_call_fault(ruling: Ruling) -> bool:
    """Tell whether the platform or a provider failed while the person was on the line."""
    return ruling.reached == "yes" and _matches(ruling, _MID_CALL_FAULT, _VAPI_MID_CALL_FAULT)


def _matches(ruling: Ruling, keys: frozenset[Key], vapi: re.Pattern[str]) -> bool:
    system, code = _key(ruling)
    return (system, code) in keys or (system == "vapi" and bool(vapi.search(code)))


def _key(ruling: Ruling) -> Key:
    return key(ruling.system, ruling.code)
