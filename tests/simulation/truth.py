"""What became of one case, by the engine's own truth and the ledger's books: the figures that are counted."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from deployments.sandbox.engine.world import World
from models.enums import Action, DispatchState
from models.plan.markers import read_marker
from models.tables.ledger import Planned, Recovery
from tests.invariants.rungs import of_world
from tests.invariants.twice import ONE_WAVE, called_twice

ENDS = frozenset({"refused", "unknown", "skipped"})


@dataclass(slots=True)
class Outcome:
    """One case as it is counted; everything in it survives a trip between processes."""

    index: int
    seed: int
    population: str
    scene: str
    expected: str
    states: list[str]
    """The end of each recovery of the job, oldest first."""
    sample: str | None
    """The last word of the first recovery's sample, None where it sent none."""
    faults: list[str]
    deaths: int
    redial: int
    """Contacts that the first plan wanted to redial."""
    dialled: int
    """Of those, the ones that the first recovery dialled."""
    duplicates: int
    repeats: int
    """Deliveries that the platform repeated by itself."""
    losses: int
    adverse: bool = False
    """Whether it was played on a platform that keeps its format and nothing else, or was meddled with."""
    struck: dict[str, int] = field(default_factory=dict)
    """How often each adversity struck."""
    guards: dict[str, int] = field(default_factory=dict)
    """How often each guard of ours struck, by its name."""
    breaches: list[str] = field(default_factory=list)
    trouble: str = ""
    """An exception that nothing should have let out."""


def duplicates(world: World, source: str, own: frozenset[str]) -> int:
    """Count people called twice because of a recovery, however written and over all recoveries and ledgers.

    What the platform delivers twice by itself is not counted; two ledgers that begin at the same moment may
    cost one wave between them. `own` are the recoveries of one ledger.
    """
    found = called_twice(of_world(world), source, own)
    return len(found.sure) + (len(found.raced) if len(found.raced) > ONE_WAVE else 0)


def repeats(world: World) -> int:
    """Count the deliveries of our waves that the platform repeated by itself."""
    return sum(
        1 for call in world.calls.values() if call.delivery > 1 and read_marker(call.row.job.order.name)
    )


def losses(recovery: Recovery, rows: Sequence[Planned], contacts: int) -> int:
    """Count contacts without an end in a recovery that has one; no plan leaves everybody with the source."""
    if recovery.plan_hash is None:
        return 0
    return abs(contacts - len(rows)) + sum(1 for row in rows if not _has_end(row))


def _has_end(row: Planned) -> bool:
    if row.action != Action.REDIAL.value:
        return bool(row.why)
    if row.state == DispatchState.ACCEPTED.value:
        return row.outcome is not None
    return row.state in ENDS
