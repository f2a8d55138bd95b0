"""Movement judged over stored snapshots: cheap to look at, and enough to leave a moving job alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models.triage.observation import Tally


@dataclass(frozen=True, slots=True)
class Movement:
    """What a row of snapshots says; `quiet_seconds` is the age of the oldest one that equals the newest."""

    is_new: bool
    quiet_seconds: float

    def needs_a_look(self, stall_seconds: float) -> bool:
        """Tell whether triage should read the job: it was never looked at, or it has been silent too long."""
        return self.is_new or self.quiet_seconds >= stall_seconds

    @property
    def message(self) -> str:
        """Say it in one sentence."""
        if self.quiet_seconds == 0:
            return "The counters have moved since the last sweep."
        return f"The counters have been still for {self.quiet_seconds:.0f} s, which is no stall yet."


def rose(before: Tally, now: Tally) -> bool:
    """Tell whether a counter rose and none fell between two looks of ours, in the order of our own clock."""
    if before.at > now.at:
        return False
    then, today = (before.dispatched, before.finished), (now.dispatched, now.finished)
    return then != today and all(a <= b for a, b in zip(then, today, strict=True))


def movement(tallies: Sequence[Tally], now: datetime) -> Movement:
    """Judge snapshots, oldest first, the last one of now; raises ValueError on none at all."""
    if not tallies:
        raise ValueError("Movement needs at least the snapshot of now.")
    newest, since = tallies[-1], tallies[-1].at
    for tally in reversed(tallies):
        if tally.moved(newest):
            break
        since = tally.at
    return Movement(len(tallies) == 1, max(0.0, (now - since).total_seconds()))
