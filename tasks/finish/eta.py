"""The ETA of a job, from what the look and the ledger know of its pace."""

from datetime import datetime
from typing import Any

from models.calling.rule import gates_of
from models.enums import Cause, ContactStatus, State
from models.estimate.eta import Basis, Eta
from models.estimate.job import Progress, estimate
from models.estimate.none import no_estimate
from models.estimate.open_time import open_clock
from models.estimate.pace import OpenSeconds
from models.triage.checks.health import permit_limit
from models.triage.observation import Observation
from models.verdict.ending import Ending
from tasks.context import RunContext
from tasks.ledger import plans


def eta_of(ctx: RunContext, ending: Ending) -> dict[str, Any]:
    """Return the ETA that an ending names: facts where all is done, an estimate while a job runs."""
    now = ctx.clock.now()
    if ending.state is State.RECOVERED:
        return _done(ctx, now)
    if ending.state is State.HEALTHY and ctx.case.look:
        return _of_job(ctx, ctx.case.look, now)
    return no_estimate(ending.state, now)


def _done(ctx: RunContext, now: datetime) -> dict[str, Any]:
    ended = plans.last_end(ctx.ledger, ctx.held.recovery_id) or now
    return estimate(Progress(pending=0), now).as_json() | {"finished_at": ended.isoformat()}


def _of_job(ctx: RunContext, look: Observation, now: datetime) -> dict[str, Any]:
    if opens := _opening(ctx):
        return Eta(now, Basis.NONE, why=f"dialling starts at {opens:%Y-%m-%d %H:%M} UTC").as_json()
    tried = [row for row in look.rows if row.call_id]
    moved = [row.updated_at for row in tried if row.updated_at and row.status.is_over]
    progress = Progress(
        pending=look.counts[ContactStatus.NOT_DIALED],
        in_air=look.in_flight,
        ended_at=[when for when in moved if when <= now],
        permits=permit_limit(look, ctx.policy),
    )
    return estimate(progress, now, _clock(ctx)).as_json()


def _opening(ctx: RunContext) -> datetime | None:
    """Return when dialling begins, as the finding that named calling hours has it."""
    diagnosis = ctx.case.diagnosis
    if diagnosis is None or diagnosis.cause is not Cause.CALLING_WINDOW:
        return None
    told = (finding.evidence.get("opens") for finding in ctx.case.findings)
    return next((datetime.fromisoformat(at) for at in told if at), None)


def _clock(ctx: RunContext) -> OpenSeconds:
    waiting = (one.calling for one in ctx.case.judged if one.calling)
    return open_clock(gates_of(facts, ctx.policy) for facts in waiting)
