"""Room for another wave: the permits that the account's waves leave free at this moment."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from models.enums import WaveState
from models.plan.permit_budget import InAir, PermitBudget, room
from models.tables.ledger import Wave
from models.triage.checks.health import permit_limit, standing_limit
from tasks.context import RunContext
from tasks.dispatch.watch import WaveObservation, look_at
from tasks.ledger import recoveries, waves
from tasks.ledger.account import permits
from tasks.marks import struck


def live_waves(ctx: RunContext) -> list[Wave]:
    """Return the waves of this recovery that are on the platform and not settled."""
    return waves.of(ctx.ledger, ctx.held.recovery_id, (WaveState.ACCEPTED,))


def measure_room(
    ctx: RunContext, seen: Sequence[WaveObservation] | None = None, running: Mapping[str, int] | None = None
) -> PermitBudget:
    """Return the permits that a new wave may use now, beside all other waves of the account.

    `running` is what the last listing tells of other jobs: how many calls each has begun and not ended.
    """
    seen = [look_at(ctx, wave) for wave in live_waves(ctx)] if seen is None else seen
    others = permits.of_others(ctx.ledger, ctx.held)
    told = ctx.platform.get_capacity()
    since = ctx.clock.now() - timedelta(seconds=ctx.policy.wrap_up)
    wrapping = permits.count_ended_since(ctx.ledger, ctx.held, since)
    flying: list[InAir] = [one.in_air for one in seen]
    limit = limit_of(ctx, told.limit)
    listed = _listed(ctx, running or {}) if told.live is None else 0
    return room(ctx.policy, limit, told.live, [*flying, *others], wrapping=wrapping, listed=listed)


def _listed(ctx: RunContext, running: Mapping[str, int]) -> int:
    """Count what jobs of others have in the air by their counters; waves of ours are reckoned with apart."""
    if not running:
        return 0
    ours = waves.platform_jobs(ctx.ledger, ctx.held.workspace, ctx.held.platform)
    found = sum(count for job_id, count in running.items() if job_id not in ours)
    if found:
        struck("permits.listed")
    return found


def limit_of(ctx: RunContext, told: int | None) -> int:
    """Return the limit that the recovery counts with: as the platform tells it now, or as triage found it."""
    source = recoveries.get(ctx.ledger, ctx.held.recovery_id).source or {}
    look, set_to = ctx.case.look, ctx.policy.permits
    if told is None or told < 0:
        found = permit_limit(look, ctx.policy) if look else source.get("limit", set_to)
        return min(set_to, int(found))
    # A ledger of before does not have the one without the platform's own: then that of triage holds on.
    standing = standing_limit(look, ctx.policy) if look else source.get("standing_limit", source.get("limit"))
    return min(set_to, told, set_to if standing is None else int(standing))
