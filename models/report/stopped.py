"""A source job that a recovery of ours has stopped, as a later look tells it."""

from dataclasses import dataclass
from datetime import datetime

from models.enums import State
from models.moments import utc


@dataclass(frozen=True, slots=True)
class StoppedBy:
    """Which recovery stopped the source job, and how the newest one that worked on it since came out."""

    recovery_id: str
    at: datetime
    newest_id: str
    state: State
    ended_at: datetime | None = None

    @property
    def message(self) -> str:
        """Say it in one sentence: stopped by whom and when, finished by whom and when."""
        stopped = f"Stopped by recovery {self.recovery_id} at {utc(self.at)}"
        who = "it" if self.newest_id == self.recovery_id else self.newest_id
        if self.state is State.RECOVERED and self.ended_at:
            return f"{stopped} and finished by {who} at {utc(self.ended_at)}."
        if self.state.is_end:
            return f"{stopped}; {who} ended {self.state.value}."
        return f"{stopped}; {who} is {self.state.value.replace('_', ' ')}."
