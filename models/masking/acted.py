"""Who acted, in what leaves the ledger: an auditor looks for the name, the machine and the fencing token."""

import re
from collections.abc import Mapping
from typing import Any

from models.masking.phone import ascii_digits

DOMAIN = "[domain]"
"""What stands in the place of the domain of a person's e-mail address."""

_AT_DOMAIN = re.compile(r"(?<=[\w.%+-])(?:@|%40)[\w-]+(?:\.[\w-]+)*")
_CLAIMS = frozenset({"claimed", "continued"})


def name_of(by: str) -> str:
    """Return who acted as it may be shown: of an e-mail address the part before its domain."""
    return _AT_DOMAIN.sub(f"@{DOMAIN}", by)


def without_domains(action: Mapping[str, Any]) -> dict[str, Any]:
    """Return an audit entry with the domain of the address under `by` masked, ready to be redacted."""
    body = action.get("body")
    if not isinstance(body, Mapping) or not isinstance(body.get("by"), str):
        return dict(action)
    return {**action, "body": {**body, "by": name_of(body["by"])}}


def with_claim(
    shown: Mapping[str, Any], action: Mapping[str, Any], numbers: frozenset[str]
) -> dict[str, Any]:
    """Return a redacted entry with the fencing token and host of its claim as the ledger has them.

    A token that is no integer is a secret, and a host that holds one of the `numbers` stays redacted.
    """
    body = action.get("body")
    if action.get("kind") not in _CLAIMS or not isinstance(body, Mapping):
        return dict(shown)
    token, host = body.get("token"), body.get("host")
    kept: dict[str, Any] = {"token": token} if type(token) is int else {}
    if isinstance(host, str) and not _holds(host, numbers):
        kept["host"] = host
    return {**shown, "body": {**shown["body"], **kept}}


def _holds(text: str, numbers: frozenset[str]) -> bool:
    digits = ascii_digits(text)
    return any(bare in digits for number in numbers if (bare := ascii_digits(number)))
