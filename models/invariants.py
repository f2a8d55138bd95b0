"""Invariants: what must hold whatever happens. Broken ones are errors, which `python -O` leaves in."""

from typing import TypeVar

from models.errors import RingbackError

T = TypeVar("T")


class BrokenInvariantError(RingbackError, RuntimeError):
    """Something that can never be is so: a fault of ours, and nothing goes on from here."""

    next_action = "Report it with the place that the message names; the ledger is safe."


def ensure(held: object, message: str) -> None:
    """Raise BrokenInvariant where what must hold does not."""
    if not held:
        raise BrokenInvariantError(message)


def given(value: T | None, message: str) -> T:
    """Return a value that must be there; raises BrokenInvariantError where it is not."""
    if value is None:
        raise BrokenInvariantError(message)
    return value
