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
    return count_people(earlier_and_now(ctx, is_open=is_open), look.job.total)


def earlier_and_now(ctx: RunContext, *, is_open: bool) -> list[Chapter]:
    """Return the plans of all other recoveries of the job, oldest first, and then the look as it judges."""
    mine = ctx.claim.recovery_id if ctx.claim else None
    with ctx.ledger.read() as session:
        told = chapters(session, ctx.job_key, LATEST)
    earlier = [chapter for recovery_id, chapter in told if recovery_id != mine]
    return [*earlier, Chapter([Entry.of(one) for one in ctx.case.judged], is_open)]


def people_if_stopped(ctx: RunContext, look: Observation) -> People | None:
    """Return the count where a recovery of ours has stopped the job: its rows tell of the stop alone."""
    return people_now(ctx, look) if look.stopped else None


def is_anybody_open(ctx: RunContext) -> bool:
    """Tell whether the look leaves anybody to call, to wait for or to decide about."""
    return any(one.action in OPEN for one in ctx.case.judged)
