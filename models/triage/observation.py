"""One look at a job and all around it: the frozen input of every check."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from models.enums import ContactStatus, Disposition
from models.handovers.history import HandoverPoint
from models.platform import Call, Capacity, Config, Contact, Job
from models.report.stopped import StoppedBy


@dataclass(frozen=True, slots=True)
class Tally:
    """The counters of one earlier or later look, as far as movement needs them."""

    at: datetime
    dispatched: int
    finished: int
    counts: Mapping[str, int]

    def moved(self, other: "Tally") -> bool:
        """Tell whether anything changed between two looks; rows count only where both have counted them."""
        if (self.dispatched, self.finished) != (other.dispatched, other.finished):
            return True
        return bool(self.counts and other.counts) and dict(self.counts) != dict(other.counts)


@dataclass(frozen=True, slots=True)
class Attempt:
    """What another job did to one of this job's people."""

    job_id: str
    contact: Contact
    ours: bool
    known: Disposition | None = None
    """What our own ledger says became of it, stronger than what the platform's row says."""
    over: bool = False
    """True where the platform says that the other job dials nobody more."""
    retries: int = 0
    """How often the platform has dialled the other job's failed rows again."""
    why: str = ""
    """Why it is known as that, where there is more to say than in which wave it was."""


@dataclass(frozen=True, slots=True)
class Sibling:
    """Another job of the workspace that holds the same people; `ours` where a marker of ours names it."""

    job: Job
    shared: int
    dialled: int
    ours: bool
    known: bool = True


@dataclass(frozen=True)
class Observation:
    """Everything that triage reads, gathered before any rule is asked."""

    job: Job
    rows: tuple[Contact, ...]
    capacity: Capacity
    config: Config
    earlier: tuple[Tally, ...] = ()
    """Looks of the last stall time, on our own clock."""
    kept: tuple[Tally, ...] = ()
    """All earlier looks that are kept, where only they tell of movement."""
    looked_at: datetime | None = None
    """When this look was taken, on our own clock."""
    siblings: tuple[Sibling, ...] = ()
    attempts: Mapping[str, tuple[Attempt, ...]] = field(default_factory=dict)
    """Attempts of other jobs by E.164 number."""
    repeated_calls: tuple[str, ...] = ()
    """Contacts of this job for which the platform remembers more than one call."""
    stopped_by_us: bool = False
    """True where an earlier recovery of ours has stopped the job."""
    stopped: StoppedBy | None = None
    """By which, and how that went on; None where a person did it or nobody."""
    gaps: tuple[str, ...] = ()
    """What could not be looked at, in words."""
    unheard: tuple[str, ...] = ()
    """What the carrier was asked and has not told, in words: there the platform's word stands alone."""
    listed: Mapping[str, Call] = field(default_factory=dict)
    """Calls of this job that no row names, by the contact they were made to."""
    hidden: int = 0
    """Dispatches that the counter tells of and neither a row nor a call explains."""
    hidden_by_retry: int = 0
    """Dispatches of the platform's own retry that may hide behind cancelled rows with an earlier call."""
    denied: frozenset[str] = frozenset()
    """Rows that say completed while their own call says that nobody answered."""
    unchecked: frozenset[str] = frozenset()
    """Completed rows that nothing vouches for, where others were found wrong."""
    campaigns: tuple[str, ...] = ()
    """Campaigns of the platform that made this job's calls and will make the next ones."""
    on_the_line: int | None = None
    """Rows in flight whose own call is alive; None where no call of theirs could be read."""
    handed: tuple[HandoverPoint, ...] = ()
    """The moments at which operators handed the job over, where it is not read by a program."""
    cancel_overwrites: bool = True
    """False where the rows still tell who was called after the job was cancelled."""

    @cached_property
    def counts(self) -> Counter[ContactStatus]:
        """Count the rows by status; a completed row that its own call denies was not reached."""
        lost = ContactStatus.NOT_REACHED
        return Counter(lost if row.id in self.denied else row.status for row in self.rows)

    @cached_property
    def in_flight(self) -> int:
        """Count the rows that may hold a permit."""
        return sum(1 for row in self.rows if row.status.is_in_flight)

    @cached_property
    def over(self) -> int:
        """Count the rows for which nothing more happens by itself."""
        return sum(1 for row in self.rows if row.status.is_over)

    @cached_property
    def last_moved(self) -> datetime:
        """Return when anything last moved, on the platform's clock and never in the future.

        Where the platform tells no times, it is the earliest look of ours that saw all as it is now.
        """
        if self.untimed:
            return self.job.seen_at - timedelta(seconds=self._still_seconds)
        times = [row.updated_at for row in self.rows if row.updated_at and not row.first_sight]
        start = max(filter(None, [self.job.created_at, self.job.scheduled_at]))
        latest = max([*times, start]) if times else start
        return min(latest, self.job.seen_at)

    @cached_property
    def untimed(self) -> bool:
        """Tell whether the platform says of nothing when it moved: only our own looks tell then."""
        shown = [row for row in self.rows if row.updated_at]
        return bool(shown) and all(row.first_sight for row in shown)

    @property
    def quiet_seconds(self) -> float:
        """Return the silence so far, in seconds."""
        return (self.job.seen_at - self.last_moved).total_seconds()

    @property
    def _still_seconds(self) -> float:
        since = self.looked_at
        for tally in reversed(self.kept):
            if tally.moved(self.tally):
                break
            since = tally.at
        return max(0.0, (self.looked_at - since).total_seconds()) if self.looked_at and since else 0.0

    @property
    def tally(self) -> Tally:
        """Return this look's counters, as the platform shows them."""
        shown = Counter(row.status for row in self.rows)
        counts = {status.value: count for status, count in sorted(shown.items())}
        return Tally(self.job.seen_at, self.job.dispatched, self.job.finished, counts)
