"""What a cause means to the customer whose batch it is, and what that customer can do about it."""

from collections.abc import Mapping

from models.enums import Cause

WHY: Mapping[Cause, str] = {
    Cause.PERMITS: "The phone lines that it uses were not released, so no further call could begin.",
    Cause.CALLING_WINDOW: "It is outside the hours in which these people may be called.",
    Cause.DEAD_DISPATCHER: "The calling system had stopped starting its calls.",
    Cause.PROVIDER: "The phone network did not put the calls through.",
    Cause.CONFIG: "Its set-up does not allow these calls.",
    Cause.CALLER_FLAGGED: "Phone companies block the number that it calls from.",
    Cause.INVALID_NUMBERS: "Many of its phone numbers do not work.",
    Cause.FELL_SHORT: "It ended before everybody had been called.",
    Cause.DUPLICATE_JOB: "A second batch calls the same people.",
    Cause.DUPLICATE_DISPATCH: "The calling system began the same calls more than once.",
    Cause.DUPLICATE_UPLOAD: "Its list holds the same people more than once.",
    Cause.OTHER_LEDGER: "Another team of ours works on it already.",
    Cause.UNKNOWN: "We do not know the reason yet.",
}
"""Causes without an entry are none: nothing is wrong."""

ASKS: Mapping[Cause, str] = {
    Cause.CONFIG: "Please check that the agent and the phone number of the batch are still there, and may "
    "make these calls.",
    Cause.CALLER_FLAGGED: "Please register the number that you call from, and ask your phone company to have "
    "the block lifted.",
    Cause.DUPLICATE_JOB: "Please tell us whether somebody has started a second batch for the same people.",
    Cause.DUPLICATE_UPLOAD: "Please take people who stand in your list twice out of it.",
}
"""What only the customer can do, while the cause is not out of the way."""
