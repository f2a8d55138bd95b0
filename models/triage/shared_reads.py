"""What one sweep reads once for all the jobs it looks at in whole, instead of once for each of them."""

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
    listed: tuple[Job, ...] | None = None
    """Every job of the account; None until one look has asked for them."""
    others: dict[str, OtherJob] = field(default_factory=dict)

    def has_looked(self, job_id: str, now: datetime, stall_seconds: float) -> bool:
        """Tell whether a first look still counts; one half a stall old has to be taken again."""
        at = self.first.get(job_id)
        return at is not None and timedelta(0) <= now - at < timedelta(seconds=stall_seconds / 2)

    def knows(self, people: Iterable[str]) -> bool:
        """Tell whether the kept rows hold all these people's; for anybody else the jobs are read again."""
        return self.people.issuperset(people)
