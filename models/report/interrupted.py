"""What is said to who pressed Ctrl-C: how far it came, who may still be called, and how to go on."""

from collections.abc import Sequence
from dataclasses import dataclass

from models.triage.findings import plural


@dataclass(frozen=True, slots=True)
class Interrupted:
    """Where a recovery stood when its process was interrupted, by the ledger."""

    recovery_id: str
    job_id: str
    planned: int
    done: int
    """Redials that are through."""
    with_platform: Sequence[tuple[int, int]] = ()
    """Wave, and how many of its people are with the platform without an end."""
    unclear: Sequence[tuple[int, int]] = ()
    """Wave, and how many of its people the platform may have or not."""
    ended: bool = False
    """True where the recovery has ended: what did not ring was taken back."""
    waits: bool = False
    """True where its plan waits for approval."""

    def message(self) -> str:
        """Return the sentence, with the commands to type next."""
        return f"{self._how_far()} {self._who()} {self._next()}"

    def _how_far(self) -> str:
        if not self.planned:
            return "Interrupted before there was a plan."
        return f"Interrupted after {self.done:,} of {self.planned:,}."

    def _who(self) -> str:
        still = "may still be called" if self.ended else "will still be called"
        parts = [f"{_of(count, wave)} with the platform and {still}" for wave, count in self.with_platform]
        parts += [f"{_of(count, wave)} perhaps with the platform" for wave, count in self.unclear]
        if not parts:
            return "Nobody else is called."
        return f"{'; '.join(parts)}; nobody else."

    def _next(self) -> str:
        if self.ended:
            return f"For the rest: ringback recover {self.job_id}"
        go_on = "approve" if self.waits else "resume"
        return f"Go on: ringback {go_on} {self.recovery_id}   Take back: ringback cancel {self.recovery_id}"


def _of(count: int, wave: int) -> str:
    return f"{plural(count, 'person', 'people')} of wave {wave} {'is' if count == 1 else 'are'}"
