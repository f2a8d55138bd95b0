"""What became of one case, by the engine's own truth and the ledger's books: the figures that are counted."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from deployments.sandbox.people import same_phone
from deployments.sandbox.things import Call
from deployments.sandbox.world import World
from models.markers import read_marker
from models.tables import Planned, Recovery
from models.words import Action, DispatchState

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
    breaches: list[str] = field(default_factory=list)
    trouble: str = ""
    """An exception that nothing should have let out."""


def duplicates(world: World) -> int:
    """Count people called twice because of a recovery.

    That is a second first-delivery by one recovery's waves, or a call of ours to somebody who had picked up
    before. What the platform delivers twice by itself is not counted.
    """
    return len(_twice(_ours(world)) | _reached_before(world))


def _ours(world: World) -> list[Call]:
    return [call for call in world.calls.values() if call.delivery == 1 and read_marker(_name(call))]


def _name(call: Call) -> str:
    return call.row.job.order.name


def _twice(calls: Iterable[Call]) -> set[str]:
    marks = ((call, read_marker(_name(call))) for call in calls)
    dials = Counter((mark[0], same_phone(call.row.phone)) for call, mark in marks if mark)
    return {digits for (_, digits), count in dials.items() if count > 1}


def _reached_before(world: World) -> set[str]:
    answered: dict[str, float] = {}
    for call in world.calls.values():
        if call.accepted_at is not None:
            digits = same_phone(call.row.phone)
            answered[digits] = min(call.accepted_at, answered.get(digits, call.accepted_at))
    late = ((call, answered.get(same_phone(call.row.phone))) for call in _ours(world))
    return {same_phone(call.row.phone) for call, first in late if first and first < call.started_at}


def repeats(world: World) -> int:
    """Count the deliveries of our waves that the platform repeated by itself."""
    return sum(1 for call in world.calls.values() if call.delivery > 1 and read_marker(_name(call)))


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
