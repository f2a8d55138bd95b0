"""What the text beside a code says: it may name another code, a call limit, or a part of the set-up.

Carriers and gateways put their own status over the true one. What is read from a text is a guess: it decides
about one contact and never about a whole recovery.
"""

import re

from models.platform import Reason
from models.reasons.index import Key, key

CALL_LIMIT: Key = ("carrier.text", "call_limit")
MISSING_OBJECT: Key = ("carrier.text", "missing_object")
SEVERAL: Key = ("sip", "several in one text")
"""No row has this key: a text that names two statuses decides nothing."""

_OWN_ERRORS = frozenset({"elevenlabs.error", "elevenlabs.termination"})
_READ = _OWN_ERRORS | {"sip", "q850"}
_FIRM = frozenset({("sip", "607"), ("sip", "608")})

_INNER = re.compile(
    r"\bsip[\s_-]*(?:status|code|response|/2\.0)[\s:=]*(?:code[\s:=]*)?(\d{3})(?!\d)", re.IGNORECASE
)
_LINES = r"(?:calls|channels|sessions|lines)"
_LIMIT = re.compile(
    rf"\bcapacity\b|concurren|\bmax(?:imum)?[\s_-]*(?:number of )?(?:simultaneous |parallel )?{_LINES}"
    r"|\bcps\b|calls? per second|\b(?:call|channel|session|line|trunk)s?[\s_-]*limit"
    rf"|limit of {_LINES}|too many (?:simultaneous |parallel )?{_LINES}"
    r"|\b(?:channel|line|trunk|session)s? (?:are |is )?(?:all )?(?:busy|exhausted|in use)",
    re.IGNORECASE,
)
_PART = r"(?:(?:sip[\s_-]*)?trunk|object|agent|assistant|caller[\s_-]?id|phone[\s_-]?number[\s_-]?id)"
_GONE = r"(?:(?:not|cannot|could ?n[o']t) (?:be )?(?:found|exist)|does ?n[o']t exist|missing|unknown|deleted)"
_MISSING = re.compile(
    rf"\b{_PART}\b[^.;]{{0,60}}?\b{_GONE}|\b(?:no|missing|unknown)\b (?:\w+ ){{0,2}}{_PART}\b"
    rf"|\bnumber\b[^.;]{{0,20}}\b(?:id|phnum_\w+)\b[^.;]{{0,60}}?\b{_GONE}",
    re.IGNORECASE,
)
_QUOTA = re.compile(
    r"\bquota\b|\bcredits?\b|insufficient (?:funds|balance)|payment required|subscription|\bbilling\b",
    re.IGNORECASE,
)
_MODEL = re.compile(r"\bllm\b|\b(?:language )?model\b|\btts\b|\basr\b|\bvoice\b", re.IGNORECASE)
_TRANSPORT = re.compile(r"transport|web ?socket|media|stream|rtp|disconnect|connection", re.IGNORECASE)
_TWILIO = re.compile(r"(?:twilio|errors?(?:[\s_-]*code)?)[^\d]{0,20}(\d{5})(?!\d)", re.IGNORECASE)


def told_by_text(reason: Reason) -> Key | None:
    """Return the key that a reason's text asks for before its own code, or None where the code stands.

    A call limit goes first, then a missing part of the set-up, then the SIP status that a gateway's own
    status hides.
    """
    system, code = key(reason.system, reason.code)
    if system not in _READ or (system, code) in _FIRM or (system == "sip" and code[:1] in {"1", "2"}):
        return None
    if _LIMIT.search(reason.text):
        return CALL_LIMIT
    if _MISSING.search(reason.text):
        return MISSING_OBJECT
    return _inner_status(reason.text, (system, code))


def _inner_status(text: str, own: Key) -> Key | None:
    named = {found for found in _INNER.findall(text) if ("sip", found) != own}
    if len(named) > 1:
        return SEVERAL
    return ("sip", named.pop()) if named else None


def own_fault(reason: Reason) -> Key | None:
    """Return what kind of fault of its own a platform's error text tells of: quota, model or transport."""
    system, _ = key(reason.system, reason.code)
    if system not in _OWN_ERRORS:
        return None
    kinds = (("quota", _QUOTA), ("model", _MODEL), ("transport", _TRANSPORT))
    # A termination is a free sentence, and only the words on money are sure to mean the platform itself.
    sure = kinds if system == "elevenlabs.error" else kinds[:1]
    return next((("elevenlabs.error", name) for name, words in sure if words.search(reason.text)), None)


def carrier_code(reason: Reason) -> Key | None:
    """Return the carrier's own code that a text hands through, as a key of the tables, or None."""
    found = _TWILIO.search(reason.text)
    return ("twilio", found[1]) if found else None
