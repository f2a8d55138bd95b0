"""What is said of a recovery that a person cancelled: by whom, and who has not been called."""

from models.triage.findings import plural


def how_words(by: str, reason: str) -> str:
    """Return how a wish to cancel came: who gave it and why, as far as that was said."""
    named = f"`ringback cancel`, or its like over the API, by {by}" if by else CANCEL
    return f"{named}: {reason}" if reason else named


CANCEL = "`ringback cancel`, or its like over the API"


def left_words(planned: int, left: int, *, stopped: bool, job_id: str) -> str:
    """Return what a cancelled recovery leaves: whom nobody calls now, and what its source job does.

    `planned` people were to be redialled, `left` of them were not; `stopped` where the source was stopped.
    """
    source = (
        "The source job stays stopped"
        if stopped
        else "This recovery had not stopped the source job, which goes on as it did"
    )
    again = f"`ringback recover {job_id}` makes a fresh plan"
    if not planned:
        return f"Nothing more is sent. {source}: nobody was to be redialled yet; {again}."
    if not left:
        return f"Nothing more is sent. {source}: everybody of the plan had been called; {again}."
    whom = f"{left:,} of {plural(planned, 'person', 'people')} of the plan"
    has = "has" if left == 1 else "have"
    so = "nobody calls them now" if stopped else "this recovery calls them no more"
    return f"Nothing more is sent. {source}: {whom} {has} not been called, and {so}; {again}."
