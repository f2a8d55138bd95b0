"""What a disposition makes of a contact."""

import pytest

from models.disposition.actions import action_for, why_for
from models.enums import Action, Disposition

EXPECTED = {
    Disposition.REACHED: Action.DROP,
    Disposition.IN_FLIGHT: Action.WAIT,
    Disposition.AMBIGUOUS: Action.HOLD,
    Disposition.UNDELIVERED: Action.REDIAL,
    Disposition.TRANSIENT: Action.REDIAL,
    Disposition.LATER: Action.DROP,
    Disposition.OPERATOR: Action.HOLD,
    Disposition.PERMANENT: Action.DROP,
    Disposition.DECLINED: Action.DROP,
    Disposition.DO_NOT_CONTACT: Action.DROP,
    Disposition.MALFORMED: Action.DROP,
    Disposition.DUPLICATE: Action.DROP,
    Disposition.UNKNOWN: Action.HOLD,
}


@pytest.mark.parametrize("disposition", Disposition)
def test_each_disposition_has_its_action(disposition: Disposition) -> None:
    """Only what was never dialled and what passed by itself is redialled unasked."""
    assert action_for(disposition, redial_later=False) is EXPECTED[disposition]


@pytest.mark.parametrize("disposition", Disposition)
def test_the_policy_on_later_changes_nothing_else(disposition: Disposition) -> None:
    """Asking for busy and no answer redials those, and no other disposition."""
    action = action_for(disposition, redial_later=True)
    assert action is (Action.REDIAL if disposition is Disposition.LATER else EXPECTED[disposition])


@pytest.mark.parametrize("redial_later", [False, True])
def test_each_disposition_has_words_of_its_own(redial_later: bool) -> None:
    """A person can read why, and no two dispositions read alike."""
    words = [why_for(disposition, redial_later=redial_later) for disposition in Disposition]
    assert all(words)
    assert len(set(words)) == len(words)


def test_the_words_for_later_follow_the_policy() -> None:
    """The plan does not say that nobody redials where the policy redials."""
    assert why_for(Disposition.LATER) != why_for(Disposition.LATER, redial_later=True)
