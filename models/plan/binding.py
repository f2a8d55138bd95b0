"""What of a platform an approval binds: its abilities, and the mapping that it is read by."""

from collections.abc import Mapping
from typing import Any

from models.platform import Capabilities

CAPABILITIES, MAPPING, SHA256 = "capabilities", "mapping", "sha256"
CARRIER = "carrier"


def binding(
    declared: Capabilities, mapping: Mapping[str, Any] | None, carrier: str | None = None
) -> dict[str, Any]:
    """Return what a plan relies on: abilities as documented, and the mapping with its evidence.

    `carrier` is whose word was heard beside the platform's. The hash does not cover it: what it said decided
    what is done with each contact, which the hash does cover.
    """
    return {
        CAPABILITIES: declared.as_json(),
        MAPPING: None if mapping is None else dict(mapping),
        **({CARRIER: carrier} if carrier else {}),
    }


def hashed(bound: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a binding that a plan's hash covers: the mapping by its own hash alone."""
    return {CAPABILITIES: bound[CAPABILITIES], MAPPING: (bound[MAPPING] or {}).get(SHA256)}


def changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> str | None:
    """Say what of a platform is not as it was when a plan was made, None where all of it is.

    An ability that the version of then did not know by name changes nothing.
    """
    was, is_now = hashed(before), hashed(now)
    if was[MAPPING] != is_now[MAPPING]:
        return "the mapping file has changed"
    lost = sorted(
        name for name, value in was[CAPABILITIES].items() if is_now[CAPABILITIES].get(name) != value
    )
    return f"what the platform can do has changed ({', '.join(lost)})" if lost else None
