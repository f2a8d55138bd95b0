"""The sweep's steps: which jobs should be moving, what each of them shows, what was done about it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from models.platform import PlatformError
from models.words import JobStatus, Path, State
from tasks import triage, words
from tasks.conductor import publish, step
from tasks.desk import Case, at, desk
from tasks.ledger import recoveries, waves
from tasks.ledger.leases import is_held

LOOK_BACK = timedelta(days=14)
"""Older jobs are nobody's incident any more."""
MOVING = frozenset({JobStatus.RUNNING, JobStatus.SCHEDULED})


@dataclass(frozen=True, slots=True)
class Seen:
    """What the sweep saw of one job."""

    job_id: str
    cause: str
    path: str
    words: str

    @property
    def needs_recovery(self) -> bool:
        """Tell whether the diagnosis leads up the ladder."""
        return self.path == Path.RECOVER.value


@dataclass(frozen=True, slots=True)
class Swept:
    """One sweep: the jobs seen, what was done about the stalled ones, what was continued."""

    seen: tuple[Seen, ...]
    acted: Mapping[str, str]
    resumed: Mapping[str, str]

    def as_json(self) -> dict[str, Any]:
        """Return the sweep as the command line shows it."""
        jobs = [
            {
                "job_id": one.job_id,
                "cause": one.cause,
                "path": one.path,
                "words": one.words,
                "acted": self.acted.get(one.job_id),
            }
            for one in self.seen
        ]
        return {"jobs": jobs, "resumed": dict(self.resumed)}


@step("List the jobs that should be moving", reads=True)
def running_jobs() -> list[str]:
    """Return the ids of running jobs that are not waves of ours, oldest first."""
    here = desk()
    jobs = [
        job
        for job in here.platform.list_jobs(here.clock.now() - LOOK_BACK)
        if job.status in MOVING and waves.read_marker(job.name) is None
    ]
    return [job.id for job in sorted(jobs, key=lambda job: job.created_at)]


@step("Look at one job", reads=True)
def look_at(job_id: str) -> Seen:
    """Triage one job; a job that cannot be read does not stop the sweep."""
    here = replace(desk(), case=Case(job_id), claim=None)
    try:
        with at(here):
            triage.all_checks()
    except PlatformError as error:
        return Seen(job_id, "unknown", Path.HOLD.value, str(error))
    found = here.case.diagnosis
    assert found is not None, "all checks end in a diagnosis"
    return Seen(job_id, found.cause.value, found.path.value, found.words)


@step("Act on a stalled job")
def act_on(seen: Seen, act: Callable[[Seen], str]) -> str:
    """Do what the policy says about a stalled job."""
    return act(seen)


@step("Find interrupted recoveries", reads=True)
def orphans() -> list[str]:
    """Return recoveries that are running by the ledger and that no living process holds.

    One that waits for calling hours is left till they begin: a sweep is no place to sleep over a night.
    """
    here = desk()
    now = here.clock.now()
    return [
        r.id
        for r in recoveries.listing(here.ledger, limit=500)
        if r.state == State.RUNNING.value
        and r.workspace == here.workspace
        and not (r.waits_until and r.waits_until > now)
        and not is_held(here.ledger, (r.workspace, r.platform, r.job_id))
    ]


@step("Continue an interrupted recovery")
def go_on(recovery_id: str, resume: Callable[[str], str]) -> str:
    """Continue one recovery and return the state it came to."""
    return resume(recovery_id)


@step("Sum up the sweep")
def sum_up(swept: Swept) -> Swept:
    """Show one table."""
    rows = [(s.job_id, s.cause, s.path, swept.acted.get(s.job_id, ""), s.words) for s in swept.seen]
    table = words.table(("job", "cause", "path", "done", "what was seen"), rows)
    resumed = "".join(f"\n- continued {rid}: {state}" for rid, state in swept.resumed.items())
    publish(f"sweep-{desk().workspace}", "Sweep", f"## {len(rows)} running jobs\n\n{table}\n{resumed}")
    return swept
