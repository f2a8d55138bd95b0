"""What a wave that was taken back has done after all: a cancel is not for ever, the ledger only remembers."""

from dataclasses import replace

from models.enums import ContactStatus, Disposition
from models.platform import Contact, Job
from models.triage.observation import Attempt
from models.triage.related_jobs import UNTOUCHED

GONE = "its wave is no longer on the platform, so whether it was called after the cancel cannot be told"
NO_ROW = "its wave no longer shows this person, so whether it was called after the cancel cannot be told"
HIDDEN = "its wave tells of more dispatches than its rows show: this person may have been called"


def called_after_all(said: Contact, known: Disposition, job: Job, row: Contact | None) -> Attempt | None:
    """Return what a wave did to a person beyond what the ledger knows of it, None where it did nothing.

    `said` is the contact as the ledger has it and `known` what it says became of it, `row` the platform's.
    """
    untried = known is Disposition.UNDELIVERED
    if row is None:
        return in_doubt(said, job.id, NO_ROW) if untried else None
    again = row.call_id is not None and row.call_id != said.call_id
    touched = untried and row.status not in UNTOUCHED
    queued = untried or row.status is ContactStatus.NOT_DIALED or row.status.is_in_flight
    if not (again or touched or (queued and not job.is_stopped)):
        return None
    # The platform may write the number in another way: the person is the one of the ledger.
    row = replace(row, phone=said.phone)
    return Attempt(job.id, row, ours=True, over=job.is_stopped, retries=job.retries)


def in_doubt(said: Contact, job_id: str, why: str) -> Attempt:
    """Return an attempt at a person of whom nobody can say whether it was one."""
    row = replace(said, status=ContactStatus.NOT_DIALED, call_id=None)
    return Attempt(job_id, row, ours=True, known=Disposition.AMBIGUOUS, why=why)
