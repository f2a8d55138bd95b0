"""Other jobs of an account beside a recovery: whether they are news since the plan, and whom they hold."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from models.enums import ContactStatus
from models.plan.markers import Marker, read_marker
from models.platform import Contact, Job

UNTOUCHED = frozenset({ContactStatus.NOT_DIALED, ContactStatus.CANCELLED})


class Known(NamedTuple):
    """A job as it stood when the plan was made: enough to see that it has begun anew since."""

    total: int
    retries: int
    over: bool
    dispatched: int | None = None
    """None in a plan of a version that did not keep it."""

    @classmethod
    def of(cls, job: Job) -> "Known":
        """Return what is kept of a job."""
        return cls(job.total, job.retries, job.is_stopped, job.dispatched)


def is_news(job: Job, around: Mapping[str, Any]) -> bool:
    """Tell whether a job is new since the plan, holds more people since, or has begun again since."""
    if job.id not in around:
        return True
    then = Known(*around[job.id])
    if job.total != then.total or job.retries > then.retries:
        return True
    # A job may wake up and be over again between two looks: only its counter tells then.
    more = then.dispatched is not None and job.dispatched > then.dispatched
    return then.over and (more or not job.is_stopped)


def is_idle(job: Job, rows: Iterable[Contact]) -> bool:
    """Tell whether a job is over and has called nobody, by its rows and by its counter alike."""
    return job.status.is_over and not job.dispatched and all(map(_is_untouched, rows))


def _is_untouched(row: Contact) -> bool:
    return row.status in UNTOUCHED and not row.call_id


def holds(job: Job, row: Contact, *, hides: bool = False) -> bool:
    """Tell whether a job has called a person or may still do so: only a row left over surely does neither.

    A job that `hides` tells of more dispatches than its rows show: any row left over may be one of them.
    """
    left_over = row.status is ContactStatus.NOT_DIALED and not row.call_id
    return hides or not (job.status.is_over and left_over)


def marker_in(job: Job, rows: Iterable[Contact] = ()) -> Marker | None:
    """Return the marker of a job by its name or, where the platform changes names, by its rows."""
    return read_marker(job.name) or next((m for row in rows if (m := read_marker(row.marker or ""))), None)


@dataclass(frozen=True, slots=True)
class Rival:
    """A wave of another ledger for the same people."""

    job: Job
    shared: int


def is_younger(ours: datetime | None, mine: str, rivals: Iterable[Rival]) -> bool:
    """Tell whether our first wave is younger than another ledger's: then it is ours to take back and stop.

    `ours` is the platform's time of our first wave, None where we have sent none; `mine` its marker, which
    decides where two are of one second.
    """
    if ours is None:
        return True
    first = min((rival.job.created_at, rival.job.name) for rival in rivals)
    return (ours, mine) > first
