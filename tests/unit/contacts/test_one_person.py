"""A person with two spellings of one number is one: what happened under either counts for both."""

import pytest

from models.calling.rule import Try
from models.contacts.phones.normalise import normalise
from models.enums import Action, ContactStatus, Disposition
from models.triage.observation import Attempt
from tests.unit.look_example import (
    DECLINED,
    LONG_AGO,
    NO_SUCH_NUMBER,
    OUTAGE,
    evidence,
    judge,
    policy,
    row,
)

REACHED, PENDING, FAILED = ContactStatus.REACHED, ContactStatus.NOT_DIALED, ContactStatus.NOT_REACHED

PAIRS = [
    # The spelling that was called, and that of the row that still waits.
    ("+5491123456789", "+541123456789"),
    ("+541123456789", "+5491123456789"),
    ("+5215512345678", "+525512345678"),
    ("+525512345678", "+52 044 55 1234 5678"),
    ("+551187654321", "+5511987654321"),
    ("+5511987654321", "+551187654321"),
    ("+22997123456", "+2290197123456"),
    ("+22507080910", "+2250707080910"),
    ("+2412474849", "+24162474849"),
    ("+841681234567", "+84381234567"),
    ("+39612345678", "+390612345678"),
    ("+972599123456", "+970599123456"),
]


@pytest.mark.parametrize(("called", "waits"), PAIRS)
def test_reached_under_one_spelling_is_not_called_under_the_other(called: str, waits: str) -> None:
    """Whoever was reached is not redialled because another row writes the number differently."""
    for first, second in (((REACHED, called), (PENDING, waits)), ((PENDING, waits), (REACHED, called))):
        found = judge([row(n, status, number=to) for n, (status, to) in enumerate((first, second), 1)])
        assert all(one.action is Action.DROP for one in found)


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_person_uploaded_under_both_spellings_is_called_once(one: str, other: str) -> None:
    """Two rows of one person that nobody has dialled are one redial and one duplicate, or less."""
    found = judge([row(1, PENDING, number=one), row(2, PENDING, number=other)])
    redialled = [judged for judged in found if judged.action is Action.REDIAL]
    assert len(redialled) == 1
    assert redialled[0].number == normalise(redialled[0].contact.phone)


@pytest.mark.parametrize("reason", [DECLINED, NO_SUCH_NUMBER])
@pytest.mark.parametrize(("called", "waits"), PAIRS[:8])
def test_a_refusal_under_one_spelling_counts_for_the_other(called: str, waits: str, reason: object) -> None:
    """Declined or dead under one spelling is not redialled under the other."""
    failed = row(1, FAILED, reason, number=called)  # type: ignore[arg-type]
    assert all(one.action is not Action.REDIAL for one in judge([failed, row(2, PENDING, number=waits)]))


@pytest.mark.parametrize(("called", "waits"), PAIRS)
@pytest.mark.parametrize("known", [Disposition.REACHED, Disposition.AMBIGUOUS, Disposition.DECLINED])
def test_a_wave_of_an_earlier_recovery_under_the_other_spelling_counts(
    called: str, waits: str, known: Disposition
) -> None:
    """What a wave did under one spelling is an attempt at the person under the other."""
    attempt = Attempt("rb-1", row(9, FAILED, number=called), ours=True, known=known)
    person = normalise(called).person
    assert person is not None
    (found,) = judge([row(1, PENDING, number=waits)], attempts={person: (attempt,)})
    assert found.action is not Action.REDIAL


def test_attempts_of_both_rows_use_up_one_budget() -> None:
    """Tries under two spellings are tries at one person."""
    tried = [row(n, FAILED, OUTAGE, number=to) for n, to in enumerate(PAIRS[0], 1)]
    for most, action in ((2, Action.HOLD), (3, Action.REDIAL)):
        first, second = judge(tried, chosen=policy(max_attempts=most))
        assert (first.action, second.disposition) == (action, Disposition.DUPLICATE)
        assert first.attempts == 2


def test_the_kept_row_keeps_its_own_number() -> None:
    """The row that is redialled is dialled as it is written itself, whichever row speaks for the person."""
    first, second = judge([row(1, PENDING, number=PAIRS[0][0]), row(2, FAILED, OUTAGE, number=PAIRS[0][1])])
    assert first.action is Action.REDIAL
    assert first.number.e164 == first.phone == first.contact.phone == PAIRS[0][0]
    assert second.disposition is Disposition.DUPLICATE


def test_the_spelling_that_is_certain_is_kept() -> None:
    """Of two spellings the one that is surely dialled right is kept, not the one the library doubts."""
    old, new = judge([row(1, PENDING, number="+551187654321"), row(2, PENDING, number="+5511987654321")])
    assert (old.action, new.action) == (Action.DROP, Action.REDIAL)
    assert old.why == "the same number as row 2"


def test_strangers_are_not_taken_for_one_person() -> None:
    """Numbers that only look alike are two people, and both are called."""
    pairs = [("+5491123456789", "+541123456780"), ("+551123456789", "+5511923456789")]
    for one, other in pairs:
        found = judge([row(1, REACHED, number=one), row(2, PENDING, number=other)])
        assert found[1].action is Action.REDIAL


def test_caps_count_calls_under_the_other_spelling() -> None:
    """A cap that is used up by calls under one spelling holds for the other as well."""
    careful = policy(attempts_per_day=3)
    known = evidence(dialled={"+541123456789": (Try(LONG_AGO, "other-job"),)})
    (found,) = judge([row(1, PENDING, number="+541123456789")], known, careful)
    assert found.calling is not None
    assert [one.job_id for one in found.calling.tried] == ["other-job"]
