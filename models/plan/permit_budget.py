"""Room for another wave: permits free now, less the headroom."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from models.policy.policy import Policy


@dataclass(frozen=True, slots=True)
class InAir:
    """One live wave: its cap, its contacts without an outcome, and those of them that hold a permit."""

    cap: int
    unresolved: int
    in_flight: int

    @property
    def reserved(self) -> int:
        """Return how many permits the wave may use; past its cap it counts with what it really holds."""
        return max(min(self.cap, self.unresolved), self.in_flight)


@dataclass(frozen=True, slots=True)
class PermitBudget:
    """How many calls may be added, and what stands against more."""

    free: int
    ours: int
    foreign: int
    limit: int
    wrapping: int = 0
    """Calls of ours that are down and may keep their permit for a moment more."""
    most: int = 0
    """How many permits all waves of the account together may use."""


def room(
    policy: Policy,
    limit: int,
    live: int | None,
    waves: Iterable[InAir],
    *,
    wrapping: int = 0,
    listed: int = 0,
) -> PermitBudget:
    """Return the free permits: the limit less headroom, calls of others, and all our waves may still use.

    The permits of `wrapping` calls come free within a moment; no platform shows when.

    Calls of others are the live calls beyond those that the rows of our waves account for, in whichever
    recovery of the account these waves are. Where nobody tells what is in the air (`live` is None), half of
    the permits are left to others: ElevenLabs gives a batch without a limit of its own the same half. Where
    the counters of their jobs tell of more calls than that (`listed`), these are left to them.
    """
    waves = tuple(waves)
    ours = sum(wave.reserved for wave in waves)
    foreign = listed if live is None else max(0, live - sum(wave.in_flight for wave in waves))
    whole = max(0, limit - policy.headroom - wrapping)
    most = max(0, whole - foreign)
    if live is None:
        most = min(most, math.ceil(whole / 2))
    return PermitBudget(max(0, most - ours), ours, foreign, limit, wrapping, most)


def wave_size(wanted: int, space: PermitBudget, left: int, policy: Policy) -> int:
    """Return how many contacts the next wave takes, of `left` that wait.

    No more than the wave's permits have a share in, so that all live waves end at about the same time and no
    permit idles behind one long queue; never fewer than the free permits.
    """
    usable = max(1, space.limit - policy.headroom - space.foreign)
    share = max(space.free, math.ceil(left * space.free / usable))
    return max(0, min(wanted, policy.wave_max, share, left)) if space.free else 0
