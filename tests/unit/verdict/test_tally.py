"""What ended dispatches count as: the figures that verdicts are made of."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.enums import Disposition
from models.verdict.tally import tally

OUTCOMES = st.lists(
    st.tuples(st.sampled_from(Disposition), st.sampled_from(["sip:503", "sip:402"]), st.booleans())
)
SUCCESS = {"reached", "later", "declined", "do_not_contact"}
OPEN = {"ambiguous", "unknown", "in_flight"}


@pytest.mark.parametrize("kind", list(Disposition))
def test_a_dispatch_without_a_fault_succeeds_is_open_or_is_left_out(kind: Disposition) -> None:
    """No answer, busy, voicemail and a no are successes of the dispatch; a dead number counts in neither."""
    found = tally([(kind, "code", False)])
    assert (found.n, found.k) == (int(kind.value in SUCCESS), 0)
    assert found.unresolved == int(kind.value in OPEN)
    assert found.total == 1


@pytest.mark.parametrize("kind", list(Disposition))
def test_a_fault_fails_the_dispatch_unless_it_is_open(kind: Disposition) -> None:
    """A fault of platform, provider or set-up is a failure, also in a call that may have been answered."""
    found = tally([(kind, "code", True)])
    failed = int(kind.value not in OPEN - {"ambiguous"})
    assert (found.n, found.k, found.unresolved) == (failed, failed, 1 - failed)


@pytest.mark.parametrize(
    ("kind", "fault", "shared"),
    [
        (Disposition.PERMANENT, False, True),
        (Disposition.OPERATOR, True, True),
        (Disposition.TRANSIENT, True, False),
        (Disposition.REACHED, True, True),
        (Disposition.REACHED, False, False),
        (Disposition.LATER, False, False),
    ],
)
def test_codes_that_may_be_a_fault_of_set_up_are_counted(
    kind: Disposition, fault: bool, shared: bool
) -> None:
    """Permanent and operator codes, and faults that are no provider's passing trouble, may be shared."""
    assert tally([(kind, "x", fault)]).shared == ({"x": 1} if shared else {})


@given(OUTCOMES)
def test_the_figures_fit_each_other(ended: list[tuple[Disposition, str, bool]]) -> None:
    """Failures are part of the resolved, resolved and open are apart, and all are part of everything."""
    found = tally(iter(ended))
    assert 0 <= found.k <= found.n
    assert found.n + found.unresolved <= found.total == len(ended)
    assert found.shared.total() <= found.total


@given(OUTCOMES, st.randoms(use_true_random=False))
def test_the_order_of_the_outcomes_does_not_matter(
    ended: list[tuple[Disposition, str, bool]], shuffler: random.Random
) -> None:
    """A verdict depends on what happened, not on when it was read."""
    shuffled = list(ended)
    shuffler.shuffle(shuffled)
    assert tally(shuffled) == tally(ended)


@pytest.mark.parametrize("kind", [Disposition.PERMANENT, Disposition.OPERATOR])
def test_a_guess_from_a_text_stops_nothing_by_itself(kind: Disposition) -> None:
    """A code that only a text told is no shared fault, however often it is seen."""
    assert tally([(kind, "sip:402~", kind is Disposition.OPERATOR)] * 5).shared == {}


@pytest.mark.parametrize(
    ("refused", "others", "is_shared"),
    [(5, 0, True), (4, 0, False), (8, 2, True), (7, 2, False), (1, 0, False)],
)
def test_one_refusal_for_nearly_everybody_may_stop_a_wave(refused: int, others: int, is_shared: bool) -> None:
    """Five of five who decline ran into the network; a few who decline are people."""
    ended = [(Disposition.DECLINED, "sip:603", False)] * refused + [
        (Disposition.REACHED, "done", False)
    ] * others
    assert bool(tally(ended).shared) is is_shared
