"""What the agent is told, joined from the upload that an operator hands over, where rows do not show it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from models.contacts.verdict import ContactFileError
from models.handovers.contacts import NO_UPLOAD
from models.handovers.tables import Columns, Table, find_columns, person
from models.platform import Contact, InvalidResponseError
from models.triage.findings import plural
from tasks.ledger.handovers import Handovers

DIFFER = "the upload holds this person twice with different variables, so the call cannot be repeated"


@dataclass(frozen=True)
class JoinedUpload:
    """Uploads of one workspace; `columns` say which column holds the numbers."""

    handovers: Handovers
    columns: Columns

    def table(self, job_id: str) -> Table | None:
        """Return the upload that was handed over last for a job."""
        digests = [row.upload for row in self.handovers.of_job(job_id) if row.upload]
        return self.handovers.table(job_id, digests[-1]) if digests else None

    def over(self, job_id: str, contacts: Sequence[Contact]) -> Iterator[Contact]:
        """Yield each contact with the variables of its row in the upload, or with why it cannot be repeated.

        An upload that lacks people of the job is another job's: it tells nobody's variables.
        """
        table = self.table(job_id)
        told = self._told(table, job_id) if table else {}
        people = {one.id: person(one.phone or "", self.columns.region) for one in contacts}
        missing = sum(1 for who in people.values() if who not in told)
        trouble = None
        if table is None:
            trouble = NO_UPLOAD
        elif missing:
            trouble = f"the upload lacks {plural(missing, 'contact')} of the job, so it is another job's"
        for one in contacts:
            if trouble:
                yield replace(one, problem=one.problem or trouble)
                continue
            variables = told[people[one.id]]
            if variables is None:
                yield replace(one, problem=one.problem or DIFFER)
            else:
                yield replace(one, payload=variables)

    def _told(self, table: Table, job_id: str) -> dict[str, dict[str, str] | None]:
        try:
            place = find_columns(table, self.columns).phone
        except ContactFileError as fault:
            raise InvalidResponseError(f"The upload of job {job_id}: {fault}") from None
        told: dict[str, dict[str, str] | None] = {}
        for _, row in table.filled:
            who = person(row[place] if place < len(row) else "", self.columns.region)
            said: Any = {
                name: row[at]
                for at, name in enumerate(table.header)
                if at != place and name.strip() and at < len(row)
            }
            told[who] = said if told.get(who, said) == said else None
        return told
