"""How one dial can end: what the person experienced, and what the platform's records say of it.

SIP codes are those of RFC 3261, the Q.850 pairs those of RFC 3398 section 7.2.4.1, "603 Network Blocked"
is the caller-analytics refusal of ATIS-1000099, 607 is RFC 8197 and 608 is RFC 8688.
"""

from dataclasses import dataclass, replace
from functools import partial

from models.enums import Disposition

OK = 200
_MEDIA_LOST = (1011, "Agent media stream lost")
_REDRESS = "v=analytics1;url=https://redress.example.com/;tel=+18005550199"


@dataclass(frozen=True, slots=True)
class Outcome:
    """One way for a dial to end; `ring` and `talk` are medians in platform seconds."""

    key: str
    disposition: Disposition
    sip: int
    phrase: str
    cause: int | None = None
    cause_text: str = ""
    row: str = "failed"
    ending: str = ""
    error: tuple[int, str] | None = None
    ring: float = 1.0
    talk: float = 0.0
    location: str = ""
    blind: str = ""
    """What the carrier says of the person where the platform's own record shows a failed call."""

    @property
    def answered(self) -> bool:
        """Tell whether the line was picked up, by a person or by a machine."""
        return self.sip == OK or bool(self.blind)

    @property
    def result(self) -> str:
        """Return the carrier's word for how the person was reached: the format's call_result."""
        return self.blind or _RESULTS.get(self.key, "answered" if self.answered else "failed")

    @property
    def reason(self) -> str:
        """Return the Reason header of the final SIP response (RFC 6432), empty without a cause."""
        if self.cause is None:
            return ""
        location = f";location={self.location}" if self.location else ""
        return f'Q.850;cause={self.cause};text="{self.cause_text}"{location}'


def _answered(key: str, row: str, ending: str, *, ring: float, talk: float) -> Outcome:
    return Outcome(
        key, Disposition.REACHED, OK, "OK", 16, "Normal call clearing", row, ending, ring=ring, talk=talk
    )


def _refused(
    what: Disposition, key: str, final: tuple[int, str], q850: tuple[int, str] | None, ring: float = 1.0
) -> Outcome:
    sip, phrase = final
    cause, text = q850 or (None, "")
    ending = f"call failed to connect: {sip} {phrase}"
    return Outcome(key, what, sip, phrase, cause, text, ending=ending, error=final, ring=ring)


_LATER, _TRANSIENT = partial(_refused, Disposition.LATER), partial(_refused, Disposition.TRANSIENT)
_PERMANENT, _OPERATOR = partial(_refused, Disposition.PERMANENT), partial(_refused, Disposition.OPERATOR)
_REJECTED, _NO_ANSWER = (21, "Call rejected"), (19, "No answer from user")
_DOWN, _FAULT = (38, "Network out of order"), (41, "Temporary failure")
_FULL = (42, "Switching equipment congestion")
_UNAVAILABLE = (503, "Service Unavailable")

_MIDCALL = Outcome(
    "midcall", Disposition.REACHED, OK, "OK", *_FAULT, "failed",
    "call ended unexpectedly: Agent media stream lost", _MEDIA_LOST, 6.0, 9.0,
)  # fmt: skip

_RESULTS = {"voicemail": "voicemail", "busy": "busy", "no_answer": "no_answer", "ring_timeout": "no_answer"}


def _blind(key: str, result: str, talk: float) -> Outcome:
    """Return an end that reads as refused although the line was picked up."""
    told = _refused(Disposition.REACHED, key, _UNAVAILABLE, _FAULT, 6.0)
    return replace(told, blind=result, talk=talk)


_ALL = (
    _answered("answered", "completed", "Client ended call", ring=6.0, talk=19.0),
    _answered("voicemail", "voicemail", "voicemail_detection tool was called", ring=18.0, talk=8.0),
    _MIDCALL,
    _LATER("busy", (486, "Busy Here"), (17, "User busy"), 2.0),
    _LATER("no_answer", (480, "Temporarily Unavailable"), _NO_ANSWER, 28.0),
    _LATER("ring_timeout", (487, "Request Terminated"), _NO_ANSWER, 60.0),
    _refused(Disposition.DECLINED, "declined", (603, "Decline"), _REJECTED, 7.0),
    _refused(Disposition.DO_NOT_CONTACT, "unwanted", (607, "Unwanted"), None, 5.0),
    _TRANSIENT("unavailable_503", _UNAVAILABLE, _FAULT),
    _TRANSIENT("congested_503", _UNAVAILABLE, _FULL),
    _TRANSIENT("outage_503", _UNAVAILABLE, _DOWN),
    _TRANSIENT("timeout_504", (504, "Server Time-out"), (102, "Recovery on timer expiry"), 4.0),
    _TRANSIENT("fault_500", (500, "Server Internal Error"), _FAULT),
    _PERMANENT("invalid_404", (404, "Not Found"), (1, "Unallocated (unassigned) number")),
    _PERMANENT("incomplete_484", (484, "Address Incomplete"), (28, "Invalid number format")),
    _OPERATOR("caller_id_403", (403, "Caller ID Not Allowed"), (52, "Outgoing calls barred")),
    _OPERATOR("geo_403", (403, "Geo Permission Denied"), (57, "Bearer capability not authorized")),
    _OPERATOR("balance_402", (402, "Payment Required"), None),
    replace(_OPERATOR("blocked_603", (603, "Network Blocked"), (21, _REDRESS)), location="LN"),
    _OPERATOR("rejected_608", (608, "Rejected"), _REJECTED),
    _blind("answered_503", "answered", 19.0),
    _blind("voicemail_503", "voicemail", 8.0),
    Outcome("unexplained", Disposition.UNKNOWN, 0, ""),
)
OUTCOMES = {outcome.key: outcome for outcome in _ALL}
