"""One job as its two lists tell it, queue and dials, with whoever stands in neither and should in one."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from models.enums import ContactStatus
from models.handovers.tables import person
from models.platform import Contact, InvalidResponseError
from tasks.platforms.vogent.roll import Roll
from tasks.platforms.vogent.wire import Counted, Dial


@dataclass(frozen=True)
class KnownJob:
    """The queue was read before the dials: whoever left it meanwhile may stand in neither, never in both.

    `queued_at` tells when this process saw people last in the queue, by person.
    """

    job_id: str
    created_at: datetime
    queue: Sequence[Contact]
    dials: Sequence[Dial]
    roll: Roll
    region: str | None
    queued_at: Mapping[str, datetime]

    @cached_property
    def contacts(self) -> tuple[Contact, ...]:
        """Return every contact: as the lists show it, under its id here where one is known, else in doubt."""
        self._is_the_jobs()
        left, places = {one.id: one for one in self.roll.people}, defaultdict[str, list[str]](list)
        for one in self.roll.people:
            places[self._who(one.phone)].append(one.id)
        # Who is known by id comes first: a number must not take the place of another one of the same.
        found = [
            self._named(row, left, places) for row in sorted(self.shown, key=lambda row: row.id not in left)
        ]
        moved = self._last_moved
        return (*found, *(self._in_doubt(one, moved) for one in left.values()))

    @cached_property
    def shown(self) -> tuple[Contact, ...]:
        """Return the rows that the lists show: one a queued row, and one for all dials of a contact."""
        dialled = tuple(self._dialled())
        own = {row.id for row in dialled}
        return (*dialled, *(row for row in self.queue if row.marker is None or row.id not in own))

    def _dialled(self) -> Iterator[Contact]:
        for dials in self._groups.values():
            first = min(dials, key=lambda one: (one.moved_at, one.call.id))
            strict = min(dials, key=lambda one: one.strictness)
            yield strict.row(strict.call.contact_id or first.call.id)

    @cached_property
    def _groups(self) -> Mapping[object, list[Dial]]:
        found: dict[object, list[Dial]] = defaultdict(list)
        for one in self.dials:
            who = one.call.contact_id or (self._who(one.phone), one.inputs if one.phone else one.call.id)
            found[who].append(one)
        return found

    def _named(self, row: Contact, left: dict[str, Contact], places: Mapping[str, list[str]]) -> Contact:
        if left.pop(row.id, None):
            return row
        mine = next((one for one in places[self._who(row.phone)] if one in left), None) if row.phone else None
        if mine is None:
            return row
        del left[mine]
        return replace(row, id=mine)

    def _in_doubt(self, one: Contact, moved: datetime) -> Contact:
        last = self.queued_at.get(self._who(one.phone))
        return replace(one, updated_at=max(moved, last) if last else moved)

    @property
    def _last_moved(self) -> datetime:
        return max([self.created_at, *(one.moved_at for one in self.dials)])

    def _is_the_jobs(self) -> None:
        if not self.roll.numbers:
            return
        strangers = {self._who(row.phone) for row in self.shown if row.phone} - self.roll.numbers
        if strangers:
            raise InvalidResponseError(
                f"Job {self.job_id} holds {len(strangers)} people who are not in the upload that was handed "
                "over for it: that is another job's. Hand the right one over: `ringback observe "
                f"{self.job_id} --status WORD --upload FILE --correct`."
            )

    def _who(self, phone: str | None) -> str:
        return person(phone or "", self.region)

    @property
    def counted(self) -> Counted:
        """Return the counters that the contacts make."""
        rows = self.contacts
        waiting = sum(1 for row in rows if row.status is ContactStatus.NOT_DIALED)
        over = sum(1 for row in rows if row.status.is_over)
        return Counted(len(rows), len(rows) - waiting, over)

    def contact_of(self, dial: Dial) -> str | None:
        """Return the contact that a dial was to, as it is called here."""
        if dial.call.contact_id:
            return dial.call.contact_id
        return self._contact_by_call.get(dial.call.id)

    @cached_property
    def _contact_by_call(self) -> Mapping[str, str]:
        rows = {row.call_id: row.id for row in self.contacts if row.call_id}
        ids = ([one.call.id for one in group] for group in self._groups.values())
        known = ((group, next((rows[one] for one in group if one in rows), None)) for group in ids)
        return {call_id: row_id for group, row_id in known if row_id for call_id in group}
