"""A recovery in a list: one line that fits a terminal of 80 columns, and what somebody has to do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

LONGEST_ID = 16
"""Columns for the platform's id of a job; its begin and its end tell it from others."""
BESIDE_WORKSPACE, WORKSPACE = 9, 8
"""Columns for it beside the name of its workspace, and for that name."""
NOTHING = "Nothing to do"
"""How a next action begins that asks nobody for anything."""
HEAD = ("recovery", "state", "job", "called", "begun (UTC)")
"""Titles of the line."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One recovery as a list shows it; `called` of `planned` people, `workspace` empty where there is one."""

    recovery_id: str
    state: str
    job_id: str
    called: int
    planned: int
    started_at: datetime
    next_action: str = ""
    workspace: str = ""

    def cells(self) -> tuple[str, ...]:
        """Return the cells of the line, in the order of the head."""
        job = shortened(self.job_id, BESIDE_WORKSPACE if self.workspace else LONGEST_ID)
        job = f"{shortened(self.workspace, WORKSPACE)}/{job}" if self.workspace else job
        called = f"{self.called:,}/{self.planned:,}" if self.planned else "-"
        return (
            self.recovery_id, self.state.replace("_", " "), job, called, f"{self.started_at:%d %b %H:%M}"
        )  # fmt: skip

    def follow_up(self) -> str:
        """Return what somebody has to do, empty where nobody has."""
        return "" if self.next_action.startswith(NOTHING) else self.next_action


def shortened(name: str, most: int) -> str:
    """Return a name as a list shows it, in so many columns: what is left out of the middle is marked."""
    if len(name) <= most:
        return name
    begin = most // 2
    return f"{name[:begin]}\N{HORIZONTAL ELLIPSIS}{name[begin + 1 - most :]}"


def many_workspaces(names: Sequence[str]) -> bool:
    """Tell whether a list has to say of which workspace each recovery is."""
    return len(set(names)) > 1
