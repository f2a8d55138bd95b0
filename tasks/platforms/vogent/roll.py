"""Whom a job holds beyond what its two lists show: by the ledger for waves and plans, by the upload else."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from models.contacts.verdict import ContactFileError
from models.enums import ContactStatus
from models.handovers.tables import Columns, Table, find_columns, person
from models.plan.markers import Marker, read_marker
from models.platform import Contact, InvalidResponseError
from models.tables.ledger import Planned
from tasks.ledger import plans, recoveries, waves
from tasks.ledger.handovers import Handovers
from tasks.platforms.vogent.wire import NEITHER


@dataclass(frozen=True, slots=True)
class Roll:
    """The people of a job as they are known here; `whole` where nobody else can be in it."""

    people: Sequence[Contact] = ()
    whole: bool = False
    numbers: frozenset[str] = field(default_factory=frozenset)
    """Everybody of an upload, by person; empty where there is none."""


@dataclass(frozen=True)
class Rolls:
    """What one workspace's ledger and hand-overs know of jobs."""

    handovers: Handovers
    columns: Columns

    @property
    def region(self) -> str | None:
        """Return the region of numbers without a country."""
        return self.columns.region

    def of(self, job_id: str, name: str) -> Roll:
        """Return who is in a job: of a wave of ours by its marker, else by its upload or the last plan."""
        if marker := read_marker(name):
            return Roll(tuple(map(_missing, self._of_wave(marker))), whole=True)
        if table := self._upload(job_id):
            people = tuple(self._of_upload(table, job_id))
            known = frozenset(person(one.phone or "", self.region) for one in people)
            return Roll(people, whole=True, numbers=known)
        return Roll(tuple(map(_missing, self._of_plan(job_id))))

    def _of_wave(self, marker: Marker) -> Sequence[Planned]:
        ledger = self.handovers.ledger
        if recoveries.find_or_none(ledger, marker.recovery_id) is None:
            return ()  # another ledger's
        found = [wave for wave in waves.of(ledger, marker.recovery_id) if wave.n == marker.n]
        return [row for wave in found for row in waves.contacts_of(ledger, wave)]

    def _of_plan(self, job_id: str) -> Sequence[Planned]:
        ledger = self.handovers.ledger
        key = (self.handovers.workspace, self.handovers.platform, job_id)
        for recovery in reversed(recoveries.of_job(ledger, key)):
            if rows := plans.contacts(ledger, recovery.id):
                return rows
        return ()

    def _upload(self, job_id: str) -> Table | None:
        digests = [row.upload for row in self.handovers.of_job(job_id) if row.upload]
        return self.handovers.table(job_id, digests[-1]) if digests else None

    def _of_upload(self, table: Table, job_id: str) -> Iterator[Contact]:
        try:
            place = find_columns(table, self.columns).phone
        except ContactFileError as fault:
            raise InvalidResponseError(f"The upload of job {job_id}: {fault}") from None
        for n, row in table.filled:
            cells = ((name, row[at]) for at, name in enumerate(table.header) if at != place and at < len(row))
            told = {name: cell for name, cell in cells if name.strip()}
            phone = row[place].strip() if place < len(row) else ""
            yield Contact(f"row-{n}", phone, ContactStatus.IN_DOUBT, NEITHER, payload=told)


def _missing(row: Planned) -> Contact:
    return Contact(row.contact_id, row.phone, ContactStatus.IN_DOUBT, NEITHER, payload=row.payload)
