"""The one webhook that Voqo sends: whether it is genuine and fresh, and what of it is kept."""

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from models.errors import EXIT_USAGE, RingbackError
from models.handovers.reports import LONGEST_TEXT, read_moment
from models.masking.quotes import plain_word, without_numbers
from models.moments import unix

SIGNATURE, STAMP = "x-webhook-signature", "x-webhook-timestamp"
ENDED = "call_ended"
TOLERANCE = timedelta(minutes=5)
LONGEST_ID = 128


class NoEventError(RingbackError):
    """A body that is no event as the platform sends them."""

    exit_code = EXIT_USAGE
    next_action = "See what sends to this address: it has the secret and speaks another language."


@dataclass(frozen=True, slots=True)
class ToldCall:
    """What is kept of one webhook: whose call it was and how it ended, nothing that was said in it.

    `phone` is the person's number, on whichever side of the call.
    """

    delivery_id: str
    call_id: str
    agent_id: str
    phone: str = field(repr=False)
    outbound: bool
    status: str
    error: str
    seconds: int | None
    started_at: datetime
    ended_at: datetime


def trouble(secret: bytes, body: bytes, headers: Mapping[str, str], now: datetime) -> str:
    """Say why a webhook is not believed, empty where it is; header names are in lower case.

    The signature covers the body alone: what is replayed within the five minutes is told by its id.
    """
    given, stamp = headers.get(SIGNATURE, ""), headers.get(STAMP, "")
    expected = hmac.new(secret, body, sha256).hexdigest()
    if not hmac.compare_digest(expected.encode(), given.strip().lower().encode("utf-8", "replace")):
        return "The signature does not fit the body and the secret of this workspace."
    if not stamp.strip().isdecimal() or len(stamp) > len(str(10**12)):
        return "X-Webhook-Timestamp is no time in unix seconds."
    if abs(unix(int(stamp)) - now) > TOLERANCE:
        return "The webhook is more than five minutes old, or of the future."
    return ""


def read(body: bytes, stamp: str) -> ToldCall | None:
    """Return what a webhook tells of an ended call, None for another event; raises NoEventError.

    A time without a zone tells no moment: the call then began its duration before the webhook was sent.
    """
    try:
        event = json.loads(body)
    except (ValueError, RecursionError):
        raise NoEventError("The body is no JSON.") from None
    if not isinstance(event, dict) or not isinstance(event.get("event_type"), str):
        raise NoEventError("The body is no event.")
    if event["event_type"] != ENDED:
        return None
    data = event.get("data")
    if not isinstance(data, dict):
        raise NoEventError("The event has no data.")
    return _told(_id(event, "_id"), data, unix(int(stamp)))


def _told(delivery_id: str, data: Mapping[str, Any], sent_at: datetime) -> ToldCall:
    outbound = data.get("direction") == "outbound"
    seconds = _seconds(data.get("duration"))
    ended = _moment(data, "end_time") or sent_at
    started = _moment(data, "start_time") or _moment(data, "created_at")
    return ToldCall(
        delivery_id,
        _id(data, "id"),
        _id(data, "agent_id"),
        _text(data, "to_phone" if outbound else "from_phone"),
        outbound,
        plain_word(_text(data, "status").lower())[:LONGEST_TEXT],
        without_numbers(str(data.get("error") or ""))[:LONGEST_TEXT],
        seconds,
        started or sent_at - timedelta(seconds=seconds or 0),
        ended,
    )


def _id(found: Mapping[str, Any], name: str) -> str:
    text = _text(found, name)
    if len(text) > LONGEST_ID:
        raise NoEventError(f"The event's {name} is too long.")
    return text


def _text(found: Mapping[str, Any], name: str) -> str:
    value = found.get(name)
    if not isinstance(value, str) or not value.strip():
        raise NoEventError(f"The event has no {name}.")
    return value.strip()


def _moment(found: Mapping[str, Any], name: str) -> datetime | None:
    value = found.get(name)
    return read_moment(value) if isinstance(value, str) else None


def _seconds(value: Any) -> int | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return max(0, round(value)) if is_number and abs(value) < 10**6 else None
