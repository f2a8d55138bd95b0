"""The fence: which contacts of a plan have moved since they were looked at."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from models.enums import ContactStatus
from models.platform import Contact

TOUCHED = frozenset(
    {ContactStatus.IN_DOUBT, ContactStatus.LIVE, ContactStatus.REACHED, ContactStatus.UNKNOWN}
)
UNTRIED = frozenset({ContactStatus.NOT_DIALED, ContactStatus.CANCELLED})
ENDED = frozenset({ContactStatus.NOT_REACHED, ContactStatus.CANCELLED})


CALLED = "the source job has called this person meanwhile"
CANCELLED_CALL = (
    "the row was cancelled and names a call that it did not name before, which may have been made"
)


def has_moved(before: Contact, now: Contact | None) -> str | None:
    """Say how a row has moved since it was seen, None where it stands as it stood.

    A cancel rewrites every status, so a cancelled row without a new call has not moved.
    """
    if now is None:
        return "the platform no longer shows the row"
    if now.call_id and now.call_id != before.call_id:
        return CANCELLED_CALL if now.status is ContactStatus.CANCELLED else CALLED
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


MARK = attrgetter("id", "phone", "status", "raw_status", "call_id")
"""All of a row that is compared."""


@dataclass(frozen=True, slots=True)
class ComparedRows:
    """What the rows of a source tell beside the plan: who has moved, and of whom a dispatch is shown."""

    before: Mapping[str, Contact]
    marks: Sequence[tuple[object, ...]]
    """The rows as they were read, by `MARK`."""
    shown: frozenset[str]
    moved: Mapping[str, str]
    dispatched: frozenset[str]
    failed: int
    """Rows that had failed when the plan was made."""


def compare(
    before: Mapping[str, Contact], now: Mapping[str, Contact], marks: Sequence[tuple[object, ...]]
) -> ComparedRows:
    """Compare a source with the plan that was made of it; `marks` are the rows that `now` is of."""
    dispatched = frozenset(i for i, row in before.items() if shows_a_dispatch(row, now.get(i)))
    failed = sum(1 for row in before.values() if row.status is ContactStatus.NOT_REACHED)
    return ComparedRows(before, marks, frozenset(now), moved_rows(before.values(), now), dispatched, failed)


@dataclass(frozen=True, slots=True)
class SourceCounters:
    """What a job's counters say at one moment; `failed` are the rows that had failed by then."""

    dispatched: int
    retries: int
    failed: int = 0


def unexplained(then: SourceCounters, now: SourceCounters, shown: int) -> int:
    """Return how many dispatches since then the counter tells of that no row and no call shows.

    A retry on the platform takes the failed rows off its counter and calls them anew, so that the counter may
    stand where it stood while as many were called: after one, every failed row may have been taken off. After
    several nothing tells any more how many were.
    """
    retries = max(now.retries - then.retries, 1 if now.dispatched < then.dispatched else 0)
    off = 0 if retries < 1 else then.failed if retries == 1 else then.dispatched
    return max(0, now.dispatched - max(0, then.dispatched - off) - shown)
