"""Named fault points: places where a test may end or freeze the process; free when off."""

import os
import signal
from collections.abc import Callable

POINTS = (
    "ledger.before_commit",
    "ledger.after_commit",
    "audit.append",
    "lease.renew",
    "claim.after_commit",
    "look.before_write",
    "triage.before_write",
    "plan.before_commit",
    "approval.after_commit",
    "fence.before_stop",
    "fence.after_stop",
    "fence.before_write",
    "wave.before_intent",
    "wave.after_intent",
    "wave.before_send",
    "wave.after_send",
    "wave.before_result",
    "wave.after_result",
    "wave.before_adopt",
    "look.after_read",
    "look.before_verdict",
    "verdict.before_write",
    "stop.before_write",
    "withdraw.before_stop",
    "withdraw.after_stop",
    "package.before_write",
    "package.half_written",
    "package.after_write",
    "end.before_commit",
    "end.after_commit",
)
"""Every named place: first those around any write, then the others in the order of the ladder."""

OUTBOX_POINTS = (
    "outbox.after_take",
    "outbox.before_send",
    "outbox.after_send",
    "outbox.before_write",
    "outbox.after_write",
)
"""Places on a message's way out. A recovery has come to rest before them: they have tests of their own."""

Act = Callable[[str], None]
"""What a test does at a fault point; it gets the point's name."""

_act: Act | None = None


def fault_point(name: str) -> None:
    """Mark a place where the process may die; nothing happens unless something was armed."""
    if _act:
        _act(name)


def arm(act: Act | None) -> None:
    """Let something happen at every fault point from here on, None for nothing."""
    global _act  # noqa: PLW0603  one process, one script
    _act = act


def killer(spec: str) -> Act | None:
    """Return an act that kills the process at a point: `name`, or `name:n` for its nth passing.

    An empty text is None. Raises ValueError for a place that does not exist: it would never strike.
    """
    name, _, count = spec.partition(":")
    if not name:
        return None
    known = POINTS + OUTBOX_POINTS
    if name not in known or (count and not count.isdecimal()):
        raise ValueError(f"RINGBACK_FAULT={spec} names no fault point. Known: {', '.join(known)}.")
    left = int(count or 1)

    def strike(passed: str) -> None:
        nonlocal left
        left -= passed == name
        if passed == name and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    return strike


arm(killer(os.environ.get("RINGBACK_FAULT", "")))
