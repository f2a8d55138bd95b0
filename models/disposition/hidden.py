"""Dispatches that a job's counter tells of and no row shows: until found, any undialled row may be one."""

from collections.abc import Iterable, Mapping

from models.enums import ContactStatus
from models.platform import Contact, Job


def hidden(job: Job, rows: Iterable[Contact], before: Mapping[str, Contact], listed: int = 0) -> int:
    """Count the dispatches that neither a row nor a call explains; 0 where the counter tells no more.

    `before` are rows from before a cancel that overwrote them. `listed` is how many calls of the job are
    known beside those that its rows name. A retry of the platform dials failed rows again: each explains so
    many more.
    """
    known = [_as_it_was(row, before) for row in rows]
    shown = sum(1 for row in known if _is_shown(row))
    again = max(0, job.retries) * sum(1 for row in known if row.status is ContactStatus.NOT_REACHED)
    return max(0, job.dispatched - shown - again - listed)


def _as_it_was(row: Contact, before: Mapping[str, Contact]) -> Contact:
    hides = row.status is ContactStatus.CANCELLED and not row.call_id
    return before.get(row.id, row) if hides else row


def _is_shown(row: Contact) -> bool:
    untold = {ContactStatus.NOT_DIALED, ContactStatus.CANCELLED, ContactStatus.UNKNOWN}
    return bool(row.call_id) or row.status not in untold


def words(count: int) -> str:
    """Say why an undialled row is held."""
    dispatches = "1 dispatch" if count == 1 else f"{count} dispatches"
    return f"the job's counter tells of {dispatches} that no row shows: this person may have been called"
