"""No contact is lost from the counts, whatever happens to a recovery and in whatever order."""

from collections.abc import Callable, Sequence
from itertools import count
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.enums import Disposition, Phase, WaveState
from models.report.people import PersonEnd
from models.tables.ledger import Wave
from tasks.ledger import plans, recoveries, waves
from tasks.ledger.audit import examine
from tasks.ledger.people import outcomes
from tasks.ledger.people.ends import people
from tasks.ledger.people.outcomes import DispatchOutcome
from tasks.ledger.store import Claim, Ledger
from tests.integration.scenes import KEYS, claimed, frozen, rows_of

REDIAL, DROP = 7, 2
T = TypeVar("T")
fresh = count()

HAPPENINGS = st.lists(
    st.tuples(
        st.sampled_from(["intend", "send", "accept", "refuse", "lose", "settle", "skip", "close", "reopen"]),
        st.integers(0, 6),
        st.sampled_from([kind for kind in Disposition if kind is not Disposition.IN_FLIGHT]),
    ),
    max_size=25,
)


class Play:
    """A recovery to which anything that the ledger allows may happen."""

    def __init__(self, ledger: Ledger, claim: Claim) -> None:
        self.ledger = ledger
        self.claim = claim

    def happen(self, what: str, pick: int, kind: Disposition) -> None:
        """Let one thing happen, or nothing where it cannot."""
        act: dict[str, Callable[[], object]] = {
            "intend": lambda: self._intend(pick),
            "send": lambda: self._send(pick),
            "accept": lambda: self._answer(pick, WaveState.ACCEPTED),
            "refuse": lambda: self._answer(pick, WaveState.REFUSED),
            "lose": lambda: self._answer(pick, WaveState.UNKNOWN),
            "settle": lambda: self._settle(pick, kind),
            "skip": lambda: plans.skip(self.ledger, self.claim, {f"c{pick}": "moved"}, "moved"),
            "close": lambda: self._write(plans.close_rest),
            "reopen": lambda: self._write(plans.reopen_rest),
        }
        act[what]()

    def _waves(self, *states: WaveState) -> list[Wave]:
        return waves.of(self.ledger, self.claim.recovery_id, states)

    def _intend(self, size: int) -> None:
        # Nobody is left, or waves of the examples before hold the same people: then none comes of it.
        if rows := plans.next_up(self.ledger, self.claim.recovery_id, size):
            waves.intend(self.ledger, self.claim, Phase.SAMPLE, rows, size)

    def _send(self, pick: int) -> None:
        if wave := one_of(self._waves(*waves.TO_SEND), pick):
            waves.sending(self.ledger, self.claim, wave)

    def _answer(self, pick: int, answer: WaveState) -> None:
        if wave := one_of(self._waves(WaveState.UNKNOWN), pick):
            waves.answered(self.ledger, self.claim, wave, answer, message="said")

    def _settle(self, pick: int, kind: Disposition) -> None:
        if wave := one_of(self._waves(WaveState.ACCEPTED), pick):
            rows = waves.contacts_of(self.ledger, wave)
            found = {rows[pick % len(rows)].contact_id: DispatchOutcome(kind, "", "", None)}
            outcomes.settle(self.ledger, self.claim, wave, found, done=pick == 0)

    def _write(self, act: Callable[..., None]) -> None:
        with self.ledger.write(self.claim) as session:
            act(session, self.claim.recovery_id)


def one_of(things: Sequence[T], pick: int) -> T | None:
    """Return one of the things, None where there is none."""
    return things[pick % len(things)] if things else None


@given(HAPPENINGS)
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_planned_is_always_the_sum(ledger: Ledger, happenings: list[tuple[str, int, Disposition]]) -> None:
    """After anything, planned = accepted + refused + unknown + skipped + waiting, and the chain verifies."""
    job = f"job-{next(fresh)}"
    claim = claimed(ledger, f"r_{job}", ("shop", "fake", job))
    frozen(ledger, claim, redial=REDIAL, drop=DROP)
    play = Play(ledger, claim)
    for happening in happenings:
        play.happen(*happening)
        counts = recoveries.counts(ledger, claim.recovery_id)
        parts = ("accepted", "refused", "unknown", "skipped", "waiting")
        assert counts["planned"] == REDIAL == sum(counts[part] for part in parts)
        assert counts["dropped"] == DROP
        assert all(value >= 0 for value in counts.values())
        assert counts["reached"] + counts["failed_again"] + counts["withdrawn"] <= counts["accepted"]
        assert counts["redialled"] + counts["withdrawn"] == counts["accepted"]
        told = people(ledger, recoveries.get(ledger, claim.recovery_id))
        assert told.expected == REDIAL + DROP == sum(told.of(end) for end in PersonEnd)
    assert examine(ledger, claim.recovery_id, KEYS).ok
    in_waves = [row.wave for row in rows_of(ledger, claim).values() if row.wave]
    assert len(in_waves) == sum(wave.size for wave in waves.of(ledger, claim.recovery_id))
