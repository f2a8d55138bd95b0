"""The links of the audit chain: how an entry is written and what its MAC covers."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from models.canonical import canonical

GENESIS = "0" * 64
"""What the first entry names as the one before it."""

FIRST = 1
_SHORTEST_KEY = 16


@dataclass(frozen=True, slots=True)
class AuditKey:
    """A secret with the name that entries carry, so that it can be rotated; at least 16 bytes."""

    id: str
    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse a key that can be guessed."""
        if len(self.secret) < _SHORTEST_KEY:
            raise ValueError(
                f"The audit key {self.id} is shorter than {_SHORTEST_KEY} bytes: use a longer one."
            )


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One link: `at` is ISO 8601 in UTC, `previous` and `mac` are lower-case hex, `seq` counts from 1."""

    seq: int
    at: str
    kind: str
    body: Mapping[str, Any]
    previous: str
    mac: str
    key_id: str


@dataclass(frozen=True, slots=True)
class Head:
    """The newest link as it was at one moment, for a place outside the ledger: it anchors the chain's end."""

    recovery_id: str
    seq: int
    mac: str
    at: str


def append(
    previous: AuditEntry | None,
    *,
    at: datetime,
    kind: str,
    body: Mapping[str, Any],
    key: AuditKey,
    recovery_id: str = "",
) -> AuditEntry:
    """Return the entry that follows `previous`, the first of a chain where that is None.

    `recovery_id` is covered by the MAC, so that a chain cannot be shown as another recovery's; give the same
    to verify. Raises ValueError for a time without a zone and for a body that is not JSON.
    """
    if at.tzinfo is None:
        raise ValueError("An audit entry needs a time with a zone; this one has none.")
    seq, before = (previous.seq + 1, previous.mac) if previous else (FIRST, GENESIS)
    plain = json.loads(canonical(dict(body)))  # as the ledger will give it back
    entry = AuditEntry(seq, at.astimezone(UTC).isoformat(), kind, plain, before, "", key.id)
    return AuditEntry(seq, entry.at, kind, plain, before, mac_of(entry, key.secret, recovery_id), key.id)


def mac_of(entry: AuditEntry, secret: bytes, recovery_id: str = "") -> str:
    """Return the MAC, lower-case hex, that an entry must carry under this secret."""
    content = {
        "recovery_id": recovery_id,
        "seq": entry.seq,
        "at": entry.at,
        "kind": entry.kind,
        "body": entry.body,
        "previous": entry.previous,
        "key_id": entry.key_id,
    }
    return hmac.new(secret, canonical(content).encode(), hashlib.sha256).hexdigest()


def head_of(entry: AuditEntry, *, recovery_id: str) -> Head:
    """Return the head to export after this entry."""
    return Head(recovery_id, entry.seq, entry.mac, entry.at)
