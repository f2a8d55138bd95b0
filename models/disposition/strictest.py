"""Which of several meanings holds where more than one thing speaks of a person."""

from models.enums import Disposition

STRICTEST = (
    Disposition.MALFORMED,
    Disposition.DUPLICATE,
    Disposition.REACHED,
    Disposition.DO_NOT_CONTACT,
    Disposition.DECLINED,
    Disposition.PERMANENT,
    Disposition.IN_FLIGHT,
    Disposition.AMBIGUOUS,
    Disposition.UNKNOWN,
    Disposition.OPERATOR,
    Disposition.LATER,
    Disposition.TRANSIENT,
    Disposition.UNDELIVERED,
)
"""Where several attempts speak of one person, the first of these that any of them says holds.

Unknown stands before operator: a repaired set-up is redialled, and that must not include a doubtful attempt.
"""


def is_stricter(one: Disposition, other: Disposition) -> bool:
    """Tell whether one meaning holds before another."""
    return STRICTEST.index(one) < STRICTEST.index(other)
