"""Signed links: whoever holds one may see one thing of one recovery for a while, and nothing else.

A link is an HMAC under a key of the home. It holds no digit, so that nothing takes it for a phone number, and
no secret: it is not kept anywhere, and a new key makes every link that is out useless.
"""

import hmac
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from models.errors import RingbackError

ROOT = "/links"
"""Where links begin at the gateway, outside of what asks for a token."""
_LETTERS = "abcdefghijklmnop"
_HEX = "0123456789abcdef"
_UNTIL, _MAC, _OF = 8, 64, 16
"""Letters of the end in seconds since 1970, of the HMAC, and of what the link is of."""


class LinkPurpose(StrEnum):
    """What a link is good for; one of another purpose opens nothing."""

    PACKAGE = "package"
    LIVE = "live"


class ForgedLinkError(RingbackError):
    """A link that this home has not signed, or has signed with a key that is no longer the newest."""

    next_action = "Ask for a new link: `ringback status RECOVERY` or the API with a token has what it showed."


class ExpiredLinkError(RingbackError):
    """A link whose time is over."""

    next_action = ForgedLinkError.next_action


def link_key(secret: bytes) -> bytes:
    """Return the key of links that follows from a key of the home; the one tells nothing of the other."""
    return hmac.new(secret, b"ringback signed links", sha256).digest()


def link(key: bytes, purpose: LinkPurpose, recovery_id: str, until: datetime, of: str = "") -> str:
    """Return the path of a link, good until a moment; `of` is the hex SHA-256 of the one file it opens."""
    end, one = f"{int(until.timestamp()):0{_UNTIL}x}", of[:_OF].lower()
    sealed = _lettered(end + _mac(key, purpose, recovery_id, end, one) + one)
    return f"{ROOT}/{purpose.value}/{recovery_id}/{sealed}"


def opened(key: bytes, purpose: LinkPurpose, recovery_id: str, seal: str, now: datetime) -> str:
    """Return the first hex digits of the SHA-256 that a genuine link is of, empty where it is of no file.

    Raises ForgedLinkError or ExpiredLinkError with a sentence for whoever has clicked on it.
    """
    text = _unlettered(seal)
    end, mac, one = text[:_UNTIL], text[_UNTIL : _UNTIL + _MAC], text[_UNTIL + _MAC :]
    expected = _mac(key, purpose, recovery_id, end, one)
    if not hmac.compare_digest(mac.encode(), expected.encode()):
        raise ForgedLinkError(
            "This link is not valid: it was changed on its way, or the key that signed it was replaced."
        )
    if now >= datetime.fromtimestamp(int(end, 16), UTC):
        raise ExpiredLinkError(f"This link was good until {_moment(end)} and has expired.")
    return one


def expiry(now: datetime, days: float) -> datetime:
    """Return until when a link made now is good."""
    return now + timedelta(days=days)


def _moment(end: str) -> str:
    return f"{datetime.fromtimestamp(int(end, 16), UTC):%Y-%m-%d %H:%M} UTC"


def _mac(key: bytes, purpose: LinkPurpose, recovery_id: str, end: str, one: str) -> str:
    signed = f"{purpose.value}\n{recovery_id}\n{end}\n{one}".encode("utf-8", "surrogatepass")
    return hmac.new(key, signed, sha256).hexdigest()


def _lettered(hexed: str) -> str:
    return hexed.translate(str.maketrans(_HEX, _LETTERS))


def _unlettered(seal: str) -> str:
    """Return the hex digits of a seal; a text of another alphabet or length is one that nobody has signed."""
    known = len(seal) in {_UNTIL + _MAC, _UNTIL + _MAC + _OF} and set(seal) <= set(_LETTERS)
    return seal.translate(str.maketrans(_LETTERS, _HEX)) if known else ""
