"""Named fault points: places where a test may end or freeze the process; free when off."""

import os
import signal

POINTS = (
    "claim.after_commit",
    "lease.renew",
    "look.before_write",
    "plan.before_commit",
    "approval.after_commit",
    "fence.before_stop",
    "fence.after_stop",
    "fence.before_write",
    "wave.before_intent",
    "wave.after_intent",
    "wave.before_send",
    "wave.after_send",
    "wave.after_result",
    "wave.before_adopt",
    "look.after_read",
    "look.before_verdict",
    "withdraw.before_stop",
    "package.before_write",
    "package.after_write",
    "audit.append",
    "ledger.before_commit",
    "ledger.after_commit",
    "end.before_commit",
)
"""Every named place, in the order in which a recovery passes them."""

_SPEC = os.environ.get("RINGBACK_FAULT", "")
_NAME, _, _COUNT = _SPEC.partition(":")
_left = int(_COUNT or 1)


def fault_point(name: str) -> None:
    """Kill the process here if RINGBACK_FAULT names the place (`name:n` means the nth passing)."""
    if name == _NAME:
        _strike()


def _strike() -> None:
    global _left  # noqa: PLW0603  counted down once in a process that is about to die
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
