"""A platform that contradicts itself: what of its own words cannot all be true."""

from collections.abc import Iterator

from models.enums import JobStatus
from models.policy.policy import Policy
from models.triage.findings import plural
from models.triage.observation import Observation


def contradictions(look: Observation, policy: Policy) -> tuple[str, ...]:
    """Return what a look at a job shows that cannot be, in sentences without a full stop."""
    return (*_counters(look), *_rows(look, policy))


def _counters(look: Observation) -> Iterator[str]:
    job = look.job
    if min(job.total, job.dispatched, job.finished, job.retries) < 0:
        yield "a counter is below zero"
    if job.finished > job.dispatched:
        yield f"{job.finished:,} calls are counted as finished and only {job.dispatched:,} as dispatched"
    most = job.total * (1 + max(0, job.retries))
    if job.total > 0 and job.dispatched > most:
        yield f"{job.dispatched:,} dispatches are counted for {plural(job.total, 'contact')}"
    if job.finished > 0 and look.rows and not (look.over or look.in_flight or look.listed):
        yield f"{job.finished:,} calls are counted as finished, and no row or call shows one"


def _rows(look: Observation, policy: Policy) -> Iterator[str]:
    if look.denied:
        some = plural(len(look.denied), "row")
        yield f"{some} of the job's completed ones had a call that failed before anybody answered"
    waits = look.quiet_seconds >= policy.stall_seconds
    if look.job.status is JobStatus.FINISHED and look.in_flight and waits:
        yield f"the job is completed and {plural(look.in_flight, 'row')} of it still claim to be in the air"
