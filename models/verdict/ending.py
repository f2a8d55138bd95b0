"""How a recovery ends, and why, before anybody writes it down."""

from dataclasses import dataclass

from models.enums import State
from models.errors import EXIT_PERSON, RingbackError, exit_of


@dataclass(frozen=True, slots=True)
class Ending:
    """The state a recovery comes to rest in, and what follows for a person."""

    state: State
    why: str
    next_action: str
    resumable: bool = False
    """True where nothing spoke against going on but the circumstances: `resume` continues it."""


class _EndingError(RingbackError):
    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.why)
        self.ending = ending
        self.exit_code, self.next_action = exit_of(ending.state), ending.next_action


class HaltError(_EndingError):
    """Raised by a task that must not go on; carries the ending."""

    exit_code = EXIT_PERSON


@dataclass(frozen=True, slots=True)
class StopWish:
    """A wish that a recovery stops, and how it came: "Ctrl-C", "Suspended, set on its run in Prefect"."""

    how: str
    cancels: bool = False
    """True where a person gives the recovery up; False where only what runs now is to end."""

    def ending(self) -> Ending:
        """Return how a recovery ends that follows the wish."""
        if self.cancels:
            return Ending(State.CANCELLED, f"A person cancelled the recovery: {self.how}.", SENT_NO_MORE)
        why = f"Stopped: {self.how}. Nothing more is sent, and what did not ring yet was taken back."
        return Ending(State.HELD, why, "Run recover again for the rest: a fresh plan knows who was called.")


SENT_NO_MORE = "Nothing more is sent."
CANCELLED = Ending(State.CANCELLED, "A person cancelled the recovery.", SENT_NO_MORE)


class CancelAskedError(_EndingError):
    """Somebody wants the recovery to stop; carries the ending."""

    def __init__(self, ending: Ending = CANCELLED) -> None:
        super().__init__(ending)


def hold(why: str, next_action: str, *, resumable: bool = False) -> HaltError:
    """Return a halt that stops the ladder for a person."""
    return HaltError(Ending(State.HELD, why, next_action, resumable))


def escalate(why: str, next_action: str) -> HaltError:
    """Return a halt that hands the job to engineering."""
    return HaltError(Ending(State.ESCALATED, why, next_action))
