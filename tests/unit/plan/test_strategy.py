"""Every contact gets one disposition and one action, and the person behind a number is one."""

from collections.abc import Sequence
from typing import Any

import pytest

from models.disposition.strategy import Judged
from models.disposition.strictest import STRICTEST
from models.enums import Action, ContactStatus, Disposition
from models.platform import Contact, Reason
from models.triage.observation import Attempt
from tests.unit.look_example import (
    BUSY,
    DECLINED,
    FLAGGED,
    JUST_NOW,
    NO_BALANCE,
    NO_SUCH_NUMBER,
    OUTAGE,
    POLICY,
    STRANGE,
    call,
    evidence,
    job,
    judge,
    phone,
    policy,
    row,
)

NOT_DIALED, IN_DOUBT, LIVE, REACHED, NOT_REACHED, CANCELLED, UNKNOWN = ContactStatus
D, A = Disposition, Action


def verdict(one: Judged) -> tuple[Disposition, Action]:
    """Return what was decided."""
    return one.disposition, one.action


@pytest.mark.parametrize(
    ("contact", "expected"),
    [
        (row(1, NOT_DIALED), (D.UNDELIVERED, A.REDIAL)),
        (row(1, IN_DOUBT), (D.AMBIGUOUS, A.HOLD)),
        (row(1, IN_DOUBT, updated_at=JUST_NOW), (D.IN_FLIGHT, A.WAIT)),
        (row(1, LIVE, updated_at=JUST_NOW), (D.IN_FLIGHT, A.WAIT)),
        (row(1, IN_DOUBT, updated_at=None), (D.IN_FLIGHT, A.WAIT)),
        (row(1, REACHED), (D.REACHED, A.DROP)),
        (row(1, NOT_REACHED, OUTAGE), (D.TRANSIENT, A.REDIAL)),
        (row(1, NOT_REACHED, BUSY), (D.LATER, A.DROP)),
        (row(1, NOT_REACHED, NO_SUCH_NUMBER), (D.PERMANENT, A.DROP)),
        (row(1, NOT_REACHED, DECLINED), (D.DECLINED, A.DROP)),
        (row(1, NOT_REACHED, NO_BALANCE), (D.OPERATOR, A.HOLD)),
        (row(1, NOT_REACHED, STRANGE), (D.UNKNOWN, A.HOLD)),
        (row(1, NOT_REACHED), (D.UNKNOWN, A.HOLD)),
        (row(1, CANCELLED), (D.AMBIGUOUS, A.HOLD)),
        (row(1, UNKNOWN), (D.UNKNOWN, A.HOLD)),
        (row(1, NOT_DIALED, number=None), (D.UNKNOWN, A.HOLD)),
        (row(1, NOT_DIALED, number=" "), (D.MALFORMED, A.DROP)),
        (row(1, NOT_DIALED, number="12"), (D.MALFORMED, A.DROP)),
        (row(1, REACHED, number="12"), (D.MALFORMED, A.DROP)),
    ],
)
def test_a_row_alone_has_one_action(contact: Contact, expected: tuple[Disposition, Action]) -> None:
    """What the platform shows of one row decides what the plan does with it."""
    (one,) = judge([contact])
    assert verdict(one) == expected
    assert one.why


def test_later_is_redialled_if_the_policy_asks() -> None:
    """Busy and no answer are another try only where a person has set redial_later."""
    contact = row(1, NOT_REACHED, BUSY)
    assert judge([contact])[0].action is A.DROP
    assert judge([contact], chosen=policy(redial_later=True))[0].action is A.REDIAL


def test_a_fault_of_set_up_is_held_until_a_person_has_repaired_it() -> None:
    """With the word that it is fixed, and only then, those it failed are redialled."""
    contact = row(1, NOT_REACHED, NO_BALANCE)
    assert judge([contact], evidence())[0].action is A.HOLD
    assert judge([contact], evidence(fixed=True))[0].action is A.REDIAL


def test_a_repair_redials_nobody_else() -> None:
    """The word that the set-up is fixed frees no unknown, ambiguous, permanent or reached contact."""
    others = [
        row(1, UNKNOWN),
        row(2, IN_DOUBT),
        row(3, NOT_REACHED, NO_SUCH_NUMBER),
        row(4, REACHED),
        row(5, NOT_REACHED, STRANGE),
    ]
    assert not [one for one in judge(others, evidence(fixed=True)) if one.action is A.REDIAL]


def test_a_flagged_caller_is_told_apart() -> None:
    """A number that carriers flag is an operator's matter of its own kind."""
    assert judge([row(1, NOT_REACHED, FLAGGED)])[0].caller_flagged
    assert not judge([row(1, NOT_REACHED, NO_BALANCE)])[0].caller_flagged


def test_the_call_is_believed_over_the_row() -> None:
    """A row that says failed whose call was answered has reached its person."""
    contact = row(1, NOT_REACHED, OUTAGE, call_id="k1")
    (one,) = judge([contact], evidence([call(contact, NOT_REACHED, OUTAGE, answered=True)]))
    assert verdict(one) == (D.REACHED, A.DROP)


def test_a_cancelled_row_is_judged_by_how_it_stood_before() -> None:
    """What a cancel overwrote is read from the snapshot before it; without one the row is held."""
    contact = row(1, CANCELLED)
    assert judge([contact])[0].action is A.HOLD
    assert verdict(judge([contact], evidence(before={"c1": row(1, NOT_DIALED)}))[0]) == (
        D.UNDELIVERED,
        A.REDIAL,
    )
    assert judge([contact], evidence(before={"c1": row(1, REACHED)}))[0].disposition is D.REACHED


def test_a_suppressed_number_is_dropped_whatever_its_row_says() -> None:
    """The suppression list goes before every other rule."""
    (one,) = judge([row(1, NOT_DIALED)], evidence(suppressed=frozenset({phone(1)})))
    assert verdict(one) == (D.DO_NOT_CONTACT, A.DROP)
    assert "suppression list" in one.why


def elsewhere(status: ContactStatus, *reasons: Reason, **fields: Any) -> Attempt:
    """Return what another job did to the person of row 1."""
    known = {name: fields.pop(name) for name in ("ours", "known", "over") if name in fields}
    contact = row(1, status, *reasons, id="other", **fields)
    return Attempt("job-2", contact, **{"ours": False, **known})


@pytest.mark.parametrize(
    ("attempt", "expected"),
    [
        (elsewhere(REACHED), (D.REACHED, A.DROP)),
        (elsewhere(LIVE, updated_at=JUST_NOW), (D.IN_FLIGHT, A.WAIT)),
        (elsewhere(IN_DOUBT), (D.AMBIGUOUS, A.HOLD)),
        (elsewhere(UNKNOWN), (D.UNKNOWN, A.HOLD)),
        (elsewhere(NOT_REACHED, STRANGE), (D.UNKNOWN, A.HOLD)),
        (elsewhere(NOT_REACHED, DECLINED), (D.DECLINED, A.DROP)),
        (elsewhere(NOT_REACHED, NO_SUCH_NUMBER), (D.PERMANENT, A.DROP)),
        (elsewhere(NOT_REACHED, OUTAGE), (D.TRANSIENT, A.REDIAL)),
        (elsewhere(CANCELLED), (D.AMBIGUOUS, A.HOLD)),
        (elsewhere(NOT_DIALED, call_id="k9"), (D.AMBIGUOUS, A.HOLD)),
        (elsewhere(NOT_DIALED), (D.AMBIGUOUS, A.HOLD)),
        (elsewhere(NOT_DIALED, over=True), (D.AMBIGUOUS, A.HOLD)),
        (elsewhere(NOT_DIALED, ours=True), (D.AMBIGUOUS, A.HOLD)),
        (elsewhere(NOT_DIALED, ours=True, over=True), (D.UNDELIVERED, A.REDIAL)),
        (elsewhere(NOT_REACHED, ours=True, known=D.REACHED), (D.REACHED, A.DROP)),
        (elsewhere(NOT_REACHED, ours=True, known=D.AMBIGUOUS), (D.AMBIGUOUS, A.HOLD)),
        (elsewhere(NOT_DIALED, ours=True, known=D.UNDELIVERED), (D.UNDELIVERED, A.REDIAL)),
    ],
)
def test_what_another_job_did_counts(attempt: Attempt, expected: tuple[Disposition, Action]) -> None:
    """A person whom another job reached, may have reached, or may still call is not redialled by this one."""
    (one,) = judge([row(1, NOT_DIALED)], attempts={phone(1): (attempt,)})
    assert verdict(one) == expected


def test_an_attempt_on_another_number_says_nothing() -> None:
    """Attempts are matched by number, and a row without a number matches none."""
    found = judge(
        [row(1, NOT_DIALED), row(2, NOT_DIALED, number=None)],
        attempts={phone(9): (elsewhere(REACHED),), "": (elsewhere(REACHED),)},
    )
    assert [one.action for one in found] == [A.REDIAL, A.HOLD]
    assert found[1].attempts == 0


@pytest.mark.parametrize(
    ("first", "second", "fixed", "expected"),
    [
        (row(1, NOT_REACHED, NO_BALANCE), elsewhere(UNKNOWN), True, A.HOLD),
        (row(1, UNKNOWN), elsewhere(NOT_REACHED, NO_BALANCE), True, A.HOLD),
        (row(1, NOT_REACHED, NO_BALANCE), elsewhere(NOT_REACHED, OUTAGE), True, A.REDIAL),
        (row(1, NOT_REACHED, OUTAGE), elsewhere(NOT_REACHED, BUSY), False, A.DROP),
    ],
)
def test_the_strictest_attempt_speaks(first: Contact, second: Attempt, fixed: bool, expected: Action) -> None:
    """Of several attempts the one that forbids most holds, also where a person repaired the set-up."""
    (one,) = judge([first], evidence(fixed=fixed), attempts={phone(1): (second,)})
    assert one.action is expected


def test_every_disposition_has_its_rank() -> None:
    """No attempt, whatever a workspace's own table makes of it, is without a place in the order."""
    assert sorted(STRICTEST) == sorted(Disposition)


@pytest.mark.parametrize(
    ("rows_", "retries", "others", "attempts", "action"),
    [
        ([row(1, NOT_DIALED)], 0, 0, 0, A.REDIAL),
        ([row(1, NOT_REACHED, OUTAGE)], 0, 0, 1, A.REDIAL),
        ([row(1, NOT_REACHED, OUTAGE)], 1, 0, 2, A.REDIAL),
        ([row(1, NOT_REACHED, OUTAGE)], 2, 0, 3, A.HOLD),
        ([row(1, NOT_REACHED, OUTAGE)], 0, 1, 2, A.REDIAL),
        ([row(1, NOT_REACHED, OUTAGE)], 0, 2, 3, A.HOLD),
        ([row(1, NOT_DIALED)], 5, 2, 2, A.REDIAL),
        ([row(1, NOT_DIALED)], 5, 3, 3, A.HOLD),
        ([row(1, NOT_DIALED), row(2, NOT_DIALED, number=phone(1))], 0, 2, 2, A.REDIAL),
        ([row(n, NOT_REACHED, OUTAGE, number=phone(1)) for n in (1, 2)], 0, 0, 2, A.REDIAL),
        ([row(n, NOT_REACHED, OUTAGE, number=phone(1)) for n in (1, 2)], 0, 1, 3, A.HOLD),
        ([row(n, NOT_REACHED, OUTAGE, number=phone(1)) for n in (1, 2, 3)], 0, 0, 3, A.HOLD),
    ],
)
def test_the_budget_is_one_for_a_person(
    rows_: Sequence[Contact], retries: int, others: int, attempts: int, action: Action
) -> None:
    """Rows of one number, the platform's own retries and other jobs are counted, each once, against three."""
    past = tuple(elsewhere(NOT_REACHED, OUTAGE) for _ in range(others))
    found = judge(rows_, attempts={phone(1): past}, of=job(total=len(rows_), retries=retries))
    assert (found[0].attempts, found[0].action) == (attempts, action)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ((row(1, NOT_DIALED), row(2, NOT_DIALED, number=phone(1))), (D.UNDELIVERED, A.REDIAL)),
        ((row(1, NOT_DIALED), row(2, REACHED, number=phone(1))), (D.REACHED, A.DROP)),
        ((row(1, NOT_REACHED, OUTAGE), row(2, UNKNOWN, number=phone(1))), (D.UNKNOWN, A.HOLD)),
        (
            (row(1, NOT_DIALED), row(2, LIVE, number=phone(1), updated_at=JUST_NOW)),
            (D.IN_FLIGHT, A.WAIT),
        ),
        ((row(1, NOT_DIALED), row(2, REACHED, number="07700 900001")), (D.REACHED, A.DROP)),
        ((row(1, NOT_DIALED), row(2, UNKNOWN, number="07700 900001")), (D.UNKNOWN, A.HOLD)),
        ((row(1, NOT_DIALED), row(2, IN_DOUBT, number="07700 900001")), (D.AMBIGUOUS, A.HOLD)),
        ((row(1, NOT_DIALED), row(2, NOT_DIALED, number="07700 900001")), (D.UNDELIVERED, A.REDIAL)),
        ((row(1, NOT_DIALED), row(2, REACHED, number="0044 7700 900001")), (D.REACHED, A.DROP)),
        ((row(1, NOT_DIALED), row(2, REACHED, number="tel:+44-7700-900-001")), (D.REACHED, A.DROP)),
    ],
)
def test_rows_of_one_number_are_one_person(
    statuses: Sequence[Contact], expected: tuple[Disposition, Action]
) -> None:
    """The first row is kept with what the strictest says, however a number is written; the rest repeat it."""
    first, second = judge(statuses)
    assert verdict(first) == expected
    assert verdict(second) == (D.DUPLICATE, A.DROP)
    assert second.why == "the same number as row 1"
    assert second.attempts == 0


def test_a_row_without_a_country_is_compared_in_every_country_of_the_job() -> None:
    """In a job of two countries a national number may be a person of either, however rare it is."""
    mixed = [row(n, NOT_DIALED) for n in range(1, 4)]
    mixed += [row(8, NOT_DIALED, number="+61491570156"), row(9, REACHED, number="0491 570 156")]
    assert verdict(judge(mixed)[3]) == (D.REACHED, A.DROP)


def test_a_doubtful_twin_revives_nobody() -> None:
    """A number that may not be dialled stays so, whatever a row that looks like it has been through."""
    rows_ = [row(1, NOT_DIALED), row(2, NOT_REACHED, OUTAGE, number="07700 900001")]
    found = judge(rows_, evidence(suppressed=frozenset({phone(1)})))
    assert verdict(found[0]) == (D.DO_NOT_CONTACT, A.DROP)


def test_a_job_of_numbers_without_a_country_compares_nothing() -> None:
    """Where no row tells a country none is guessed, and nobody is dialled."""
    found = judge([row(n, NOT_DIALED, number=f"07700 90000{n}") for n in (1, 2)])
    assert [one.action for one in found] == [A.DROP, A.DROP]


def test_a_region_of_the_policy_reads_national_numbers() -> None:
    """With default_region a national number is dialled, and is the same person as its international form."""
    found = judge(
        [row(n, NOT_DIALED, number=to) for n, to in enumerate(("07700 900001", "07700900002", phone(1)), 1)],
        chosen=policy(default_region="GB"),
    )
    assert [one.action for one in found] == [A.REDIAL, A.REDIAL, A.DROP]


def test_the_policy_of_the_examples_is_the_default() -> None:
    """The budget that these tables count with is what ships."""
    assert POLICY.max_attempts == 3
