"""What webhooks have told: the calls of our waves by contact, and calls that nobody of ours asked for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.enums import ContactStatus, JobStatus
from models.handovers.calls import NEAR, Heard, Matched, match
from models.handovers.tables import person
from models.plan.markers import Marker
from models.platform import Contact, Job, NoSuchJobError
from tasks.ledger import calls
from tasks.ledger.handovers import Handovers
from tasks.marks import struck

WAITING = "no webhook yet"
FOREIGN = "called by somebody else, says a webhook"
BEFORE = timedelta(hours=72)
"""How long before a job was first handed over a call to somebody undialled may have been the job's own."""


@dataclass(frozen=True)
class HeardCalls:
    """The calls of one workspace; `window` is how long after a request its call may begin."""

    handovers: Handovers
    window: timedelta

    def matched(self, since: datetime, of: str | None = None) -> Matched:
        """Return the calls since a moment, or `of` one person alone, matched with what they may answer."""
        ledger, workspace, platform = self.handovers.ledger, self.handovers.workspace, self.handovers.platform
        asked = calls.asked_for(ledger, workspace, platform, since - self.window - NEAR, of)
        return match(asked, calls.heard(ledger, workspace, platform, since, of), self.window)

    def wave(self, marker: Marker, name: str) -> Job:
        """Return a wave as a job: over once every call of it has ended; raises NoSuchJobError for none."""
        rows = tuple(self.rows(marker))
        if not rows and not calls.is_begun(self.handovers.ledger, marker.recovery_id, marker.n):
            raise NoSuchJobError(f"No call of wave {name} was asked for.")
        times = [row.created_at for row in rows if row.created_at]
        over = sum(1 for row in rows if row.status.is_over)
        status = JobStatus.FINISHED if over == len(rows) else JobStatus.RUNNING
        now = self.handovers.ledger.clock.now()
        first = min(times, default=now)
        return Job(name, name, status, status.value, len(rows), len(rows), over, first, now)

    def rows(self, marker: Marker) -> Iterator[Contact]:
        """Yield the contacts of a wave whose calls may have been made, each with what is heard of it."""
        placed = calls.of_wave(self.handovers.ledger, marker.recovery_id, marker.n)
        if not placed:
            return
        ours = self.matched(placed[0].sent_at - NEAR).ours
        for call in placed:
            told = ours.get((call.recovery_id, call.contact_id))
            yield _row(call.contact_id, call.sent_at, told)

    def over(self, contacts: Sequence[Contact], region: str | None, since: datetime) -> tuple[Contact, ...]:
        """Lay calls that nobody of ours asked for over a job's contacts.

        `since` is the last hand-over: a later call is news of anybody. An earlier one is news of those alone
        who read as not dialled.
        """
        foreign = self._foreign(since)
        if not foreign:
            return tuple(contacts)
        return tuple(_laid(one, foreign.get(person(one.phone or "", region)), since) for one in contacts)

    def over_one(self, contact: Contact, region: str | None, since: datetime) -> Contact:
        """Return one contact as `over` would, without reading the calls of everybody else."""
        foreign = self.matched(since - BEFORE, person(contact.phone or "", region)).foreign
        return _laid(contact, foreign[-1] if foreign else None, since)

    def _foreign(self, since: datetime) -> Mapping[str, Heard]:
        return {call.person: call for call in self.matched(since - BEFORE).foreign}


def _row(contact_id: str, sent_at: datetime, told: Heard | None) -> Contact:
    if told is None:
        return Contact(
            contact_id, None, ContactStatus.IN_DOUBT, WAITING, created_at=sent_at, updated_at=sent_at
        )
    return Contact(
        contact_id,
        None,
        told.outcome,
        told.status,
        told.call_id,
        created_at=sent_at,
        updated_at=told.ended_at,
        reasons=told.reasons,
    )


def _laid(contact: Contact, call: Heard | None, since: datetime) -> Contact:
    untried = contact.status in {ContactStatus.NOT_DIALED, ContactStatus.UNKNOWN}
    if call is None or not (call.started_at > since or untried):
        return contact
    struck("voqo.foreign_call")
    reached = ContactStatus.REACHED in {contact.status, call.outcome}
    return replace(
        contact,
        status=ContactStatus.REACHED if reached else call.outcome,
        raw_status=FOREIGN,
        call_id=call.call_id,
        updated_at=call.ended_at,
        reasons=() if reached else call.reasons,
    )
