"""Movement of a job that is handed over: judged between two moments, never by looking twice at one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class HandoverPoint:
    """What one hand-over tells of movement: its moment, the counter shown, the report's rows by status.

    None is what was not handed over at that moment.
    """

    at: datetime
    processed: int | None = None
    counts: Mapping[str, int] | None = None

    def moved(self, other: "HandoverPoint") -> bool | None:
        """Tell whether anything differs between two of them; None where nothing of them can be compared."""
        pairs = ((self.processed, other.processed), (self.counts, other.counts))
        compared = [one != another for one, another in pairs if one is not None and another is not None]
        return any(compared) if compared else None


@dataclass(frozen=True, slots=True)
class StopSaid:
    """What a person has said of a job that a recovery asked to be stopped, and what was handed over since."""

    by: str
    at: datetime
    again: str | None = None
    """The word of a later hand-over by which the job goes on; None while it stays stopped."""
    told: bool = False
    """True where a report or the counter of after the stop tells whom the job had called until then."""


@dataclass(frozen=True, slots=True)
class Stillness:
    """Since when nothing has moved, as far as hand-overs tell; `moved` where the last two differ.

    `since` is None where fewer than two can be compared.
    """

    newest: datetime
    since: datetime | None = None
    moved: bool = False

    @property
    def seconds(self) -> float:
        """Return how long nothing has moved between two hand-overs, in seconds."""
        return (self.newest - self.since).total_seconds() if self.since else 0.0

    def next_at(self, stall_seconds: float) -> datetime:
        """Return from when on another hand-over can tell a stall from a job that moves, in whole minutes."""
        moment = (self.since or self.newest) + timedelta(seconds=stall_seconds)
        return moment.replace(second=0, microsecond=0) + timedelta(minutes=1)


def stillness(handed: Sequence[HandoverPoint]) -> Stillness:
    """Judge hand-overs, the oldest first; raises ValueError on none at all."""
    if not handed:
        raise ValueError("Stillness needs at least one hand-over.")
    newest = handed[-1]
    since: datetime | None = None
    for earlier in reversed(handed[:-1]):
        moved = newest.moved(earlier)
        if moved is None:
            continue
        if moved:
            return Stillness(newest.at, since, moved=since is None)
        since = earlier.at
    return Stillness(newest.at, since)
