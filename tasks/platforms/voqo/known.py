"""What is known of one job: its hand-overs, read by the columns and values that are known today."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

from models.contacts.verdict import ContactFileError
from models.enums import ContactStatus
from models.handovers import said
from models.handovers.contacts import NO_AGENT, contacts_of
from models.handovers.history import HandoverPoint, StopSaid
from models.handovers.reports import Reported, merge, read_report
from models.handovers.tables import Columns, Table
from models.handovers.voqo import VOQO
from models.platform import Contact, InvalidResponseError, NoSuchJobError
from models.tables.handovers import HandoverRow
from tasks.ledger.handovers import Handovers
from tasks.platforms.voqo.heard import HeardCalls

UNTOLD = frozenset({ContactStatus.NOT_DIALED, ContactStatus.UNKNOWN, ContactStatus.CANCELLED})


@dataclass(frozen=True)
class KnownJob:
    """A job as its hand-overs tell it; `rows` are never empty, the oldest first."""

    job_id: str
    rows: Sequence[HandoverRow]
    upload: Table | None
    reports: Mapping[str, Table]
    columns: Columns
    heard: HeardCalls

    @property
    def newest(self) -> HandoverRow:
        """Return the last hand-over."""
        return self.rows[-1]

    def last(self, name: str) -> str | None:
        """Return what was said last of something that not every hand-over repeats."""
        return said.last_said(self.rows, name)

    @cached_property
    def read(self) -> tuple[tuple[HandoverRow, Mapping[str, Reported]], ...]:
        """Return each hand-over that brought a report, with what that says by person."""
        handed = ((row, self.reports.get(row.report or "")) for row in self.rows)
        return tuple((row, self._read(table, row.at)) for row, table in handed if table is not None)

    def _read(self, table: Table, at: datetime) -> Mapping[str, Reported]:
        try:
            return read_report(table, self.columns, at)
        except ContactFileError as fault:
            raise InvalidResponseError(f"The report {table.name} of job {self.job_id}: {fault}") from None

    @cached_property
    def told(self) -> Mapping[str, Reported]:
        """Return what all reports say together, by person."""
        return merge(report for _, report in self.read)

    @property
    def expected(self) -> int | None:
        """Return how many contacts the dashboard expects, as was said last."""
        return said.expected(self.rows)

    @property
    def processed(self) -> int | None:
        """Return the dashboard's counter, None where nobody has read it since the last report."""
        return said.processed(self.rows)

    @property
    def counted(self) -> bool:
        """Tell whether who is in no report was not called: by a counter of now, or by one of before.

        Where once, at the same moment, a report listed exactly as many as the dashboard counted, this job's
        reports list everybody who was called.
        """
        return self.processed is not None or any(
            row.processed
            == sum(1 for one in report.values() if one.status is not ContactStatus.NOT_DIALED)
            > 0
            for row, report in self.read
        )

    @property
    def stopped_by(self) -> str | None:
        """Return who has said that the job is stopped, None where it goes on by what was said since."""
        return said.stopped_by(self.rows, VOQO)

    def stop_said(self, recovery_id: str) -> StopSaid | None:
        """Return what a person has said to a recovery that asked for the job to be stopped."""
        return said.stop_said(self.rows, recovery_id, VOQO)

    @cached_property
    def listed(self) -> tuple[Contact, ...]:
        """Return every contact as the files tell it, in the order of the upload."""
        problem = None if self.last("agent_id") else NO_AGENT
        try:
            return tuple(
                contacts_of(self.upload, self.told, self.columns, counted=self.counted, problem=problem)
            )
        except ContactFileError as fault:
            raise InvalidResponseError(f"The upload of job {self.job_id}: {fault}") from None

    @cached_property
    def by_id(self) -> Mapping[str, Contact]:
        """Return every contact as the files tell it, by its id."""
        return {one.id: one for one in self.listed}

    def contact(self, contact_id: str) -> Contact | None:
        """Return one contact, with what webhooks have told of it until now: a look that reads nobody else."""
        found = self.by_id.get(contact_id)
        return found and self.heard.over_one(found, self.columns.region, self.newest.at)

    @property
    def contacts(self) -> tuple[Contact, ...]:
        """Return every contact, with what webhooks have told until now."""
        return self.heard.over(self.listed, self.columns.region, self.newest.at)

    @property
    def shown(self) -> int:
        """Return how many contacts are shown to have been dialled."""
        return sum(1 for one in self.contacts if one.status not in UNTOLD)

    @property
    def dispatched(self) -> int:
        """Return how many were dialled: the dashboard's counter, less whom a report lists unclearly."""
        listed = sum(1 for one in self.told.values() if one.status is ContactStatus.UNKNOWN)
        return max(self.shown, (self.processed or 0) - listed)

    def handed(self) -> Iterator[HandoverPoint]:
        """Yield what each hand-over tells of movement, the oldest first."""
        reports = {row.id: report for row, report in self.read}
        for row in self.rows:
            report = reports.get(row.id)
            counts = Counter(one.status.value for one in report.values()) if report is not None else None
            yield HandoverPoint(row.at, row.processed, counts)


def known_job(
    handovers: Handovers,
    job_id: str,
    columns: Columns,
    window: timedelta = timedelta(),
    before: KnownJob | None = None,
) -> KnownJob:
    """Return what is known of a job; raises NoSuchJobError where nobody has handed anything over.

    `before` is what was known at the last question: its files are not read again while nothing is added.
    """
    rows = handovers.of_job(job_id)
    if before is not None and before.job_id == job_id and _same(before.rows, rows):
        return before
    if not rows:
        raise NoSuchJobError(
            f"Nobody has handed over job {job_id} yet, and Voqo shows no job to a program: say what the "
            f"dashboard shows with `ringback observe {job_id} --status WORD --upload FILE`."
        )
    uploads = [row.upload for row in rows if row.upload]
    reports = {row.report: handovers.table(job_id, row.report) for row in rows if row.report}
    upload = handovers.table(job_id, uploads[-1]) if uploads else None
    found = {digest: table for digest, table in reports.items() if table is not None}
    return KnownJob(job_id, rows, upload, found, columns, HeardCalls(handovers, window))


def _same(one: Sequence[HandoverRow], other: Sequence[HandoverRow]) -> bool:
    return [row.model_dump() for row in one] == [row.model_dump() for row in other]
