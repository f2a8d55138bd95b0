"""A ruling: what one reason means for redialling, and the row of the tables that says so."""

from dataclasses import dataclass
from typing import Literal

from models.enums import Disposition
from models.masking.quotes import plain_word
from models.platform import Reason

Reached = Literal["no", "maybe", "yes"]
"""Whether the person, or a machine in the person's place, took the call."""

REDIALS = frozenset({Disposition.TRANSIENT, Disposition.UNDELIVERED, Disposition.LATER})
"""The dispositions that a policy may turn into a redial by itself."""

GUESS = "~"
"""What stands behind a code that a text, not a code, has told."""


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a reason means, as one row of the reason tables says it.

    `known` is False where no row and no rule covers the reason; `overridden` is True where the row is the
    workspace's own; `guessed` where a text, not a code, asked for the row. `system` and `code` are empty
    where the platform gave no reason at all.
    """

    disposition: Disposition
    reached: Reached
    system: str
    code: str
    name: str
    why: str
    known: bool = True
    overridden: bool = False
    guessed: bool = False

    @property
    def label(self) -> str:
        """Return system and code as the plan and the ledger show them, marked where they are a guess."""
        return f"{self.system}:{self.code}{GUESS if self.guessed else ''}"


NO_REASON = Ruling(
    Disposition.UNKNOWN, "maybe", "", "", "no reason", "the platform gives no reason", known=False
)


def unknown(reason: Reason) -> Ruling:
    """Return the ruling for a reason that no row covers: hold."""
    code = plain_word(reason.code)
    why = "the reason tables do not know this reason"
    return Ruling(
        Disposition.UNKNOWN, "maybe", reason.system.strip().lower(), code, "unknown reason", why, known=False
    )


def is_guess(label: str) -> bool:
    """Tell whether a label names a code that was read from a text: it may not stop a recovery by itself."""
    return label.endswith(GUESS)
