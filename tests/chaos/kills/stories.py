"""The worlds in which recoveries are killed: small, fast, and between them past every fault point."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tasks.fault_points import POINTS

LOOKING = frozenset(
    {
        "ledger.before_commit",
        "ledger.after_commit",
        "audit.append",
        "lease.renew",
        "claim.after_commit",
        "look.before_write",
        "triage.before_write",
        "end.before_commit",
        "end.after_commit",
    }
)
"""What every recovery passes."""
SENDING = LOOKING | {
    "plan.before_commit",
    "approval.after_commit",
    "fence.before_write",
    "wave.before_intent",
    "wave.after_intent",
    "wave.before_send",
    "wave.after_send",
    "wave.before_result",
    "wave.after_result",
    "look.after_read",
    "look.before_verdict",
}
"""What a recovery passes that sends a wave."""
STOPPING = frozenset({"fence.before_stop", "fence.after_stop"})
PACKING = frozenset({"package.before_write", "package.half_written", "package.after_write"})
WITHDRAWING = frozenset({"withdraw.before_stop", "withdraw.after_stop"})

QUICK: Mapping[str, Any] = {
    "poll_seconds": 0.02,
    "stall_seconds": 15,
    "visibility_seconds": 0.1,
    "lease_seconds": 20,
    "approval": "auto",
}
"""A policy for worlds that play a call in some milliseconds."""
SPEED = 3000.0


@dataclass(frozen=True, slots=True, eq=False)
class Story:
    """One world, the end that its recovery comes to, and the fault points on the way there.

    `exact` is True where a recovery that was killed must also have dialled the very same people; where a
    failing platform stops it, who had their turn by then depends on when it was noticed. `odd` is True where
    only odd seeds of the scenario make this story.
    """

    name: str
    scenario: str
    contacts: int
    end: str
    points: frozenset[str]
    faults: tuple[Mapping[str, Any], ...] = ()
    exact: bool = True
    odd: bool = False


STORIES = (
    Story("leaked permits", "permit-leak", 48, "recovered", SENDING | STOPPING | {"verdict.before_write"}),
    Story(
        "lost answers",
        "dead-dispatcher",
        24,
        "recovered",
        SENDING | STOPPING | {"wave.before_adopt", "verdict.before_write"},
        ({"name": "accept_then_cut"}, {"name": "accept_then_500", "skip": 1}),
    ),
    Story(
        "provider down",
        "provider-outage",
        20,
        "held",
        SENDING | {"stop.before_write"},
        odd=True,
    ),
    Story(
        "repeated delivery",
        "fell-short",
        24,
        "escalated",
        (SENDING - {"look.before_verdict"}) | PACKING | WITHDRAWING | {"stop.before_write"},
        ({"name": "duplicate_delivery", "skip": 1},),
        exact=False,
    ),
    Story("second run", "duplicate-job", 12, "escalated", LOOKING | PACKING),
    Story(
        "late failures",
        "poison",
        160,
        "escalated",
        SENDING | PACKING | {"verdict.before_write", "stop.before_write"},
        exact=False,
    ),
)


def world_seed(story: Story, seed: int) -> int:
    """Return the seed of the world for the nth variant of a story, counted from 1."""
    return 2 * seed - 1 if story.odd else seed


def stories_of(point: str) -> tuple[Story, ...]:
    """Return the stories that pass a fault point; there is one for each of POINTS."""
    return tuple(story for story in STORIES if point in story.points)


def unreached() -> frozenset[str]:
    """Return the fault points that no story passes."""
    return frozenset(point for point in POINTS if not stories_of(point))
