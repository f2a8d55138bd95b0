"""Each way in which redials fail has the advice that mends it."""

import pytest

from models.enums import Disposition
from models.reasons.table import ReasonTable
from models.report.advice import EndedCall, Fault, advice_for, failure_of, questions, spoken

JUDGE = ReasonTable.packaged().look_up


def ended(kind: Disposition, code: str, count: int = 5) -> list[EndedCall]:
    """Return calls that ended alike, beside some that reached somebody."""
    return [EndedCall(kind, code, "because", fault=kind is Disposition.TRANSIENT)] * count


@pytest.mark.parametrize(
    ("kind", "code", "fault", "says", "never"),
    [
        (Disposition.OPERATOR, "q850:57", Fault.SET_UP, "--operator-fixed", "ait until"),
        (Disposition.OPERATOR, "sip:402", Fault.ACCOUNT, "balance", "ait until"),
        (Disposition.OPERATOR, "sip:608", Fault.CALLER_FLAGGED, "caller id", "ait until"),
        (Disposition.TRANSIENT, "q850:41", Fault.CARRIER, "wait until it has recovered", "repair"),
        (Disposition.PERMANENT, "sip:404", Fault.DEAD_NUMBERS, "by hand", "ait until"),
        (Disposition.DECLINED, "sip:603", Fault.REFUSED, "ask the carrier", "ait until"),
    ],
)
def test_a_failure_is_answered_by_what_failed(
    kind: Disposition, code: str, fault: Fault, says: str, never: str
) -> None:
    """A broken set-up is repaired, a sick carrier waited for, a dead number dialled by hand."""
    failure = failure_of(ended(kind, code), JUDGE)
    assert failure is not None
    assert failure.fault is fault
    assert failure.message == f"5 of 5 calls ended with {spoken(code)} (because)"
    assert says in advice_for(failure)
    assert never not in advice_for(failure)


def test_one_refused_balance_outweighs_what_is_more_frequent() -> None:
    """Nothing else can be mended before the account is."""
    calls = [*ended(Disposition.TRANSIENT, "sip:503", 4), *ended(Disposition.OPERATOR, "sip:402", 1)]
    failure = failure_of(calls, JUDGE)
    assert failure is not None
    assert (failure.fault, failure.count, failure.total) == (Fault.ACCOUNT, 1, 5)


def test_where_nothing_failed_nothing_is_blamed() -> None:
    """No answer, one who declined, and who was never dialled are no failure of anybody's."""
    calls = [
        *ended(Disposition.LATER, "sip:486", 2),
        *ended(Disposition.DECLINED, "sip:603", 1),
        *ended(Disposition.UNDELIVERED, "", 9),
    ]
    assert failure_of(calls, JUDGE) is None
    assert "recover again" in advice_for(None)


def test_engineering_is_asked_about_the_failure_and_about_those_not_called() -> None:
    """Nobody is asked to redial after a relaunch that was aborted."""
    asked = questions(failure_of(ended(Disposition.TRANSIENT, "q850:41"), JUDGE), "Give the package.", 97)
    assert asked == (
        "Say whether Q.850 41 is an outage of the carrier or of its trunk.",
        "Say when it is safe to call the 97 people who were not called.",
    )
    assert questions(None, "Stop the second job.", 3) == ("Stop the second job.",)
