"""A plain outgoing hook for everything else, signed as Standard Webhooks are.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md : the id of a
message stays the same however often it is sent, so that the receiver can drop a second one.
"""

import base64
import binascii
import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

from models.messages.milestones import Note
from tasks.tickets.http import Wire
from tasks.tickets.port import Marks, PermanentTicketError

PREFIX = "whsec_"


class Hook:
    """One receiver of our own events."""

    takes_files = False

    def __init__(self, wire: Wire, url: str, secret: str) -> None:
        self._wire = wire
        self._url = url
        self._key = key_of(secret)

    def find(self, ticket_id: str, mark: str) -> bool:  # noqa: ARG002
        """Never find anything: the receiver knows a second message by its id."""
        return False

    def comment(self, ticket_id: str, note: Note, file: Path | None) -> None:  # noqa: ARG002
        """Post one event: the facts, and the same words that a comment would hold."""
        now = self._wire.clock.now()
        event: dict[str, Any] = {
            "type": f"recovery.{note.facts['milestone']}",
            "timestamp": now.isoformat(),
            "data": {**note.facts, "ticket_id": ticket_id, "text": note.text, "internal": True},
        }
        message_id, stamp = f"{note.mark}:{ticket_id}", str(int(now.timestamp()))
        body = json.dumps(event, ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message_id,
            "webhook-timestamp": stamp,
            "webhook-signature": sign(self._key, message_id, stamp, body),
        }
        self._wire.ask("POST", self._url, content=body, headers=headers)

    def mark(self, ticket_id: str, marks: Marks) -> None:
        """Mark nothing: the event says all."""

    def close(self) -> None:
        """Let go of connections."""
        self._wire.close()


def key_of(secret: str) -> bytes:
    """Return the key of a `whsec_` secret; raises Never in words where it is none."""
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        raise PermanentTicketError(
            "The hook's token is no Standard Webhooks secret: whsec_ and base64."
        ) from None
    if len(key) < 24:  # noqa: PLR2004  the standard asks for 24 to 64 bytes
        raise PermanentTicketError(
            "The hook's token is too short: a Standard Webhooks secret holds 24 to 64 bytes."
        )
    return key


def sign(key: bytes, message_id: str, stamp: str, body: bytes) -> str:
    """Return the signature of a message in the v1 scheme."""
    digest = hmac.new(key, f"{message_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()
