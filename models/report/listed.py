"""A recovery in a list: one line that fits a terminal of 80 columns, and what somebody has to do next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

LONGEST_ID = 16
"""Columns for the platform's id of a job; its begin and its end tell it from others."""
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
        job = f"{self.workspace}/{shortened(self.job_id)}" if self.workspace else shortened(self.job_id)
        called = f"{self.called:,}/{self.planned:,}" if self.planned else "-"
        return (
            self.recovery_id, self.state.replace("_", " "), job, called, f"{self.started_at:%d %b %H:%M}"
        )  # fmt: skip

    def follow_up(self) -> str:
        """Return what somebody has to do, empty where nobody has."""
        return "" if self.next_action.startswith(NOTHING) else self.next_action


def shortened(job_id: str) -> str:
    """Return an id as a list shows it: what is left out of the middle is marked."""
    if len(job_id) <= LONGEST_ID:
        return job_id
    half = LONGEST_ID // 2
    return f"{job_id[:half]}\N{HORIZONTAL ELLIPSIS}{job_id[1 - half :]}"


def many_workspaces(names: Sequence[str]) -> bool:
    """Tell whether a list has to say of which workspace each recovery is."""
    return len(set(names)) > 1
