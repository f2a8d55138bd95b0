"""Dispatches that a job's counter tells of and no row shows: until found, any undialled row may be one."""

from collections.abc import Iterable, Mapping

from models.enums import ContactStatus
from models.platform import Call, Contact, Job


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


def hidden_by_retry(job: Job, rows: Iterable[Contact], calls: Mapping[str, Call]) -> int:
    """Count the dispatches of a platform's own retry that may hide behind rows which show an earlier call.

    A retry takes the rows that it queues again off the counter, and a cancel leaves them with their last
    call: which of them were queued, and which of those were called anew, only the counter tells. `calls` are
    those that the rows name. 0 for a job that was never retried, and where the counter tells of none.
    """
    if job.retries < 1:
        return 0
    known = tuple(rows)
    queued = sum(1 for row in known if _may_be_queued(row, calls))
    shown = sum(1 for row in known if _is_shown(row))
    return max(0, job.dispatched - shown + queued) if queued else 0


def _may_be_queued(row: Contact, calls: Mapping[str, Call]) -> bool:
    call = calls.get(row.call_id or "")
    ended_well = call is not None and call.status is ContactStatus.REACHED
    return row.status is ContactStatus.CANCELLED and bool(row.call_id) and not ended_well


def _as_it_was(row: Contact, before: Mapping[str, Contact]) -> Contact:
    hides = row.status is ContactStatus.CANCELLED and not row.call_id
    return before.get(row.id, row) if hides else row


def _is_shown(row: Contact) -> bool:
    untold = {ContactStatus.NOT_DIALED, ContactStatus.CANCELLED, ContactStatus.UNKNOWN}
    return bool(row.call_id) or row.status not in untold


def hidden_message(count: int) -> str:
    """Say why an undialled row is held."""
    dispatches = "1 dispatch" if count == 1 else f"{count} dispatches"
    return f"the job's counter tells of {dispatches} that no row shows: this person may have been called"


def retry_words(count: int) -> str:
    """Say why a cancelled row of a job that was retried is held."""
    dispatches = "1 dispatch" if count == 1 else f"{count} dispatches"
    return f"the platform's own retry made {dispatches} that no row shows: maybe this person was called again"
