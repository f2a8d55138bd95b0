"""When a delivery was signed, as each sender says it, and whether that is near enough to now."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from models.hooks.body import json_object
from models.hooks.delivery import HookDelivery
from models.moments import unix

MILLISECONDS = 1000


@dataclass(frozen=True, slots=True)
class Stamp:
    """A signed time: its bytes as they were signed, and how to read it. None is a stamp that is no time."""

    raw: Callable[[HookDelivery], bytes]
    read: Callable[[bytes], datetime | None]

    def trouble(self, delivery: HookDelivery, tolerance: float) -> str:
        """Return why the time does not do, empty where it does; `tolerance` in seconds, either way."""
        signed = self.read(self.raw(delivery))
        if signed is None:
            return "The signed timestamp is missing or is no time."
        off = (delivery.at - signed).total_seconds()
        if abs(off) <= tolerance:
            return ""
        side = "ago" if off > 0 else "ahead of our clock"
        return f"It was signed {abs(off):.0f} s {side}; {tolerance:.0f} s are allowed. Check both clocks."


def in_header(name: str, read: Callable[[bytes], datetime | None]) -> Stamp:
    """Return a stamp that stands in a header."""
    return Stamp(lambda delivery: delivery.header_bytes(name), read)


def in_body(name: str) -> Stamp:
    """Return a stamp in milliseconds under a key of the JSON body."""

    def raw(delivery: HookDelivery) -> bytes:
        body = json_object(delivery.body)
        found = body.get(name) if body else None
        return str(found).encode() if isinstance(found, int) and not isinstance(found, bool) else b""

    return Stamp(raw, _milliseconds)


def seconds(raw: bytes) -> datetime | None:
    """Read unix seconds written in digits."""
    return _moment(raw, 1)


def _milliseconds(raw: bytes) -> datetime | None:
    return _moment(raw, MILLISECONDS)


def _moment(raw: bytes, per_second: int) -> datetime | None:
    if not raw.isdigit():
        return None
    with suppress(ValueError, OverflowError, OSError):
        return unix(int(raw) / per_second)
    return None


def iso(raw: bytes) -> datetime | None:
    """Read an ISO 8601 time; one without a zone is UTC."""
    with suppress(ValueError):
        found = datetime.fromisoformat(raw.decode("ascii"))
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return None
