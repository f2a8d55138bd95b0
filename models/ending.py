"""How a recovery ends, and why, before anybody writes it down."""

from dataclasses import dataclass

from models.words import State


@dataclass(frozen=True, slots=True)
class Ending:
    """The state a recovery comes to rest in, and what follows for a person."""

    state: State
    why: str
    next_action: str
    resumable: bool = False
    """True where nothing spoke against going on but the circumstances: `resume` continues it."""


class Halt(Exception):  # noqa: N818  a decision, not an error
    """Raised by a step that must not go on; carries the ending."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(ending.why)
        self.ending = ending


def hold(why: str, next_action: str, *, resumable: bool = False) -> Halt:
    """Return a halt that stops the ladder for a person."""
    return Halt(Ending(State.HELD, why, next_action, resumable))


def escalate(why: str, next_action: str) -> Halt:
    """Return a halt that hands the job to engineering."""
    return Halt(Ending(State.ESCALATED, why, next_action))
