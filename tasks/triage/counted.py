"""Everybody of a job counted once, as triage sees them: by this look and by all recoveries before it."""

from models.enums import Action
from models.report.people import Chapter, Entry, People, count_people
from models.triage.observation import Observation
from tasks.context import RunContext
from tasks.ledger.people.ends import chapters

LATEST = 1_000_000_000
"""An epoch that no recovery reaches."""
OPEN = frozenset({Action.REDIAL, Action.WAIT, Action.HOLD})
"""What a plan does with somebody who is not done with."""


def people_now(ctx: RunContext, look: Observation, *, is_open: bool = True) -> People:
    """Return the count of persons; `is_open` while somebody may still call those who were not called."""
    mine = ctx.claim.recovery_id if ctx.claim else None
    with ctx.ledger.read() as session:
        told = chapters(session, ctx.job_key, LATEST)
    earlier = [chapter for recovery_id, chapter in told if recovery_id != mine]
    now = Chapter([Entry.of(one) for one in ctx.case.judged], is_open)
    return count_people([*earlier, now], look.job.total)


def people_if_stopped(ctx: RunContext, look: Observation) -> People | None:
    """Return the count where a recovery of ours has stopped the job: its rows tell of the stop alone."""
    return people_now(ctx, look) if look.stopped else None


def is_anybody_open(ctx: RunContext) -> bool:
    """Tell whether the look leaves anybody to call, to wait for or to decide about."""
    return any(one.action in OPEN for one in ctx.case.judged)
