"""What others have begun since the plan: whoever stands in a newer job is left to the next recovery.

Between a plan and its last wave a night may pass, and a person may start another job for the same people.
"""

from collections.abc import Mapping
from datetime import timedelta

from models.calling import is_on
from models.ending import hold
from models.numbers import normalise
from models.tables import Wave
from tasks.desk import Desk
from tasks.ledger import plans, recoveries, waves

FRESH = timedelta(minutes=10)
"""How long a look at the workspace's other jobs is good for."""


def leave_out_taken(desk: Desk) -> None:
    """Take whoever a newer job holds out of the dispatch; looked at anew only after a while."""
    now = desk.clock.now()
    if not is_on(desk.policy) or (desk.case.around and now - desk.case.around < FRESH):
        return
    taken = _taken(desk)
    desk.case.around = now
    everybody = (row for rows in plans.waiting(desk.ledger, desk.held.recovery_id) for row in rows)
    why = {row.contact_id: _words(taken[row.phone or ""]) for row in everybody if row.phone in taken}
    plans.skip(desk.ledger, desk.held, why, "taken up by a newer job")


def nobody_taken(desk: Desk, wave: Wave) -> None:
    """Hold where somebody of a wave that lay over a night stands in a newer job."""
    taken = _taken(desk)
    both = [row.phone for row in waves.contacts_of(desk.ledger, wave) if row.phone in taken]
    if both:
        raise hold(
            f"Job {taken[both[0] or '']}, begun after the plan, holds {len(both)} contacts of wave {wave.n}.",
            "Nothing of the wave is sent. Run recover again: a fresh plan knows that job.",
        )


def _words(job_id: str) -> str:
    return f"job {job_id}, begun after the plan, holds this person too"


def _taken(desk: Desk) -> Mapping[str, str]:
    if not desk.platform.capabilities.can_list_jobs:
        return {}
    recovery = recoveries.get(desk.ledger, desk.held.recovery_id)
    own = {wave.marker for wave in waves.of(desk.ledger, recovery.id)}
    newer = [
        job
        for job in desk.platform.list_jobs(recovery.started_at)
        if job.id != recovery.job_id
        and job.name not in own
        and not (job.status.is_over and not job.dispatched)
    ]
    found: dict[str, str] = {}
    for job in newer:
        desk.pulse()
        for row in desk.platform.list_contacts(job.id):
            if number := normalise(row.phone, desk.policy.default_region).e164:
                found.setdefault(number, job.id)
    return found
