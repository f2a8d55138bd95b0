"""From a contact's row, its call and the reasons to one disposition, alike for every platform."""

from collections.abc import Callable
from dataclasses import dataclass

from models.disposition.actions import why_for
from models.disposition.carrier import word_of
from models.disposition.strictest import is_stricter
from models.enums import ContactStatus, Disposition
from models.platform import Call, Contact, Reason
from models.reasons.kinds import is_callback, is_mid_call_fault, is_platform_fault
from models.reasons.precedence import STATUS_SYSTEMS
from models.reasons.ruling import REDIALS, Ruling
from models.reasons.table import ReasonTable

_UNDECIDED = frozenset({Disposition.AMBIGUOUS, Disposition.IN_FLIGHT, Disposition.UNKNOWN})
ANSWERED = frozenset({"answered", "voicemail"})
"""Results of a call by which the person, or a machine in their place, took it."""
KILLED_WITHIN = 20
"""Seconds: a call that the platform's own fault ends sooner was no conversation."""
_UNANSWERED = frozenset({"busy", "no_answer"})
_RESULTS = ANSWERED | _UNANSWERED | {"failed"}
_VAGUE = frozenset(
    {Disposition.AMBIGUOUS, Disposition.UNKNOWN, Disposition.TRANSIENT, Disposition.UNDELIVERED}
)
"""What busy and no answer, told by the carrier, know better; everything else is stricter and holds."""
_OPEN_CALLS = {
    ContactStatus.IN_DOUBT: "the row says failed while its call is still being set up",
    ContactStatus.UNKNOWN: "the row says failed, and what became of its call cannot be read",
}
_UNPROVED = "the row was cancelled, and nothing proves that it was never dialled"


@dataclass(frozen=True, slots=True)
class Settled:
    """What a contact's past means; `ruling` is the reason it was read from, None where none was needed."""

    disposition: Disposition
    ruling: Ruling | None
    why: str

    @property
    def is_fault(self) -> bool:
        """Tell whether the platform, a provider or the set-up failed, also where the person was reached."""
        faults = {Disposition.TRANSIENT, Disposition.OPERATOR}
        if self.disposition in faults:
            return True
        ruling = self.ruling
        return ruling is not None and (ruling.disposition in faults or is_mid_call_fault(ruling))


@dataclass(frozen=True, slots=True)
class _Case:
    contact: Contact
    call: Call | None
    table: ReasonTable
    job_is_over: bool
    stuck: bool
    before: Contact | None

    @property
    def names_a_call(self) -> bool:
        return self.call is not None or bool(self.contact.call_id)

    @property
    def ruling(self) -> Ruling:
        return self.table.rule((*(self.call.reasons if self.call else ()), *self.contact.reasons))


def contact_disposition(
    contact: Contact,
    call: Call | None,
    table: ReasonTable,
    *,
    job_is_over: bool,
    stuck: bool,
    before: Contact | None = None,
) -> Settled:
    """Return what one row means for redialling; what cannot be proved is held.

    `stuck` is True where the row has not moved for longer than the policy's stall. `before` is the same row
    in a snapshot from before the job was cancelled, since some platforms overwrite every row on cancel.
    """
    case = _Case(contact, call, table, job_is_over, stuck, before)
    return _as_the_carrier_says(case, _RULES[contact.status](case))


def _as_the_carrier_says(case: _Case, settled: Settled) -> Settled:
    """Return what a row means with the carrier's word beside the platform's: the stricter of both."""
    told = case.call.carrier if case.call else None
    word = word_of(told, case.table) if told else None
    if word and is_stricter(word.disposition, settled.disposition):
        return Settled(word.disposition, word.ruling or settled.ruling, word.why)
    if told and told.was_taken and settled.disposition is Disposition.AMBIGUOUS:
        heard = f"{settled.why}; the carrier says that the call was answered ({told.words})"
        return Settled(settled.disposition, settled.ruling, heard)
    return settled


def _not_dialed(case: _Case) -> Settled:
    if seen := _seen_on_call(case):
        return seen
    if case.call and case.call.status.is_over and not case.contact.call_id:
        return _by_reasons(case)  # found among the job's calls: the row has only not heard of it
    if case.names_a_call:
        return _say(Disposition.AMBIGUOUS, "the row says not dialled and yet names a call")
    if case.job_is_over:
        return _say(Disposition.UNDELIVERED, "the job ended without dialling the row")
    return _say(Disposition.UNDELIVERED)


def _in_the_air(case: _Case) -> Settled:
    if not case.stuck:
        return _say(Disposition.IN_FLIGHT)
    if seen := _seen_on_call(case):
        return seen
    if case.call is not None and case.call.status.is_over:
        return _by_reasons(case)
    return _say(Disposition.AMBIGUOUS, "the row was handed over, does not move, and no call tells its end")


def _reached(case: _Case) -> Settled:
    if case.call is not None and is_denied(case.contact, case.call):
        return _by_reasons(case)
    return _seen_on_call(case) or _asked(case) or _say(Disposition.REACHED, ruling=_known(case))


def is_denied(contact: Contact, call: Call) -> bool:
    """Tell whether a row says that the person was reached and its own call says that nobody answered."""
    if contact.status is not ContactStatus.REACHED or call.status is not ContactStatus.NOT_REACHED:
        return False
    return not (was_answered(call) or (call.carrier and call.carrier.was_answered))


def was_answered(call: Call) -> bool:
    """Tell whether anything that the platform says of a call tells that it was taken; one word is enough."""
    return call.result in ANSWERED or bool(call.answered) or (call.seconds or 0) > 0


def leaves_open(call: Call, row: Contact | None, table: ReasonTable) -> bool:
    """Tell whether the carrier's word could hold somebody whom the platform's of call and row does not."""
    if call.status in {ContactStatus.REACHED, ContactStatus.LIVE} or was_answered(call):
        return False
    told = table.rule((*call.reasons, *(row.reasons if row else ())))
    return not is_stricter(told.disposition, Disposition.IN_FLIGHT)


def _not_reached(case: _Case) -> Settled:
    if seen := _seen_on_call(case):
        return seen
    words = _OPEN_CALLS.get(case.call.status) if case.call is not None else None
    if words and not case.stuck:
        return _say(Disposition.IN_FLIGHT, words)
    if case.call is not None and case.call.status is ContactStatus.UNKNOWN:
        return _say(Disposition.AMBIGUOUS, words or "")
    return _by_reasons(case)


def _cancelled(case: _Case) -> Settled:
    if seen := _seen_on_call(case):
        return seen
    if _known(case):
        settled = _by_reasons(case)
        if settled.disposition not in _UNDECIDED:
            return settled
    if case.names_a_call or case.before is None:
        return _say(Disposition.AMBIGUOUS, _UNPROVED)
    return _from_before(case, case.before)


def _from_before(case: _Case, before: Contact) -> Settled:
    if before.status is ContactStatus.NOT_DIALED and not before.call_id:
        return _say(Disposition.UNDELIVERED, "the row was not dialled when the job was cancelled")
    if before.status in {ContactStatus.CANCELLED, ContactStatus.UNKNOWN}:
        return _say(Disposition.AMBIGUOUS, _UNPROVED)
    return contact_disposition(before, None, case.table, job_is_over=case.job_is_over, stuck=True)


def _unknown(case: _Case) -> Settled:
    why = case.contact.problem or "the platform shows a status that nobody knows"
    return _seen_on_call(case) or _say(Disposition.UNKNOWN, why)


_RULES: dict[ContactStatus, Callable[[_Case], Settled]] = {
    ContactStatus.NOT_DIALED: _not_dialed,
    ContactStatus.IN_DOUBT: _in_the_air,
    ContactStatus.LIVE: _in_the_air,
    ContactStatus.REACHED: _reached,
    ContactStatus.NOT_REACHED: _not_reached,
    ContactStatus.CANCELLED: _cancelled,
    ContactStatus.UNKNOWN: _unknown,
}


def _seen_on_call(case: _Case) -> Settled | None:
    call = case.call
    if call is None:
        return None
    if call.status is ContactStatus.LIVE:
        return _say(Disposition.IN_FLIGHT, "the person is on the line")
    if call.status is ContactStatus.REACHED or was_answered(call):
        return _asked(case) or _killed(case, call) or _answered(case)
    return None


def _answered(case: _Case) -> Settled:
    return _say(Disposition.REACHED, "the call was answered, so nobody calls again", _known(case))


def _asked(case: _Case) -> Settled | None:
    """Return what the person asked for in the call, which weighs more than that there was one."""
    ruling = case.ruling
    if ruling.disposition is Disposition.DO_NOT_CONTACT or is_callback(ruling):
        return Settled(ruling.disposition, ruling, ruling.why)
    return None


def _killed(case: _Case, call: Call) -> Settled | None:
    ruling, seconds = case.ruling, call.seconds
    if call.result == "voicemail" or seconds is None or seconds > KILLED_WITHIN:
        return None
    if not is_platform_fault(ruling):
        return None
    why = f"the platform ended the call after {seconds} s by a fault of its own: {ruling.why}"
    return Settled(Disposition.AMBIGUOUS, ruling, why)


def _by_reasons(case: _Case) -> Settled:
    ruling = case.ruling
    disposition = _as_far_as_proved(ruling, case)
    result = case.call.result if case.call else None
    if result and result not in _RESULTS and disposition in REDIALS:
        why = "the carrier tells a result of the call that nobody has documented"
        return Settled(Disposition.AMBIGUOUS, ruling, why)
    if result in _UNANSWERED and disposition in _VAGUE and ruling.reached != "yes":
        told = case.table.look_up(Reason("call_result", str(result)))
        return Settled(told.disposition, told, told.why)
    return Settled(disposition, ruling, ruling.why)


def _as_far_as_proved(ruling: Ruling, case: _Case) -> Disposition:
    found = ruling.disposition
    unanswered = case.call is not None and case.call.answered is False
    if ruling.reached == "yes" and (found is Disposition.OPERATOR or found in REDIALS):
        return Disposition.REACHED
    # What a person repairs is redialled afterwards: that must not include somebody who may have picked up.
    if found is Disposition.OPERATOR and ruling.reached == "maybe" and not unanswered:
        return Disposition.AMBIGUOUS
    if found is Disposition.IN_FLIGHT and case.stuck:
        return Disposition.AMBIGUOUS
    status_alone = ruling.system in STATUS_SYSTEMS and case.call is None and case.contact.call_id
    return Disposition.AMBIGUOUS if found in REDIALS and status_alone else found


def _known(case: _Case) -> Ruling | None:
    ruling = case.ruling
    return ruling if ruling.known else None


def _say(disposition: Disposition, why: str = "", ruling: Ruling | None = None) -> Settled:
    return Settled(disposition, ruling, why or why_for(disposition))
