"""The SIP messages of one call as the platform logs them: the dial, what came back, and the end."""

from collections.abc import Iterator
from typing import Any

from deployments.sandbox.engine.entities import Call
from deployments.sandbox.engine.outcomes import OK
from deployments.sandbox.wire.objects import sip_call_id

_OURS, _THEIRS = "192.0.2.10:5060", "198.51.100.20:5060"
_DOMAIN = "sip.example.com"
_MICRO = 1_000_000
_REDRESS_CARD = "<https://redress.example.com/card>;purpose=jwscard"


def sip_messages(call: Call, caller: str, skew: float) -> list[dict[str, Any]]:
    """Return the call's SIPLogMessage objects in order; a call without a SIP answer has none."""
    if not call.outcome.sip:
        return []
    return [
        {
            "call_id": sip_call_id(call),
            "phone_numbers": [caller, call.row.phone],
            "local_address": _OURS,
            "remote_address": _THEIRS,
            "transport": "tcp",
            "raw_message": _raw(call, caller, first),
            "error_message": "",
            "direction": direction,
            "created_at_unix_micro": int((at + skew) * _MICRO),
        }
        for direction, first, at in _exchange(call)
    ]


def _exchange(call: Call) -> Iterator[tuple[str, str, float]]:
    """Yield (direction, first lines, time) of each message."""
    outcome, phone = call.outcome, call.row.phone
    yield "out", f"INVITE sip:{phone}@{_DOMAIN} SIP/2.0", call.started_at
    yield "in", "SIP/2.0 100 Trying", call.started_at
    if outcome.sip == OK and call.accepted_at is not None:
        yield "in", "SIP/2.0 180 Ringing", call.started_at
        yield "in", "SIP/2.0 200 OK", call.accepted_at
    if call.ended_at is None:
        return
    if outcome.sip == OK:
        way = "out" if outcome.error else "in"
        yield way, f"BYE sip:{phone}@{_DOMAIN} SIP/2.0{_reason(call)}", call.ended_at
    else:
        yield "in", f"SIP/2.0 {outcome.sip} {outcome.phrase}{_reason(call)}", call.ended_at


def _reason(call: Call) -> str:
    header = f"\r\nReason: {call.outcome.reason}" if call.outcome.reason else ""
    card = f"\r\nCall-Info: {_REDRESS_CARD}" if call.outcome.key == "rejected_608" else ""
    return header + card


def _raw(call: Call, caller: str, first: str) -> str:
    return (
        f"{first}\r\nCall-ID: {sip_call_id(call)}@{_DOMAIN}\r\nFrom: <sip:{caller}@{_DOMAIN}>\r\n"
        f"To: <sip:{call.row.phone}@{_DOMAIN}>\r\nContent-Length: 0\r\n\r\n"
    )
