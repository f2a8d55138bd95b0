"""A carrier's word beside the platform's: it holds, or says more exactly why, and frees nobody."""

from itertools import product

import pytest

from models.carrier import OPEN, OVER, CarrierCall, carrier_call
from models.disposition.actions import action_for
from models.disposition.refine import Settled, contact_disposition, is_denied
from models.disposition.strictest import is_stricter
from models.enums import Action, ContactStatus, Disposition
from models.platform import Call, Contact, Reason
from models.reasons.table import ReasonTable

TABLE = ReasonTable.packaged()
NOT_DIALED, IN_DOUBT, LIVE, REACHED, NOT_REACHED, CANCELLED, UNKNOWN = ContactStatus
REASONS = {
    Disposition.TRANSIENT: Reason("sip", "503"),
    Disposition.LATER: Reason("sip", "486"),
    Disposition.PERMANENT: Reason("sip", "404"),
    Disposition.DECLINED: Reason("sip", "603"),
    Disposition.DO_NOT_CONTACT: Reason("sip", "607"),
    Disposition.OPERATOR: Reason("sip", "402"),
    Disposition.UNKNOWN: Reason("x", "y"),
    Disposition.AMBIGUOUS: Reason("retell", "error_unknown"),
}
"""A reason of each meaning, as the platform gives it for a call that reached nobody."""
AS_IT_IS = {kind: kind for kind in REASONS}
NEVER = frozenset({Disposition.PERMANENT, Disposition.DECLINED, Disposition.DO_NOT_CONTACT})
TALKED = CarrierCall("twilio", "completed", answered_by="human", seconds=40)
TRANSIENT, LATER, PERMANENT = Disposition.TRANSIENT, Disposition.LATER, Disposition.PERMANENT
AMBIGUOUS, IN_FLIGHT = Disposition.AMBIGUOUS, Disposition.IN_FLIGHT


def told(status: str, **more: object) -> CarrierCall:
    """Return a carrier's word."""
    return CarrierCall("twilio", status, **more)  # type: ignore[arg-type]


def settle(
    word: CarrierCall | None,
    *reasons: Reason,
    row: ContactStatus = NOT_REACHED,
    call: ContactStatus = NOT_REACHED,
    stuck: bool = True,
) -> Settled:
    """Return what a row with a call means, with and without the carrier's word."""
    contact = Contact("c1", "+61491570156", row, str(row), "k1")
    answered = True if call is REACHED else (False if call is NOT_REACHED else None)
    spoken = Call("k1", call, str(call), answered, reasons, carrier=word)
    return contact_disposition(contact, spoken, TABLE, job_is_over=True, stuck=stuck)


def test_the_reasons_mean_what_the_tables_here_say() -> None:
    """Each row of the tables below begins where it says that it does."""
    assert {kind: settle(None, reason).disposition for kind, reason in REASONS.items()} == {
        kind: kind for kind in REASONS
    }


@pytest.mark.parametrize(
    ("word", "found"),
    [
        (told("queued"), dict.fromkeys(REASONS, IN_FLIGHT)),
        (told("ringing"), dict.fromkeys(REASONS, IN_FLIGHT)),
        (told("in-progress"), dict.fromkeys(REASONS, IN_FLIGHT)),
        (TALKED, dict.fromkeys(REASONS, AMBIGUOUS)),
        (told("completed"), dict.fromkeys(REASONS, AMBIGUOUS)),
        (told("failed", answered_by="human"), dict.fromkeys(REASONS, AMBIGUOUS)),
        (told("no-answer", seconds=3), dict.fromkeys(REASONS, AMBIGUOUS)),
        (told("completed", answered_by="machine_start"), dict.fromkeys(REASONS, AMBIGUOUS)),
        (told("dissolved"), dict.fromkeys(REASONS, AMBIGUOUS)),
        (told("busy"), AS_IT_IS | {TRANSIENT: LATER}),
        (told("no-answer"), AS_IT_IS | {TRANSIENT: LATER}),
        (told("failed"), AS_IT_IS),
        (told("canceled"), AS_IT_IS),
    ],
    ids=lambda value: value.words if isinstance(value, CarrierCall) else "",
)
def test_each_status_means_one_thing_beside_each_word_of_the_platform(
    word: CarrierCall, found: dict[Disposition, Disposition]
) -> None:
    """Up is waited for, answered is held, busy is exact, and what is stricter already stays as it is."""
    expected = {kind: kind if kind in NEVER else meant for kind, meant in found.items()}
    assert {kind: settle(word, reason).disposition for kind, reason in REASONS.items()} == expected


def test_a_code_of_the_carriers_own_is_believed_where_it_is_stricter() -> None:
    """An error code beside a failed call says why: a dead number is not redialled, a passing fault may be."""
    dead, passing = told("failed", codes=("13226",)), told("failed", codes=("31503",))
    assert settle(dead, REASONS[TRANSIENT]).disposition is PERMANENT
    assert settle(passing, REASONS[TRANSIENT]).disposition is TRANSIENT
    assert settle(dead, REASONS[Disposition.DECLINED]).disposition is Disposition.DECLINED
    assert settle(told("failed", codes=("0",)), REASONS[TRANSIENT]).disposition is TRANSIENT
    assert settle(told("failed", codes=("31503", "13226")), REASONS[TRANSIENT]).disposition is PERMANENT


def test_a_code_that_may_stand_beside_an_answer_holds() -> None:
    """11200 is told once the call was answered, so no repair of the set-up makes a redial of it."""
    assert TABLE.look_up(Reason("twilio", "11200")).disposition is Disposition.OPERATOR
    assert settle(told("failed", codes=("11200",)), REASONS[TRANSIENT]).disposition is AMBIGUOUS


WORDS = [
    told(status, answered_by=who, seconds=seconds, codes=codes)
    for status, who, seconds, codes in product(
        [*sorted(OPEN | OVER), "dissolved"],
        ["", "human", "fax"],
        [None, 0, 40],
        [(), ("13224",), ("20003", "31503"), ("0",)],
    )
]


@pytest.mark.parametrize("row", list(ContactStatus))
@pytest.mark.parametrize("call", list(ContactStatus))
def test_no_word_of_the_carrier_ever_frees_anybody(row: ContactStatus, call: ContactStatus) -> None:
    """Whatever it says, a row means what it meant without it, or something that is stricter."""
    redials = 0
    for word, reason, stuck in product(WORDS, REASONS.values(), (True, False)):
        alone = settle(None, reason, row=row, call=call, stuck=stuck)
        beside = settle(word, reason, row=row, call=call, stuck=stuck)
        assert not is_stricter(alone.disposition, beside.disposition), (word, alone, beside)
        freed = _redials(beside) and not _redials(alone)
        assert not freed, (word, alone, beside)
        redials += _redials(alone) and not _redials(beside)
    assert redials > 0 or not any(_redials(settle(None, one, row=row, call=call)) for one in REASONS.values())


def _redials(settled: Settled) -> bool:
    return action_for(settled.disposition, redial_later=True) is Action.REDIAL


def test_the_exact_reason_stands_where_the_platforms_stood() -> None:
    """A line that was busy is shown as the carrier has it, and is no fault of the provider's."""
    alone, beside = settle(None, REASONS[TRANSIENT]), settle(told("busy"), REASONS[TRANSIENT])
    assert alone.is_fault
    assert not beside.is_fault
    assert beside.ruling is not None
    assert beside.ruling.label == "twilio.call:busy"
    assert beside.why == "the carrier says so: the line is busy"


def test_who_is_in_doubt_keeps_the_platforms_reason_and_hears_both() -> None:
    """The sample still counts the fault, and a person reads what each of both says."""
    found = settle(TALKED, REASONS[TRANSIENT])
    assert found.is_fault
    assert "the carrier that it was answered (completed, answered by human, 40 s)" in found.why


def test_a_completed_row_that_the_carrier_vouches_for_is_not_denied() -> None:
    """Its own call says that nobody answered and the carrier that somebody did: nobody is called again."""
    row = Contact("c1", "+61491570156", REACHED, "completed", "k1")
    silent = Call("k1", NOT_REACHED, "failed", answered=False)
    assert is_denied(row, silent)
    assert not is_denied(row, Call("k1", NOT_REACHED, "failed", answered=False, carrier=TALKED))
    assert is_denied(row, Call("k1", NOT_REACHED, "failed", answered=False, carrier=told("busy")))


def test_what_is_kept_comes_back_as_it_was_told() -> None:
    """The raw word is in the ledger: status, code, who took it, how long, and when."""
    for word in WORDS:
        assert carrier_call(word.as_json()) == word


def test_no_number_is_in_a_carriers_words() -> None:
    """Whatever it writes into a status, no digits of a phone are kept or shown."""
    odd = told("busy +61491570156", answered_by="0491 570 156", codes=("61491570156",))
    assert "570" not in f"{odd.words} {odd.as_json()}"
