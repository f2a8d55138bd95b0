"""A child that freezes: it stops itself at a fault point, as a laptop does that is closed in the middle."""

import os
import signal
from collections.abc import Mapping
from typing import Any

from tasks import fault_points
from tests.chaos.kills.child import ChildCommand, dress, run

FREEZE = "CHAOS_FREEZE"
"""Names the fault point, in the order's environment."""


def obey(told: Mapping[str, Any]) -> int:
    """Run an order that stops (SIGSTOP) at the first passing of its point."""
    order = ChildCommand(**told)
    dress(order)
    point = order.environ[FREEZE]

    def freeze(passed: str) -> None:
        if passed == point:
            fault_points.arm(None)
            os.kill(os.getpid(), signal.SIGSTOP)

    fault_points.arm(freeze)
    return run(order)
