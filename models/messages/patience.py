"""How long a message that could not be delivered waits, and when it is given up."""

from models.backoff import doubling

FIRST_PAUSE = 2.0
LONGEST_PAUSE = 3600.0
LONGEST_ASKED = 6 * 3600.0
"""Seconds; a system that asks for more gets this and another try."""
MOST_TRIES = 60
"""About two days: a weekend's outage of a ticket system loses no comment."""


def pause(tries: int, roll: float, asked: float | None = None) -> float:
    """Return the seconds until the next try after `tries` of them; `roll` in [0, 1) spreads the crowd.

    The pause doubles to an hour, between half and the whole of it by the roll, and is never shorter than what
    the system asked for in Retry-After.
    """
    base = doubling(tries, FIRST_PAUSE, LONGEST_PAUSE)
    return max(base * (0.5 + roll / 2), min(asked or 0.0, LONGEST_ASKED))


def is_exhausted(tries: int) -> bool:
    """Tell whether a message has been tried often enough."""
    return tries >= MOST_TRIES
