"""One delivery as it came in, and what a look at its signature says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class HookDelivery:
    """The raw bytes of a hook, its headers by lower-case name (latin-1 text), and when it came in."""

    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    at: datetime

    def header(self, name: str) -> str:
        """Return a header's text without blanks around it, empty where it is missing."""
        return self.headers.get(name.lower(), "").strip()

    def header_bytes(self, name: str) -> bytes:
        """Return a header as it came over the wire."""
        return self.header(name).encode("latin-1", "replace")

    def digest(self, stamp: bytes = b"") -> str:
        """Return sha256 of timestamp and body: it tells a replay whose delivery id was changed."""
        return sha256(stamp + b"\n" + self.body).hexdigest()


@dataclass(frozen=True, slots=True)
class VerifiedDelivery:
    """The answer of a verifier: genuine with the signed timestamp, or refused with why."""

    ok: bool
    why: str = ""
    stamp: bytes = b""


def refused(why: str) -> VerifiedDelivery:
    """Return a refusal; `why` never quotes what was sent."""
    return VerifiedDelivery(ok=False, why=why)
