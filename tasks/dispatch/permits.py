"""Room for another wave: the permits that the account's waves leave free at this moment."""

from collections.abc import Sequence
from datetime import timedelta

from models.enums import WaveState
from models.plan.permit_budget import InAir, Room, room
from models.tables.ledger import Wave
from models.triage.checks.health import permit_limit
from tasks.context import Desk
from tasks.dispatch.watch import Seen, look_at
from tasks.ledger import permits, recoveries, waves


def live_waves(desk: Desk) -> list[Wave]:
    """Return the waves of this recovery that are on the platform and not settled."""
    return waves.of(desk.ledger, desk.held.recovery_id, (WaveState.ACCEPTED,))


def measure_room(desk: Desk, seen: Sequence[Seen] | None = None) -> Room:
    """Return the permits that a new wave may use now, beside all other waves of the account."""
    seen = [look_at(desk, wave) for wave in live_waves(desk)] if seen is None else seen
    others = permits.of_others(desk.ledger, desk.held)
    live = desk.platform.get_capacity().live
    since = desk.clock.now() - timedelta(seconds=desk.policy.wrap_up)
    wrapping = permits.count_ended_since(desk.ledger, desk.held, since)
    flying: list[InAir] = [one.in_air for one in seen]
    return room(desk.policy, limit_of(desk), live, [*flying, *others], wrapping=wrapping)


def limit_of(desk: Desk) -> int:
    """Return the limit that the recovery counts with, as triage found it."""
    if desk.case.look:
        return permit_limit(desk.case.look, desk.policy)
    recovery = recoveries.get(desk.ledger, desk.held.recovery_id)
    return min(desk.policy.permits, int((recovery.source or {}).get("limit", desk.policy.permits)))
