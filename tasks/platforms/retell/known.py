"""What is known of one batch: its upload as it was handed over, joined with the calls that Retell lists."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from models.contacts.sheet.names import key
from models.contacts.verdict import ContactFileError
from models.enums import ContactStatus, JobStatus
from models.handovers import said
from models.handovers.contacts import NO_UPLOAD
from models.handovers.retell import RETELL
from models.handovers.tables import Columns, Table, find_columns, person
from models.platform import Contact, InvalidResponseError, Job, NoSuchJobError
from models.tables.handovers import HandoverRow
from tasks.ledger.handovers import Handovers
from tasks.platforms.retell.calls import FoundCalls
from tasks.platforms.retell.wire import ShownCall

NO_CALL = "no call shows this person"
UNCOUNTED = "no call shows this person, and nobody has said how many calls the dashboard counts"
SHORT = "no call shows this person, and the platform lists fewer calls than it counts itself"
NO_AGENT = "nobody has named the batch's agent, and its calls do not tell of one alone"
NO_NUMBER = "nobody has named the number that the batch calls from, and its calls do not tell of one alone"
OWN_AGENT = "the upload names another agent for this row, which a single call would not repeat"
OWN_COLUMNS = frozenset({"overrideagentid", "overrideagentversion", "agentid"})
"""Columns by which an upload chooses an agent for a row, compared without case and punctuation."""


@dataclass(frozen=True)
class HandedBatch:
    """What operators have said of a batch; `rows` are never empty, the oldest first."""

    job_id: str
    rows: Sequence[HandoverRow]
    upload: Table | None
    columns: Columns

    @property
    def newest(self) -> HandoverRow:
        """Return the last hand-over."""
        return self.rows[-1]

    @cached_property
    def people(self) -> tuple[tuple[str, str, str, Mapping[str, str]], ...]:
        """Return each row of the upload: its id, its number, the person behind it, and its variables."""
        return tuple(self._people())

    def _people(self) -> Iterator[tuple[str, str, str, Mapping[str, str]]]:
        if self.upload is None:
            return
        try:
            place = find_columns(self.upload, self.columns).phone
        except ContactFileError as fault:
            raise InvalidResponseError(f"The upload of job {self.job_id}: {fault}") from None
        header = self.upload.header
        for n, row in self.upload.filled:
            phone = row[place].strip() if place < len(row) else ""
            cells = ((name, row[at]) for at, name in enumerate(header) if at != place and at < len(row))
            variables = {name: cell for name, cell in cells if name.strip()}
            yield f"row-{n}", phone, person(phone, self.columns.region), variables


@dataclass(frozen=True)
class KnownBatch:
    """A batch: who is in it by the upload, and what became of them by its calls."""

    handed: HandedBatch
    found: FoundCalls

    @cached_property
    def calls(self) -> Mapping[str, list[ShownCall]]:
        """Return the calls by the person they were made to; those that forbid most come first."""
        people: dict[str, list[ShownCall]] = defaultdict(list)
        for one in sorted(self.found.calls, key=lambda one: one.strictness):
            people[person(one.phone, self.handed.columns.region)].append(one)
        return people

    @property
    def agent_id(self) -> str | None:
        """Return the batch's agent: as an operator has named it, else the one of all its calls."""
        return said.last_said(self.handed.rows, "agent_id") or _alone(c.agent_id for c in self.found.calls)

    @property
    def number(self) -> str | None:
        """Return the number that the batch calls from, likewise."""
        return said.last_said(self.handed.rows, "number") or _alone(c.number for c in self.found.calls)

    @cached_property
    def contacts(self) -> tuple[Contact, ...]:
        """Return every contact in the order of the upload; without one, as the calls tell of them."""
        return tuple(self._contacts())

    def _contacts(self) -> Iterator[Contact]:
        if self.handed.upload is None:
            for n, calls in enumerate(self.calls.values(), start=1):
                yield calls[0].row(f"row-{n}", problem=NO_UPLOAD)
            return
        self._is_the_jobs()
        left = {who: list(calls) for who, calls in self.calls.items()}
        for contact_id, phone, who, variables in self.handed.people:
            mine = left.get(who)
            row = mine.pop(0).row(contact_id, phone) if mine else self._uncalled(contact_id, phone)
            yield replace(row, payload=variables, problem=self._problem(variables))

    def _uncalled(self, contact_id: str, phone: str) -> Contact:
        why = self._doubt
        status = ContactStatus.UNKNOWN if why else ContactStatus.NOT_DIALED
        return Contact(contact_id, phone, status, why or NO_CALL)

    @property
    def _doubt(self) -> str:
        """Say why it is no proof that no call shows somebody; empty where it is."""
        if not self.found.complete:
            return SHORT
        return "" if said.processed(self.handed.rows) is not None else UNCOUNTED

    def _problem(self, variables: Mapping[str, str]) -> str | None:
        if any(key(name) in OWN_COLUMNS and cell.strip() for name, cell in variables.items()):
            return OWN_AGENT
        if self.agent_id is None:
            return NO_AGENT
        return None if self.number else NO_NUMBER

    def _is_the_jobs(self) -> None:
        strangers = len(self.calls.keys() - {who for _, _, who, _ in self.handed.people})
        if strangers:
            raise InvalidResponseError(
                f"Batch {self.handed.job_id} has called {strangers} people who are not in the upload that "
                "was handed over for it: that is another batch's. Hand the right one over: `ringback observe "
                f"{self.handed.job_id} --status WORD --upload FILE --correct`."
            )

    def first_row(self, call: ShownCall) -> str | None:
        """Return the row that a call was made to, the first one of several of one person."""
        who = person(call.phone, self.handed.columns.region)
        return next((contact_id for contact_id, _, other, _ in self.handed.people if other == who), None)

    @property
    def job(self) -> Job:
        """Return the batch with the counters that its calls make, and the state that a person has told."""
        rows, contacts = self.handed.rows, self.contacts
        stopped, word = said.stopped_by(rows, RETELL), self.handed.newest.status
        shown, counted = len(self.found.calls), said.processed(rows) or 0
        expected = said.expected(rows)
        times = [one.call.started_at for one in self.found.calls if one.call.started_at]
        seen_at = self.found.seen_at
        return Job(
            id=self.handed.job_id,
            name=self.handed.job_id,
            status=JobStatus.CANCELLED if stopped else RETELL.status_of(word),
            raw_status=f"{word}, stopped" if stopped else word,
            total=len(contacts) if expected is None else expected,
            dispatched=max(shown, counted),
            finished=sum(1 for one in self.found.calls if one.call.status.is_over),
            created_at=min([rows[0].at, seen_at, *times]),
            seen_at=seen_at,
            agent_id=self.agent_id,
            number_id=self.number,
            campaign_id=said.last_said(rows, "campaign_id"),
            upload_id=said.last_said(rows, "upload_id"),
        )


def _alone(values: Iterator[str | None]) -> str | None:
    found = set(values)
    return found.pop() if len(found) == 1 else None


def handed_batch(handovers: Handovers, job_id: str, columns: Columns) -> HandedBatch:
    """Return what was handed over of a batch; raises NoSuchJobError where nothing was."""
    rows = handovers.of_job(job_id)
    if not rows:
        raise NoSuchJobError(
            f"Nobody has handed over batch {job_id} yet, and no program can see one: say what its page "
            f"shows with `ringback observe {job_id} --status running --processed N --upload FILE`."
        )
    uploads = [row.upload for row in rows if row.upload]
    upload = handovers.table(job_id, uploads[-1]) if uploads else None
    return HandedBatch(job_id, rows, upload, columns)
