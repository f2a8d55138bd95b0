"""Which row a reason asks for, where the code alone does not tell."""

import re

from models.platform import Reason
from models.reasons.index import Key, key

NETWORK_BLOCKED: Key = ("sip", "603+")
THROTTLED: Key = ("sip", "429+")

_BLOCKED_TEXT = re.compile(r"network[\s_-]*blocked|\bv=analytics", re.IGNORECASE)
_THROTTLED_TEXT = re.compile(
    r"too many|\brate\b|throttl|\blimit|\bcps\b|capacity|overload|congest", re.IGNORECASE
)


def identify(reason: Reason) -> Key:
    """Return the key of the row that a reason asks for.

    A 603, or the Q.850 21 beside it, that says "Network Blocked" is 603+: analytics blocked the caller id
    (ATIS-1000099). A SIP 429 means a missing referrer identity (RFC 3892); only its text makes it a throttle.
    """
    found = key(reason.system, reason.code)
    if found in {("sip", "603"), ("q850", "21")} and _BLOCKED_TEXT.search(reason.text):
        return NETWORK_BLOCKED
    if found == ("sip", "429") and _THROTTLED_TEXT.search(reason.text):
        return THROTTLED
    return found
