"""Retell behind the Protocol: batches that no program sees whole, and single calls that are safe to ask for.

Facts: the types of the official client, retell-sdk 6.2.13. A batch can be created and nothing else: it is
read from the calls that carry its id, joined with the upload that an operator hands over, and a person stops
it. What is not documented stands in `models.handovers.retell`, and `ringback platform check` prints it.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx

from models.enums import Absence, ContactStatus, DispatchState, Fence, Find, Reads, Unit
from models.handovers import said
from models.handovers.history import HandoverPoint, StopSaid
from models.handovers.retell import RETELL
from models.handovers.tables import Columns, find_columns
from models.masking.quotes import without_numbers
from models.plan.markers import read_marker
from models.platform import (
    Call,
    Calls,
    Capabilities,
    Capacity,
    Config,
    Contact,
    Draft,
    InvalidResponseError,
    Job,
    NoSuchJobError,
    PlatformError,
    RawAnswer,
    Started,
    SubmitRefusedError,
)
from tasks.clock import Clock
from tasks.ledger import calls as own_calls
from tasks.ledger.handovers import Handovers
from tasks.marks import struck
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import Reader, documented
from tasks.platforms.retell import wire
from tasks.platforms.retell.calls import NAME, CallLists
from tasks.platforms.retell.known import HandedBatch, KnownBatch, handed_batch
from tasks.platforms.retell.start import RetellStarter
from tasks.platforms.retell.waves import OwnWaves
from tasks.platforms.retell.wire import ShownCall

HOUR = 3600.0
"""Seconds for which an idempotency key makes no second call, as the client documents it."""
AT_ONCE = timedelta(seconds=1)
"""For how long a batch is not listed again; right before each call its own number is asked for anew."""
NEAR = timedelta(seconds=120)
"""How wrong the platform's own time may be told without hiding a call that somebody else has made since."""
FOREIGN = "called by somebody else"
SHORT = "fewer calls to this number are listed than are counted"
NOTES = ("whether the number still exists is seen when a call is refused",)


class Retell:
    """One workspace of Retell."""

    name = "retell"
    capabilities = Capabilities(
        can_list_jobs=False,
        can_list_calls=True,
        can_stop=False,
        has_live_count=True,
        has_limit=True,
        absence=Absence.NEVER,
        stop_overwrites_rows=False,
        max_rows=1,
        unit=Unit.CALL,
        find=Find.TOKEN,
        fence=Fence.PERSON,
        reads=Reads.JOINED,
        token_seconds=HOUR,
    )

    def __init__(
        self,
        url: str,
        key: str,
        handovers: Handovers,
        columns: Columns,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 30.0,
        first_pause: float = 0.5,
    ) -> None:
        """Open a client that follows no redirect; `transport` is the seam for tests."""
        clock: Clock = handovers.ledger.clock
        self._http = httpx.Client(
            base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=timeout, transport=transport
        )
        self._read = Reader(self._http, clock, NAME, first_pause=first_pause)
        self._handovers = handovers
        self._columns = columns
        self._gaps = Gaps()
        self._lists = CallLists(self._read, self._gaps, columns.region)
        self._waves = OwnWaves(handovers, self._lists)
        self._starter = RetellStarter(self._http, clock)
        self._last: tuple[datetime, KnownBatch] | None = None

    def __repr__(self) -> str:
        """Name the address and never the key."""
        return f"Retell({self._http.base_url})"

    def get_job(self, job_id: str) -> Job:
        """Return the batch as its calls and the last hand-over tell it, or a wave of ours as it is now."""
        if marker := read_marker(job_id):
            return self._waves.job(marker, job_id)
        return self._known(job_id).job

    def list_contacts(self, job_id: str) -> Iterator[Contact]:
        """Yield the rows of the upload with what their calls tell; or those of a wave of ours."""
        if marker := read_marker(job_id):
            return self._waves.rows(marker)
        return iter(self._known(job_id).contacts)

    def _known(self, job_id: str) -> KnownBatch:
        """Return a batch as it is now: a look asks for it and for its rows at once, which is one listing."""
        handed, now = self._handed(job_id), self._handovers.ledger.clock.now()
        if self._last is not None:
            at, last = self._last
            same = [row.id for row in last.handed.rows] == [row.id for row in handed.rows]
            if last.handed.job_id == job_id and same and timedelta() <= now - at <= AT_ONCE:
                return last
        known = KnownBatch(handed, self._lists.of_batch(job_id))
        self._last = (self._handovers.ledger.clock.now(), known)
        return known

    def _handed(self, job_id: str) -> HandedBatch:
        return handed_batch(self._handovers, job_id, self._columns)

    def row_now(self, job_id: str, contact_id: str, phone: str, since: datetime) -> Contact | None:
        """Return a row of the batch right before its call, with any call by others to its number since then.

        It costs two requests, each for the calls to this one number.
        """
        handed = self._handed(job_id)
        batch = self._lists.of_batch(job_id, phone)
        now = next((one for one in KnownBatch(handed, batch).contacts if one.id == contact_id), None)
        ahead = batch.seen_at - self._handovers.ledger.clock.now()
        others = self._lists.to_number(phone, since + ahead - NEAR)
        known = {one.call.id for one in batch.calls}
        foreign = [one for one in others.calls if one.call.id not in known and not self._is_ours(one)]
        if now is None:
            return None
        if not foreign and not others.complete:
            struck("retell.fewer_than_counted")
            return replace(now, status=ContactStatus.UNKNOWN, raw_status=SHORT)
        if not foreign:
            return now
        struck("retell.foreign_call")
        last = min(foreign, key=lambda one: one.strictness)
        return replace(now, status=last.call.status, raw_status=FOREIGN, call_id=last.call.id)

    def _is_ours(self, one: ShownCall) -> bool:
        marker = read_marker(one.call.marker or "")
        if marker is None or one.call.contact_id is None:
            return False
        state = own_calls.state_of(self._handovers.ledger, marker.recovery_id, one.call.contact_id)
        return state is not None and state != DispatchState.REFUSED.value

    def marked_calls(self, job_id: str) -> Sequence[Contact]:
        """Return every call that shows it was made for a source by a wave, whichever ledger sent that."""
        found = self._lists.of_source(job_id)
        if not found.complete:
            struck("retell.marked_incomplete")
            raise InvalidResponseError(
                f"{NAME} counts more calls of ours for {job_id} than it lists: whom they were to is not told."
            )
        return [one.row(one.call.contact_id or "") for one in found.calls]

    def handed(self, job_id: str) -> Sequence[HandoverPoint]:  # noqa: ARG002  as the Protocol has it
        """Return nothing: the calls of a batch tell of movement themselves."""
        return ()

    def stop_said(self, job_id: str, recovery_id: str) -> StopSaid | None:
        """Return what a person has said to a recovery that asked for the batch to be stopped, None yet."""
        return said.stop_said(self._handed(job_id).rows, recovery_id, RETELL)

    def get_call(self, call_id: str) -> Call:
        """Return one call with the reason for its end."""
        return self._lists.get(call_id).call

    def answer_about(self, call_id: str) -> RawAnswer:
        """Return the platform's answer about one call as it comes."""
        return self._lists.raw(call_id)

    def get_calls(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Return many calls by id; a forgotten one is left out, an unreadable one has an unknown status."""
        return self._lists.by_ids(call_ids)

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Return the batches that were handed over; Retell lists none, so there may be others."""
        names = (job_id for job_id in self._handovers.jobs() if self._handovers.of_job(job_id))
        return iter([job for job in map(self.get_job, names) if job.seen_at >= since])

    def list_calls(self, job: Job, since: datetime, known: frozenset[str]) -> Calls:
        """Return the calls of a batch, or of a wave of ours, that are not known, each with its row."""
        try:
            if marker := read_marker(job.id):
                found = self._lists.of_wave(job.id)
                rows = {one.call.id: one.call.contact_id for one in found.calls}
            else:
                batch = self._known(job.id)
                found = batch.found
                rows = {one.call.id: batch.first_row(one) for one in found.calls}
        except PlatformError as error:
            self._gaps.say(f"the calls of {job.id} could not be listed: {error}")
            return Calls(complete=False)
        calls = [
            replace(one.call, job_id=job.id, contact_id=rows[one.call.id])
            for one in found.calls
            if one.call.id not in known and (marker or one.moment is None or one.moment >= since)
        ]
        return Calls(tuple(calls), found.complete)

    def get_capacity(self, agent_id: str | None = None) -> Capacity:  # noqa: ARG002  the workspace's alone
        """Return the calls in the air, and the limit less what is reserved for calls that come in."""
        found = Capacity(live=None)
        with self._gaps.aside("the calls in the air could not be counted"):
            body = self._read.get("/get-concurrency").body
            with documented(NAME, "the concurrency"):
                found = wire.capacity(body)
        return found

    def get_config(self, job: Job) -> Config:
        """Return whether the agent still exists, as far as it can be read."""
        notes, exists = Gaps(), None
        if job.agent_id:
            with notes.aside(f"agent {job.agent_id} could not be read"):
                exists = self._agent_exists(job.agent_id)
        for note in notes.all():
            self._gaps.say(note)
        return Config(exists, None, caller=job.number_id, notes=(*NOTES, *notes.all()))

    def _agent_exists(self, agent_id: str) -> bool:
        try:
            self._read.get(f"/get-agent/{quote(agent_id, safe='')}")
        except NoSuchJobError:
            return False
        return True

    def gaps(self) -> tuple[str, ...]:
        """Return what could not be read so far beside the calls themselves, each as a clause."""
        return self._gaps.all()

    def checked(self, job_id: str) -> Mapping[str, Any]:
        """Return how a batch's hand-overs and calls are read; no number of a person is in it."""
        batch = self._known(job_id)
        handed = batch.handed
        counted = Counter(one.status.value for one in batch.contacts)
        calls = Counter(f"{one.call.raw_status} {_reason(one)}".strip() for one in batch.found.calls)
        return {
            "job_id": job_id,
            "status": {"word": handed.newest.status, "read_as": RETELL.status_of(handed.newest.status).value},
            "stopped_by": said.stopped_by(handed.rows, RETELL),
            "contacts": dict(sorted(counted.items())),
            "calls": dict(sorted(calls.items())),
            "calls_are_all": batch.found.complete,
            "agent_id": batch.agent_id,
            "number_known": batch.number is not None,
            "handovers": [
                {"at": row.at.isoformat(timespec="seconds"), "by": row.by, "status": row.status}
                | {"expected": row.expected, "processed": row.processed, "upload": bool(row.upload)}
                for row in handed.rows
            ],
            "upload": self._upload(handed),
            "report": None,
            "assumptions": list(RETELL.assumed),
        }

    def _upload(self, handed: HandedBatch) -> dict[str, Any] | None:
        table = handed.upload
        if table is None:
            return None
        place = find_columns(table, self._columns).phone
        variables = [name for at, name in enumerate(table.header) if at != place and name.strip()]
        return {
            "file": without_numbers(table.name),
            "rows": len(table.filled),
            "phone_column": table.header[place],
            "variables": variables,
        }

    def create_job(self, draft: Draft) -> Job:
        """Refuse: a batch could not be read, stopped or found again."""
        raise SubmitRefusedError(
            f"Waves are no batches on {NAME}, so {draft.marker} was not sent as one.", fatal=True
        )

    def start_call(self, draft: Draft) -> Started:
        """Start the call of one contact, by one request whose token makes it safe to send again."""
        return self._starter.start(draft)

    def stop_job(self, job_id: str) -> None:
        """Do nothing: a person stops a batch, and calls in the air are never hung up."""

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()


def _reason(one: ShownCall) -> str:
    return next((reason.code for reason in one.call.reasons), "")
