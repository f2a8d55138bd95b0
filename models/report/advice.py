"""What to do after calls that failed: by what failed, not by that something did."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from models.enums import Disposition
from models.platform import Reason
from models.reasons.kinds import is_auth_or_balance, is_caller_flagged, is_platform_fault
from models.reasons.refusals import REFUSALS, is_wall
from models.reasons.ruling import GUESS, Ruling

CAUSES_ACCOUNT = frozenset({"sip:402", "sip:401", "sip:407"})
"""Codes of which one is enough: the key, the credentials or the balance are refused."""

_SYSTEMS = {"sip": "SIP", "q850": "Q.850", "twilio": "Twilio", "plivo": "Plivo", "telnyx": "Telnyx"}


class Fault(StrEnum):
    """Who or what failed, and so who can mend it."""

    ACCOUNT = "account"
    CALLER_FLAGGED = "caller_flagged"
    SET_UP = "set_up"
    REFUSED = "refused"
    DEAD_NUMBERS = "dead_numbers"
    PLATFORM = "platform"
    CARRIER = "carrier"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class EndedCall:
    """One redial that has ended; `fault` where platform, provider or set-up failed."""

    disposition: Disposition
    code: str
    why: str
    fault: bool = False


@dataclass(frozen=True, slots=True)
class Failure:
    """The reason that stands out among calls that ended: `count` of `total` ended with it."""

    fault: Fault
    code: str
    why: str
    count: int
    total: int

    @property
    def message(self) -> str:
        """Say how many calls ended with what."""
        if not self.code:
            return f"{self.count} of {self.total} calls ended without a reason that the platform tells"
        reason = f" ({self.why})" if self.why else ""
        return f"{self.count} of {self.total} calls ended with {spoken(self.code)}{reason}"


Judge = Callable[[Reason], Ruling]
"""Returns what one reason means, as `models.reasons.table.ReasonTable.look_up` does."""


def spoken(code: str) -> str:
    """Return a code as people say it: `q850:41` is Q.850 41."""
    system, _, bare = code.removesuffix(GUESS).rpartition(":")
    name = _SYSTEMS.get(system, system)
    return f"{name} {bare}".strip() or "no code"


def failure_of(ended: Iterable[EndedCall], judge: Judge) -> Failure | None:
    """Return what stands out among ended calls, the account's fault before any other; None if none failed."""
    calls = [one for one in ended if one.disposition is not Disposition.UNDELIVERED]
    refused = Counter(one.code for one in calls if one.disposition in REFUSALS)
    walls = {code for code, count in refused.items() if is_wall(count, len(calls))}
    failed = [one for one in calls if _is_failure(one, walls)]
    if not failed:
        return None
    account = [one for one in failed if _fault(one, judge) is Fault.ACCOUNT]
    counted = Counter(one.code for one in account or failed)
    code, count = max(counted.items(), key=lambda item: (item[1], item[0]))
    first = next(one for one in account or failed if one.code == code)
    return Failure(_fault(first, judge), code if code.strip(":") else "", first.why, count, len(calls))


def _is_failure(one: EndedCall, walls: set[str]) -> bool:
    bad = {Disposition.TRANSIENT, Disposition.OPERATOR, Disposition.PERMANENT}
    return one.fault or one.disposition in bad or (one.disposition in REFUSALS and one.code in walls)


def _fault(one: EndedCall, judge: Judge) -> Fault:
    system, _, code = one.code.removesuffix(GUESS).rpartition(":")
    ruling = judge(Reason(system, code))
    if one.code in CAUSES_ACCOUNT or is_auth_or_balance(ruling):
        return Fault.ACCOUNT
    if is_caller_flagged(ruling):
        return Fault.CALLER_FLAGGED
    if is_platform_fault(ruling):
        return Fault.PLATFORM
    return _FAULTS.get(one.disposition, Fault.UNKNOWN)


_FAULTS: Mapping[Disposition, Fault] = {
    Disposition.OPERATOR: Fault.SET_UP,
    Disposition.PERMANENT: Fault.DEAD_NUMBERS,
    Disposition.TRANSIENT: Fault.CARRIER,
    Disposition.DECLINED: Fault.REFUSED,
    Disposition.DO_NOT_CONTACT: Fault.REFUSED,
}


_FIXED = "then run recover again with --operator-fixed."
_ADVICE: Mapping[Fault, str] = {
    Fault.ACCOUNT: "The key, the credentials or the balance were refused: put that right at the platform or "
    f"the carrier, test it with one call of your own, {_FIXED}",
    Fault.CALLER_FLAGGED: "The caller id is blocked: register the number and ask the carrier named in the "
    "call records for redress. Whom it blocked is not retried under this caller id: call them in a new job "
    "once it is cleared.",
    Fault.SET_UP: "The set-up is still not repaired, and waiting does not help: repair what the reason "
    f"names, test it with one call of your own, {_FIXED}",
    Fault.REFUSED: "Nearly everybody was answered alike, so it is the network's answer: ask the carrier what "
    f"it means, test the set-up with one call of your own, {_FIXED}",
    Fault.DEAD_NUMBERS: "Dial one of these numbers by hand. If it rings, have the trunk's route and the way "
    "numbers are written put right; if not, correct that part of the upload. Then run recover again: whom "
    "this hit is not called again.",
    Fault.PLATFORM: "The platform ended calls by a fault of its own: report it to the platform's support, "
    "and run recover again once it is repaired.",
    Fault.CARRIER: "The provider still fails: ask the carrier about it, wait until it has recovered, then "
    "run recover again.",
    Fault.UNKNOWN: "Look at the calls on the platform; run recover again once they are understood.",
}


def advice_for(failure: Failure | None) -> str:
    """Return what a person does about a failure, beginning with what was seen."""
    if failure is None:
        return _ADVICE[Fault.UNKNOWN]
    return f"{failure.message}. {_ADVICE[failure.fault]}"


_ASKED: Mapping[Fault, str] = {
    Fault.ACCOUNT: "Say which key, credentials or balance were refused, and when that is put right.",
    Fault.CALLER_FLAGGED: "Say who has blocked the caller id, and what lifts the block.",
    Fault.SET_UP: "Say what of the set-up causes {code}, and when it is repaired.",
    Fault.REFUSED: "Say what the network means by {code}, given to nearly everybody.",
    Fault.DEAD_NUMBERS: "Say whether {code} means dead numbers here, or how they are dialled.",
    Fault.PLATFORM: "Say what ends calls with {code} on the platform, and since when.",
    Fault.CARRIER: "Say whether {code} is an outage of the carrier or of its trunk.",
    Fault.UNKNOWN: "Say why these calls ended as they did: api_samples holds some.",
}


def questions(failure: Failure | None, next_action: str, left: int) -> tuple[str, ...]:
    """Return what is asked of an engineer: about the failure, and about the `left` who were not called."""
    asked = [] if failure is None else [_ASKED[failure.fault].format(code=spoken(failure.code))]
    if failure is None and next_action:
        asked = [next_action]
    if failure is not None and left:
        people = "1 person who was" if left == 1 else f"{left:,} people who were"
        asked.append(f"Say when it is safe to call the {people} not called.")
    return tuple(asked)
