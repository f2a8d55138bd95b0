"""What one sweep reads once for all the jobs it looks at in whole, instead of once for each of them."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from models.plan.markers import Marker
from models.platform import Contact, Job


@dataclass(frozen=True, slots=True)
class OtherJob:
    """The rows of another job that hold people who were asked for, by E.164 number, in the job's order."""

    is_idle: bool
    marker: Marker | None
    rows: tuple[tuple[str, Contact], ...]


@dataclass(slots=True)
class SharedReads:
    """The reads that the looks of one sweep share; its memory grows with the people of the jobs looked at."""

    people: set[str] = field(default_factory=set)
    """Numbers of all jobs that were looked at a first time."""
    first: dict[str, datetime] = field(default_factory=dict)
    """When each job was looked at a first time."""
    rows: dict[str, tuple[Job, tuple[Contact, ...]]] = field(default_factory=dict)
    """Jobs with their rows that were read ahead of their second look, which takes them away."""
    listed: tuple[Job, ...] | None = None
    """Every job of the account that may be compared; None until one look has asked for them."""
    others: dict[str, OtherJob] = field(default_factory=dict)
    """Jobs that hold some of those people."""
    searched: set[str] = field(default_factory=set)
    """Jobs of which it is known who of those people is in them."""
    holders: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """The jobs that hold each of those people."""

    def has_looked(self, job_id: str, now: datetime, stall_seconds: float) -> bool:
        """Tell whether a first look still counts; one half a stall old has to be taken again."""
        at = self.first.get(job_id)
        return at is not None and timedelta(0) <= now - at < timedelta(seconds=stall_seconds / 2)

    def knows(self, people: Iterable[str]) -> bool:
        """Tell whether the kept rows hold all these people's; for anybody else the jobs are read again."""
        return self.people.issuperset(people)

    def searched_for(self, job_id: str, found: Iterable[str]) -> None:
        """Note who of the people is in a job, which is all of them that are."""
        self.searched.add(job_id)
        for person in found:
            self.holders[person].add(job_id)

    def holding(self, people: Iterable[str]) -> set[str]:
        """Return the jobs that hold any of these people, of those that were searched."""
        return set().union(*(self.holders[one] for one in people if one in self.holders))
