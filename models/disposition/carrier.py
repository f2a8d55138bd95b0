"""What a carrier's word of a call adds to the platform's: it may only hold, or say more exactly why.

The carrier sits nearer to the phone than the platform. Whom the platform calls failed and the carrier
answered is in doubt; a call that the carrier still has is waited for. Busy and no answer are the exact
reason of a call that the platform calls failed. Who is held for want of proof stays held, whatever it says.
"""

from dataclasses import dataclass

from models.carrier import CarrierCall
from models.enums import Disposition
from models.platform import Reason
from models.reasons.ruling import Ruling
from models.reasons.table import ReasonTable

STATUS = "twilio.call"
"""The reason table of a carrier's statuses."""
CODE = "twilio"
"""The reason table of a carrier's own error codes."""
EXACT = frozenset({"busy", "no-answer"})
"""Statuses that are a reason by themselves."""
SILENT = frozenset({"failed", "canceled"})
"""Statuses that say no more than that nobody answered: the platform's reason, or codes, say why."""


@dataclass(frozen=True, slots=True)
class CarrierWord:
    """What the carrier's word means by itself; `ruling` is None where it is no reason of its own."""

    disposition: Disposition
    ruling: Ruling | None
    why: str


def word_of(told: CarrierCall, table: ReasonTable) -> CarrierWord | None:
    """Return what a carrier's word means, None where it adds nothing to the platform's."""
    if told.is_open:
        why = f"the carrier still has the call ({told.words}), so it has to land first"
        return CarrierWord(Disposition.IN_FLIGHT, None, why)
    if told.was_answered:
        why = f"the platform says that the call failed, and the carrier that it was answered ({told.words})"
        return CarrierWord(Disposition.AMBIGUOUS, None, why)
    if told.status not in EXACT | SILENT:
        why = f"the carrier tells a status that nobody has documented ({told.words})"
        return CarrierWord(Disposition.AMBIGUOUS, None, why)
    if told.codes and (coded := table.rule([Reason(CODE, code) for code in told.codes])).known:
        return _reason(coded)
    return _reason(table.look_up(Reason(STATUS, told.status))) if told.status in EXACT else None


def _reason(ruling: Ruling) -> CarrierWord:
    # A reason that may stand beside an answer is no proof that there was none.
    sure = ruling.reached == "no"
    disposition = ruling.disposition if sure else Disposition.AMBIGUOUS
    return CarrierWord(disposition, ruling, f"the carrier says so: {ruling.why}")
