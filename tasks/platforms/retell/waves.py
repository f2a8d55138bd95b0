"""Waves of ours on Retell: the calls that the ledger has asked for, with what the platform lists of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from models.enums import ContactStatus, JobStatus
from models.plan.markers import Marker, marker_of
from models.platform import Call, Contact, Job, NoSuchJobError
from models.tables.handovers import PlacedCall
from tasks.ledger import calls
from tasks.ledger.handovers import Handovers
from tasks.platforms.retell.calls import CallLists, FoundCalls
from tasks.platforms.retell.wire import ShownCall

WAITING = "not listed yet"


@dataclass(frozen=True)
class OwnWaves:
    """Reads waves of one workspace back, under their markers."""

    handovers: Handovers
    lists: CallLists

    def job(self, marker: Marker, name: str) -> Job:
        """Return a wave as a job: over once every call of it has ended; raises NoSuchJobError for none."""
        ledger = self.handovers.ledger
        if not calls.is_begun(ledger, marker.recovery_id, marker.n):
            raise NoSuchJobError(f"No call of wave {name} was asked for.")
        found = self.lists.of_wave(marker_of(*marker))
        rows = tuple(self._rows(marker, found))
        over = sum(1 for row in rows if row.status.is_over)
        status = JobStatus.FINISHED if over == len(rows) else JobStatus.RUNNING
        times = [row.created_at for row in rows if row.created_at]
        first = min(times, default=found.seen_at)
        return Job(name, name, status, status.value, len(rows), len(rows), over, first, found.seen_at)

    def rows(self, marker: Marker) -> Iterator[Contact]:
        """Yield the contacts of a wave whose calls may have been made, with what is shown of each call."""
        return self._rows(marker, self.lists.of_wave(marker_of(*marker)))

    def _rows(self, marker: Marker, found: FoundCalls) -> Iterator[Contact]:
        shown = _by_contact(found.calls)
        placed = calls.of_wave(self.handovers.ledger, marker.recovery_id, marker.n)
        # One that was only registered may be in no listing: the id that its answer told knows more.
        absent = [call.call_id for call in placed if call.call_id and call.contact_id not in shown]
        by_id = self.lists.by_ids(absent) if absent else {}
        ahead = found.seen_at - self.handovers.ledger.clock.now()
        for call in placed:
            asked_at = call.sent_at + ahead  # on the platform's clock, as all times of rows are
            yield _row(call, shown.get(call.contact_id), by_id.get(call.call_id or ""), asked_at)


def _by_contact(found: Sequence[ShownCall]) -> Mapping[str, ShownCall]:
    ordered = sorted(found, key=lambda one: one.strictness, reverse=True)
    return {one.call.contact_id: one for one in ordered if one.call.contact_id}


def _row(placed: PlacedCall, shown: ShownCall | None, alone: Call | None, asked_at: datetime) -> Contact:
    if shown is not None:
        return shown.row(placed.contact_id)
    status = alone.status if alone else ContactStatus.IN_DOUBT
    return Contact(
        placed.contact_id,
        None,
        status,
        alone.raw_status if alone else WAITING,
        placed.call_id if alone else None,
        created_at=asked_at,
        updated_at=(alone.started_at if alone else None) or asked_at,
        reasons=alone.reasons if alone else (),
    )
