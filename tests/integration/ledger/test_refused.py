"""Who said no is on the list, whether or not a run remembers whom it has put there already."""

from collections.abc import Iterator
from itertools import pairwise
from random import Random

import pytest

from models.enums import Disposition
from tasks.ledger import plans, waves
from tasks.ledger.people import outcomes
from tasks.ledger.people.outcomes import DispatchOutcome
from tasks.ledger.store import Claim, Ledger
from tasks.marks import listen
from tests.integration.scenes import accepted, claimed, frozen

PEOPLE = 36
CODES = ("sip:603", "sip:608")
RISES_AND_FALLS = 0
"""A seed by which nearly everybody is refused at first, and few are later on."""


def looks(seed: int) -> Iterator[list[DispatchOutcome]]:
    """Yield what look after look finds: two for each wave, refusals first and others later on."""
    random = Random(seed)
    for wave in range(6):
        for _ in range(2):
            share = 0.95 - 0.15 * wave if seed == RISES_AND_FALLS else random.random()
            yield [ended(random, share) for _ in range(3)]


def ended(random: Random, share: float) -> DispatchOutcome:
    """Return how a call ended: with a refusal by that share."""
    if random.random() >= share:
        return DispatchOutcome(random.choice([Disposition.REACHED, Disposition.TRANSIENT]), "", "", None)
    kind = Disposition.DO_NOT_CONTACT if random.random() < 0.1 else Disposition.DECLINED
    return DispatchOutcome(kind, random.choice(CODES[:1] * 9 + CODES[1:]), "", None)


def listed_after_each(ledger: Ledger, claim: Claim, seed: int, kept: set[str] | None) -> list[set[int]]:
    """Play all looks, and return who is on the list after each, by the order of dispatch."""
    found, told = [], looks(seed)
    place: dict[str | None, int] = {}
    for _ in range(6):
        wave = accepted(ledger, claim, 6)
        rows = waves.contacts_of(ledger, wave)
        place |= {row.phone: len(place) + n for n, row in enumerate(rows)}
        people = [row.contact_id for row in rows]
        for part, done in ((people[:3], False), (people[3:], True)):
            ends = dict(zip(part, next(told), strict=True))
            outcomes.settle(ledger, claim, wave, ends, done=done, in_air=0, listed=kept)
            found.append({place[phone] for phone in plans.suppressed(ledger, claim.workspace)})
    return found


@pytest.mark.parametrize("seed", range(8))
def test_what_a_run_remembers_changes_nobodys_place(ledger: Ledger, seed: int) -> None:
    """After each look the same people are on the list, also where a wall of refusals rises and falls."""
    with_memory = claimed(ledger, "r_1")
    without = claimed(ledger, "r_2", ("bank", "fake", "job-9"))
    for claim in (with_memory, without):
        frozen(ledger, claim, redial=PEOPLE, drop=0)
    with listen() as heard:
        remembered = listed_after_each(ledger, with_memory, seed, set())
    assert remembered == listed_after_each(ledger, without, seed, None)
    assert remembered[-1]
    if seed == RISES_AND_FALLS:
        assert heard["refusals.wall"]
        assert any(after < before for before, after in pairwise(remembered))
        assert remembered[-1] >= remembered[0]


def test_what_was_not_committed_is_not_remembered(ledger: Ledger) -> None:
    """A look whose writing fails leaves nobody taken for listed."""
    claim = claimed(ledger)
    frozen(ledger, claim, redial=6, drop=0)
    wave = accepted(ledger, claim, 1)
    (row,) = waves.contacts_of(ledger, wave)
    kept: set[str] = set()
    said = {row.contact_id: DispatchOutcome(Disposition.DECLINED, CODES[0], "", None)}
    stale = Claim(claim.workspace, claim.platform, claim.job_id, claim.recovery_id, claim.token + 1)
    with pytest.raises(Exception, match="taken over"):
        outcomes.settle(ledger, stale, wave, said, done=True, listed=kept)
    assert kept == set()
    outcomes.settle(ledger, claim, wave, said, done=True, listed=kept)
    assert kept == {row.phone} == plans.suppressed(ledger, "shop")
