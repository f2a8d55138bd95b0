"""Room for another wave: the permits that the account's waves leave free at this moment."""

from collections.abc import Sequence
from datetime import timedelta

from models.enums import WaveState
from models.plan.permit_budget import InAir, PermitBudget, room
from models.tables.ledger import Wave
from models.triage.checks.health import permit_limit
from tasks.context import RunContext
from tasks.dispatch.watch import WaveObservation, look_at
from tasks.ledger import recoveries, waves
from tasks.ledger.account import permits


def live_waves(ctx: RunContext) -> list[Wave]:
    """Return the waves of this recovery that are on the platform and not settled."""
    return waves.of(ctx.ledger, ctx.held.recovery_id, (WaveState.ACCEPTED,))


def measure_room(ctx: RunContext, seen: Sequence[WaveObservation] | None = None) -> PermitBudget:
    """Return the permits that a new wave may use now, beside all other waves of the account."""
    seen = [look_at(ctx, wave) for wave in live_waves(ctx)] if seen is None else seen
    others = permits.of_others(ctx.ledger, ctx.held)
    live = ctx.platform.get_capacity().live
    since = ctx.clock.now() - timedelta(seconds=ctx.policy.wrap_up)
    wrapping = permits.count_ended_since(ctx.ledger, ctx.held, since)
    flying: list[InAir] = [one.in_air for one in seen]
    return room(ctx.policy, limit_of(ctx), live, [*flying, *others], wrapping=wrapping)


def limit_of(ctx: RunContext) -> int:
    """Return the limit that the recovery counts with, as triage found it."""
    if ctx.case.look:
        return permit_limit(ctx.case.look, ctx.policy)
    recovery = recoveries.get(ctx.ledger, ctx.held.recovery_id)
    return min(ctx.policy.permits, int((recovery.source or {}).get("limit", ctx.policy.permits)))
