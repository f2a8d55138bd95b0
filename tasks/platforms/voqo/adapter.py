"""Voqo behind the Protocol: its jobs as operators hand them over, since no program can read them.

Facts: notes of January 2026 on docs.voqo.ai, second hand; what of them is not confirmed stands in
`models.handovers.voqo`, and `ringback platform check` prints it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from models.enums import Absence, ContactStatus, Fence, Find, JobStatus, Reads, Unit
from models.handovers.history import HandoverPoint, StopSaid
from models.handovers.tables import Columns
from models.handovers.voqo import status_of
from models.plan.markers import read_marker
from models.platform import (
    Call,
    Calls,
    Capabilities,
    Capacity,
    Config,
    Contact,
    Draft,
    Job,
    NoSuchJobError,
    Started,
    SubmitRefusedError,
)
from tasks.ledger.handovers import Handovers
from tasks.platforms.voqo.checked import checked
from tasks.platforms.voqo.heard import HeardCalls
from tasks.platforms.voqo.known import KnownJob, known_job
from tasks.platforms.voqo.start import NAME, VoqoStarter

OVER = frozenset({ContactStatus.REACHED, ContactStatus.NOT_REACHED})
NOTES = ("Voqo shows neither agents nor numbers to a program",)
NO_NUMBER = "nobody has named the job's number: calls come from the workspace's own"


class Voqo:
    """One workspace of Voqo."""

    name = "voqo"
    capabilities = Capabilities(
        can_list_jobs=False,
        can_list_calls=False,
        can_stop=False,
        has_live_count=False,
        has_limit=False,
        absence=Absence.NEVER,
        stop_overwrites_rows=False,
        max_rows=1,
        unit=Unit.CALL,
        find=Find.NEVER,
        fence=Fence.PERSON,
        reads=Reads.HANDOVERS,
    )

    def __init__(
        self, handovers: Handovers, columns: Columns, starter: VoqoStarter, outcome_seconds: float
    ) -> None:
        """Read hand-overs by the columns and values that the settings know, and start calls with a key.

        `outcome_seconds` is how long after a request its call may still begin.
        """
        self._handovers = handovers
        self._columns = columns
        self._starter = starter
        self._window = timedelta(seconds=outcome_seconds)
        self._last: KnownJob | None = None
        self._heard = HeardCalls(handovers, self._window)

    def known(self, job_id: str) -> KnownJob:
        """Return all that is known of a job; raises NoSuchJobError where nobody has handed it over."""
        self._last = known_job(self._handovers, job_id, self._columns, self._window, self._last)
        return self._last

    def get_job(self, job_id: str) -> Job:
        """Return the job as it was handed over last, which is its moment, or a wave of ours as it is now."""
        if marker := read_marker(job_id):
            return self._heard.wave(marker, job_id)
        known = self.known(job_id)
        newest, contacts = known.newest, known.contacts
        times = [one.updated_at for one in contacts if one.updated_at]
        stopped = known.stopped_by
        return Job(
            id=job_id,
            name=job_id,
            status=JobStatus.CANCELLED if stopped else status_of(newest.status),
            raw_status=f"{newest.status}, stopped" if stopped else newest.status,
            total=len(contacts) if known.expected is None else known.expected,
            dispatched=known.dispatched,
            finished=sum(1 for one in contacts if one.status in OVER),
            created_at=min([known.rows[0].at, *times]),
            seen_at=newest.at,
            agent_id=known.last("agent_id"),
            number_id=known.last("number"),
            campaign_id=known.last("campaign_id"),
            upload_id=known.last("upload_id"),
        )

    def list_contacts(self, job_id: str) -> Iterator[Contact]:
        """Yield the rows of the upload, with what the reports say of each; or those of a wave of ours."""
        if marker := read_marker(job_id):
            return self._heard.rows(marker)
        return iter(self.known(job_id).contacts)

    def handed(self, job_id: str) -> Sequence[HandoverPoint]:
        """Return what each hand-over of a job tells of movement, the oldest first."""
        return tuple(self.known(job_id).handed())

    def stop_said(self, job_id: str, recovery_id: str) -> StopSaid | None:
        """Return what a person has said to a recovery that asked for the job to be stopped, None yet."""
        return self.known(job_id).stop_said(recovery_id)

    def checked(self, job_id: str) -> Mapping[str, Any]:
        """Return how a job's hand-overs are read; no number of a person is in it."""
        return checked(self.known(job_id))

    def get_call(self, call_id: str) -> Call:
        """Raise NoSuchJobError: Voqo looks no call up."""
        raise NoSuchJobError(f"{NAME} looks no call up; {call_id} is known only by its webhook.")

    def get_calls(self, call_ids: Iterable[str]) -> Mapping[str, Call]:  # noqa: ARG002  as the Protocol has it
        """Return nothing: Voqo looks no call up."""
        return {}

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Return the jobs that were handed over; Voqo lists none, so there may be others."""
        jobs = (self.get_job(job_id) for job_id in self._handovers.jobs() if self._handovers.of_job(job_id))
        return iter([job for job in jobs if job.seen_at >= since])

    def list_calls(self, job: Job, since: datetime, known: frozenset[str]) -> Calls:  # noqa: ARG002
        """Return nothing: Voqo lists no calls."""
        return Calls(complete=False)

    def get_capacity(self, agent_id: str | None = None) -> Capacity:  # noqa: ARG002
        """Return that nothing is told: the limit depends on the supplier's quota, which support knows."""
        return Capacity(live=None)

    def get_config(self, job: Job) -> Config:
        """Return what of the set-up nobody can read."""
        notes = NOTES if job.number_id else (*NOTES, NO_NUMBER)
        return Config(agent_exists=None, number_exists=None, notes=notes)

    def gaps(self) -> tuple[str, ...]:
        """Return nothing: what hand-overs do not tell stands at each contact."""
        return ()

    def create_job(self, draft: Draft) -> Job:
        """Refuse: Voqo creates no jobs for a program."""
        raise SubmitRefusedError(
            f"{NAME} creates no job for a program, so {draft.marker} was not sent.", fatal=True
        )

    def start_call(self, draft: Draft) -> Started:
        """Start the call of one contact, once; its outcome comes by webhook, or never."""
        return self._starter.start(draft)

    def row_now(self, job_id: str, contact_id: str, phone: str, since: datetime) -> Contact | None:  # noqa: ARG002
        """Return a row of the upload, with what reports and webhooks tell of it until now."""
        return self.known(job_id).contact(contact_id)

    def stop_job(self, job_id: str) -> None:
        """Do nothing: a person stops a job, and calls in the air are never hung up."""

    def close(self) -> None:
        """Let go of connections."""
        self._starter.close()
