"""The id of a recovery may be cut short where what is left fits one recovery alone."""

import pytest

from models.report.short_id import is_whole
from tasks.ledger import recoveries
from tasks.ledger.errors import ManyRecoveriesError, NoSuchRecoveryError
from tasks.ledger.store import Ledger
from tests.integration.scenes import claimed

IDS = ("r_6b3f07af7d", "r_6b3a000000", "r_09a9111111", "r_1")


@pytest.fixture
def known(ledger: Ledger) -> Ledger:
    """Return a ledger with some recoveries."""
    for one in IDS:
        claimed(ledger, one, ("shop", "fake", one))
    return ledger


@pytest.mark.parametrize(
    ("given", "meant"), [("r_6b3f", IDS[0]), ("r_09a", IDS[2]), (IDS[1], IDS[1]), ("r_1", "r_1")]
)
def test_the_first_characters_are_enough(known: Ledger, given: str, meant: str) -> None:
    """What fits one recovery alone is that recovery; a whole id is itself, however short."""
    assert recoveries.resolve(known, given) == meant


def test_several_are_named_and_none_is_chosen(known: Ledger) -> None:
    """An id that fits two recoveries is a sentence that names both."""
    with pytest.raises(ManyRecoveriesError, match=r"r_6b3 fits several.*r_6b3[af].*r_6b3[af].*more of"):
        recoveries.resolve(known, "r_6b3")


@pytest.mark.parametrize("given", ["r_ffff", "09a9", "6b3f07af7d", "", "r%", "r_6b3%", "R_09A9"])
def test_what_fits_none_is_said(known: Ledger, given: str) -> None:
    """An id that nothing begins with is a sentence; no sign in it stands for any character."""
    with pytest.raises(NoSuchRecoveryError, match="knows no recovery"):
        recoveries.resolve(known, given)


@pytest.mark.parametrize("given", ["r_", "r_0", "r_6b"])
def test_a_slip_of_the_finger_is_no_id(known: Ledger, given: str) -> None:
    """Fewer characters than five name nobody, even where only one recovery begins so."""
    with pytest.raises(NoSuchRecoveryError, match="too short"):
        recoveries.resolve(known, given)


def test_the_ids_that_are_made_are_whole() -> None:
    """A whole id is known by its form, so that nothing has to be looked up for it."""
    assert is_whole(IDS[0])
    assert not is_whole("r_6b3f")
