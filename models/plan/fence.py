"""The fence: which contacts of a plan have moved since they were looked at."""

from collections.abc import Iterable, Mapping

from models.enums import ContactStatus
from models.platform import Contact

TOUCHED = frozenset(
    {ContactStatus.IN_DOUBT, ContactStatus.LIVE, ContactStatus.REACHED, ContactStatus.UNKNOWN}
)
UNTRIED = frozenset({ContactStatus.NOT_DIALED, ContactStatus.CANCELLED})
ENDED = frozenset({ContactStatus.NOT_REACHED, ContactStatus.CANCELLED})


def has_moved(before: Contact, now: Contact | None) -> str | None:
    """Say how a row has moved since it was seen, None where it stands as it stood.

    A cancel rewrites every status, so a cancelled row without a new call has not moved.
    """
    if now is None:
        return "the platform no longer shows the row"
    if now.call_id and now.call_id != before.call_id:
        return "the source job has called this person meanwhile"
    if now.status in TOUCHED and now.status is not before.status:
        return f"the source job has moved the row to {now.raw_status}"
    if before.status in UNTRIED and now.status is ContactStatus.NOT_REACHED:
        return "the source job has tried this person meanwhile"
    if before.status in ENDED and now.status is ContactStatus.NOT_DIALED:
        return "the platform has queued the row again by itself"
    return None


def moved_rows(before: Iterable[Contact], now: Mapping[str, Contact]) -> dict[str, str]:
    """Return the contacts that have moved, with how."""
    found = ((row.id, has_moved(row, now.get(row.id))) for row in before)
    return {contact_id: words for contact_id, words in found if words}


def shows_a_dispatch(before: Contact, now: Contact | None) -> bool:
    """Tell whether a row shows that it was handed over since it was seen."""
    if now is None:
        return False
    if now.call_id and now.call_id != before.call_id:
        return True
    tried = before.status in UNTRIED and now.status is ContactStatus.NOT_REACHED
    return tried or (now.status in TOUCHED and now.status is not before.status)


def unexplained(dispatched_before: int, dispatched_now: int, shown: int) -> int:
    """Return how many dispatches the counter tells of that no row and no call shows."""
    return max(0, dispatched_now - dispatched_before - shown)
