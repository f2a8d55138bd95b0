"""How senders sign: one verifier a scheme, all behind one Protocol; junk is refused and never raises."""

import base64
import hmac
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from models.hooks.delivery import HookDelivery, VerifiedDelivery, refused
from models.hooks.stamps import Stamp, in_header, seconds

MOST_SIGNATURES = 20
"""Entries of one header that are looked at; a rotation needs two."""


class Verifier(Protocol):
    """Tells whether a delivery was sent by who holds one of the secrets."""

    @property
    def tolerance(self) -> float | None:
        """Return how many seconds the signed time may be off, None where the sender signs no time."""
        ...

    def check(self, delivery: HookDelivery, secrets: Sequence[bytes]) -> VerifiedDelivery:
        """Judge a delivery; several secrets are those of a rotation, any one of them will do."""
        ...

    def sign(self, delivery: HookDelivery, secret: bytes) -> dict[str, str]:
        """Return the header, by lower-case name, that a sender who holds the secret would add."""
        ...

    @property
    def header(self) -> str:
        """Return the name of that header."""
        ...


Canonical = Callable[[HookDelivery], bytes]
"""The bytes that a sender signs."""


def body_alone(delivery: HookDelivery) -> bytes:
    """Return what most senders sign: the raw body."""
    return delivery.body


def as_hex(mac: bytes) -> bytes:
    """Write a code as lower-case hexadecimal digits."""
    return mac.hex().encode()


def as_base64(mac: bytes) -> bytes:
    """Write a code as base64."""
    return base64.b64encode(mac)


@dataclass(frozen=True, slots=True)
class Signed:
    """An HMAC in a header: which bytes, which digest, how it is written, and how old it may be."""

    header: str
    digest: str = "sha256"
    canonical: Canonical = body_alone
    written: Callable[[bytes], bytes] = as_hex
    prefix: bytes = b""
    separator: bytes | None = None
    stamp: Stamp | None = None
    tolerance: float | None = None

    def check(self, delivery: HookDelivery, secrets: Sequence[bytes]) -> VerifiedDelivery:
        """Compare every signature of the header with the one of every secret, as bytes."""
        shown = self._shown(delivery)
        if not shown:
            return refused(f"The header {self.header} is missing or holds no signature of this scheme.")
        signed = self.canonical(delivery)
        right = [self.written(hmac.digest(secret, signed, self.digest)) for secret in secrets]
        # No early end: how long it takes tells nothing about which signature came near.
        if not sum(hmac.compare_digest(one, other) for one in shown for other in right):
            return refused("The signature does not fit the body and the secret.")
        late = self.stamp.trouble(delivery, self.tolerance) if self.stamp and self.tolerance else ""
        if late:
            return refused(late)
        return VerifiedDelivery(ok=True, stamp=self.stamp.raw(delivery) if self.stamp else b"")

    def sign(self, delivery: HookDelivery, secret: bytes) -> dict[str, str]:
        """Sign as the sender would."""
        mac = hmac.digest(secret, self.canonical(delivery), self.digest)
        return {self.header.lower(): (self.prefix + self.written(mac)).decode()}

    def _shown(self, delivery: HookDelivery) -> list[bytes]:
        header = delivery.header_bytes(self.header)
        entries = header.split(self.separator) if self.separator else [header]
        entries = [entry.strip() for entry in entries[:MOST_SIGNATURES]]
        return [entry[len(self.prefix) :] for entry in entries if entry and entry.startswith(self.prefix)]


@dataclass(frozen=True, slots=True)
class Token:
    """A shared secret in a header, for senders that sign nothing."""

    header: str
    tolerance: float | None = None

    def check(self, delivery: HookDelivery, secrets: Sequence[bytes]) -> VerifiedDelivery:
        """Compare hashes, so that the length of the secret is not told either."""
        shown = delivery.header_bytes(self.header)
        if not shown:
            return refused(f"The header {self.header} is missing.")
        if not sum(hmac.compare_digest(_hashed(shown), _hashed(secret)) for secret in secrets):
            return refused(f"The header {self.header} does not hold the secret.")
        # Nothing is signed, so no hash can tell a replay; the day keeps a wish of next week from being one.
        return VerifiedDelivery(ok=True, stamp=delivery.at.date().isoformat().encode())

    def sign(self, delivery: HookDelivery, secret: bytes) -> dict[str, str]:  # noqa: ARG002
        """Show the secret, which is all that such a sender does."""
        return {self.header.lower(): secret.decode("latin-1")}


def _hashed(secret: bytes) -> bytes:
    return sha256(secret).digest()


def standard(tolerance: float) -> Signed:
    """Return the scheme of standardwebhooks.com: id, time and body under one signature, version 1."""
    return Signed(
        "webhook-signature",
        canonical=_id_time_body,
        written=as_base64,
        prefix=b"v1,",
        separator=b" ",
        stamp=in_header("webhook-timestamp", seconds),
        tolerance=tolerance,
    )


def _id_time_body(delivery: HookDelivery) -> bytes:
    parts = (delivery.header_bytes("webhook-id"), delivery.header_bytes("webhook-timestamp"), delivery.body)
    return b".".join(parts)


def plain_secret(text: str) -> bytes:
    """Return the key that most senders use: the secret's own bytes."""
    return text.encode()


def standard_secret(text: str) -> bytes:
    """Return the key of a `whsec_` secret; raises ValueError where the rest is not base64."""
    try:
        key = base64.b64decode(text.removeprefix("whsec_"), validate=True)
    except (NotBase64, ValueError):
        raise ValueError("a Standard Webhooks secret is whsec_ and base64") from None
    if not key:
        raise ValueError("a Standard Webhooks secret is whsec_ and base64")
    return key
