"""Files of people for recoveries of a job: kept as keyed marks, and found by their key."""

from contextlib import suppress

from models.disposition.only import OnlyPeople
from models.tables.handovers import PeopleFile
from models.tables.ledger import Recovery
from tasks.ledger.errors import CollisionError, NoSuchPeopleError
from tasks.ledger.leases import JobKey, only_of
from tasks.ledger.store import Ledger
from tasks.marks import struck


def keep_people(ledger: Ledger, job: JobKey, only: OnlyPeople, by: str) -> str:
    """Keep the people of a file for a job and return the key; the same file of the same job has the same."""
    key = only.key_for(job)
    workspace, platform, job_id = job
    kept = PeopleFile(
        id=key,
        workspace=workspace,
        platform=platform,
        job_id=job_id,
        by=by,
        at=ledger.clock.now(),
        **only.as_json(),
    )
    with suppress(CollisionError), ledger.write() as session:  # of two at once the other has kept the same
        session.merge(kept)
    return key


def key_of_recovery(ledger: Ledger, recovery: Recovery) -> str:
    """Return the key of the people to whom a recovery is bound, empty where that is everybody of its job.

    Its file is kept anew where it is there no more: whatever goes on with a recovery asks for no others.
    """
    only = only_of(recovery)
    if only is None:
        return ""
    job = (recovery.workspace, recovery.platform, recovery.job_id)
    with ledger.read() as session:
        row = session.get(PeopleFile, key := only.key_for(job))
    return key if row else keep_people(ledger, job, only, f"recovery {recovery.id}")


def people_of_key(ledger: Ledger, job: JobKey, key: str) -> OnlyPeople:
    """Return the people of a file that was handed over for a job; raises NoSuchPeopleError.

    A file of another job of the account is refused by that job's name, one of another account as unknown.
    """
    workspace, platform, job_id = job
    with ledger.read() as session:
        row = session.get(PeopleFile, key)
    if row is None or (row.workspace, row.platform) != (workspace, platform):
        struck("people_files.unknown")
        raise NoSuchPeopleError(
            f"The ledger keeps no contact file {key} for job {job_id}. Hand it over first: `ringback "
            f"contacts FILE --for {job_id}`, or the gateway, says its key. Nothing was changed."
        )
    if row.job_id != job_id:
        struck("people_files.other_job")
        raise NoSuchPeopleError(
            f"Contact file {key} ({row.name}) was handed over for job {row.job_id}, not for {job_id}. Hand "
            f"it over for {job_id}, then ask with the key of that. Nothing was changed."
        )
    return OnlyPeople(row.name, row.sha256, frozenset(row.people))
