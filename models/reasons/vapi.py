"""Vapi's ended reasons that are newer than the table: the pattern of the name decides.

Source: the enum in github.com/VapiAI/docs `fern/apis/api/openapi.json` @eabfa53; it grows by provider.
"""

import re
from collections.abc import Callable

from models.enums import Disposition
from models.reasons.ruling import Reached, Ruling

_SIP = re.compile(r"outbound-sip-([3-6]\d\d)(?:-|$)")
_STATUS = re.compile(r"-([45])\d\d(?:-|$)")
_BUSY = re.compile(r"overloaded|rate-limit")
_IN_CALL = ("pipeline-error-", "call.in-progress.", "call.forwarding.", "call.ending.")
_BEFORE = ("call.start.", "call-start-")


def derive(code: str, find_sip: Callable[[str], Ruling | None]) -> Ruling | None:
    """Return the ruling that the pattern of a new ended reason gives, or None where it has no pattern.

    `find_sip` gives the row of a SIP status. A provider's 4xx is a fault of set-up; its 5xx, overload or rate
    limit is transient only where the name proves that nobody was on the line.
    """
    name = code.strip().lower()
    if sip := _SIP.search(name):
        found = find_sip(sip[1])
        return _ruling(name, found.disposition, found.reached, found.why) if found else None
    status = _STATUS.search(name)
    if _BUSY.search(name) or (status and status[1] == "5"):
        return _provider_fault(name)
    return _set_up_fault(name) if status else None


def _provider_fault(name: str) -> Ruling:
    if name.startswith(_IN_CALL):
        why = "a provider failed in the middle of the call"
        return _ruling(name, Disposition.REACHED, "yes", why)
    if name.startswith(_BEFORE):
        return _ruling(name, Disposition.TRANSIENT, "no", "a provider failed before dialling")
    why = "a provider failed, and the name does not tell at which stage"
    return _ruling(name, Disposition.AMBIGUOUS, "maybe", why)


def _set_up_fault(name: str) -> Ruling:
    reached: Reached = "maybe"
    if name.startswith(_IN_CALL):
        reached = "yes"
    elif name.startswith(_BEFORE):
        reached = "no"
    return _ruling(name, Disposition.OPERATOR, reached, "a provider refused the request as it is set up")


def _ruling(name: str, disposition: Disposition, reached: Reached, why: str) -> Ruling:
    return Ruling(disposition, reached, "vapi", name, re.sub(r"[-_.]+", " ", name), why)
