"""Vogent's batch dial jobs behind the Protocol.

Facts: docs.vogent.ai/api-reference and /platform-overview/batch-dial-jobs. A create makes a draft, which
calls nobody before it is started; a stop is a pause; jobs have no counters, and whoever is on the line stands
in no list. What is not documented stands in `assumed.py`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from models.enums import Absence, JobStatus, Stop
from models.handovers.tables import person
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
    SubmitOutcomeUnknownError,
    SubmitRefusedError,
)
from tasks.clock import Clock, WallClock
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import JsonAnswer, Reader, documented, short
from tasks.platforms.sending import REFUSALS, Sender
from tasks.platforms.vogent import wire
from tasks.platforms.vogent.assumed import ASSUMED
from tasks.platforms.vogent.calls import Dials
from tasks.platforms.vogent.known import KnownJob
from tasks.platforms.vogent.lists import JOBS, NAME, Lists, job_path
from tasks.platforms.vogent.request import encoded
from tasks.platforms.vogent.roll import Roll
from tasks.platforms.vogent.wire import NUMBERS, Counted

AT_ONCE = timedelta(seconds=1)
"""For how long what a look at a job has read serves for its rows, once."""
LONG_OVER = timedelta(days=7)
"""Jobs that were made before that and are complete are listed without counters: each costs two requests."""


class KnownPeople(Protocol):
    """Tells whom a job holds beyond what the platform's lists show."""

    @property
    def region(self) -> str | None:
        """Return the region of numbers without a country."""
        ...

    def of(self, job_id: str, name: str) -> Roll:
        """Return who is in a job, as far as anything here knows."""
        ...


class Vogent:
    """One workspace of Vogent."""

    name = "vogent"
    capabilities = Capabilities(
        can_list_jobs=True,
        can_list_calls=True,
        can_stop=True,
        has_live_count=False,
        has_limit=False,
        absence=Absence.EARNED,
        stop_overwrites_rows=False,
        max_rows=10_000,
        stop=Stop.PAUSE,
        drafts=True,
    )
    declared = capabilities
    assumptions: Sequence[str] = ASSUMED

    def __init__(
        self,
        url: str,
        key: str,
        people: KnownPeople,
        *,
        clock: Clock | None = None,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 30.0,
        first_pause: float = 0.5,
    ) -> None:
        """Open a client that follows no redirect; `transport` is the seam for tests."""
        self._clock = clock or WallClock()
        headers = {"authorization": f"Bearer {key}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, transport=transport)
        self._read = Reader(self._http, self._clock, NAME, first_pause=first_pause)
        self._send = Sender(self._read)
        self._lists, self._people, self._gaps = Lists(self._read), people, Gaps()
        self._dials = Dials(self._read, self._gaps)
        self._queued_at: dict[str, dict[str, datetime]] = {}
        self._complete: dict[str, Counted] = {}
        self._last: tuple[datetime, KnownJob] | None = None

    def __repr__(self) -> str:
        """Name the address and never the key."""
        return f"Vogent({self._http.base_url})"

    def get_job(self, job_id: str) -> Job:
        """Return the job, with the counters that its queue and its dials make."""
        answer = self._body(job_id)
        known = self._known(answer)
        self._last = (self._clock.now(), known)
        return self._job(answer, known.counted)

    def list_contacts(self, job_id: str) -> Iterator[Contact]:
        """Yield the rows that are queued, those that were dialled, and in doubt whoever stands in neither."""
        last, self._last = self._last, None
        if last and last[1].job_id == job_id and timedelta() <= self._clock.now() - last[0] <= AT_ONCE:
            return iter(last[1].contacts)
        return iter(self._known(self._body(job_id)).contacts)

    def _body(self, job_id: str) -> JsonAnswer:
        try:
            answer = self._read.get(job_path(job_id))
        except NoSuchJobError:
            raise NoSuchJobError(
                f"{NAME} knows no batch dial job {job_id}. Check the id and the key."
            ) from None
        self._job(answer, Counted())  # what is no job is said before its lists are asked for
        return answer

    def _job(self, answer: JsonAnswer, counted: Counted) -> Job:
        named = answer.body.get("id") if isinstance(answer.body, dict) else None
        with documented(NAME, f"job {named}" if named else "a job"):
            return wire.job(answer.body, answer.seen_at, counted)

    def _known(self, answer: JsonAnswer) -> KnownJob:
        job = self._job(answer, Counted())
        queue, dials = self._lists.queue(job.id), self._lists.dials(job.id)
        with documented(NAME, f"the rows of job {job.id}"):
            waiting = [wire.queued(one.body) for one in queue]
            dialled = [wire.dial(one.body, one.seen_at) for one in dials]
        self._dials.told_by(dialled)
        seen = self._queued_at.setdefault(job.id, {})
        seen |= {person(one.phone or "", self._people.region): answer.seen_at for one in waiting}
        roll = self._people.of(job.id, job.name)
        return KnownJob(job.id, job.created_at, waiting, dialled, roll, self._people.region, seen)

    def get_call(self, call_id: str) -> Call:
        """Return one dial with the reason for its end."""
        return self._dials.get(call_id)

    def answer_about(self, call_id: str) -> RawAnswer:
        """Return the platform's answer about one call as it comes."""
        return self._dials.raw(call_id)

    def get_calls(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Return many dials by id; a forgotten one is left out, an unreadable one has an unknown status."""
        return self._dials.get_many(call_ids)

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Return the jobs created at or after `since`, drafts too; those long complete without counters."""
        jobs = (self._listed(answer) for answer in self._lists.jobs())
        return iter([job for job in jobs if job.created_at >= since])

    def _listed(self, answer: JsonAnswer) -> Job:
        job = self._job(answer, Counted())
        if job.status is not JobStatus.FINISHED:
            self._complete.pop(job.id, None)
            return self._job(answer, self._count(answer))
        if job.seen_at - job.created_at > LONG_OVER:
            return job
        if job.id not in self._complete:
            self._complete[job.id] = self._count(answer)
        return self._job(answer, self._complete[job.id])

    def _count(self, answer: JsonAnswer) -> Counted:
        try:
            return self._known(answer).counted
        except NoSuchJobError:
            return Counted()  # deleted since it was listed

    def list_calls(self, job: Job, since: datetime, known: frozenset[str]) -> Calls:
        """Return the dials of a job begun since then that are not known, each with its contact."""
        try:
            seen = self._known(self._body(job.id))
        except PlatformError as error:
            self._gaps.say(f"the dials of {job.id} could not be listed: {error}")
            return Calls(complete=False)
        found = (one for one in seen.dials if one.call.id not in known)
        calls = (replace(one.call, job_id=job.id, contact_id=seen.contact_of(one)) for one in found)
        return Calls(tuple(one for one in calls if one.started_at is None or one.started_at >= since))

    def get_capacity(self, agent_id: str | None = None) -> Capacity:  # noqa: ARG002  as the Protocol has it
        """Return nothing: no read tells how many calls are in the air, nor their limit."""
        return Capacity(live=None)

    def get_config(self, job: Job) -> Config:
        """Return whether agent and numbers still exist, as far as it can be read."""
        notes = Gaps()
        agent: bool | None = None
        with notes.aside("the agents could not be listed"):
            agent = job.agent_id in {str(one.body["id"]) for one in self._lists.agents()}
        number, caller = self._numbers(job, notes)
        if not self._people.of(job.id, job.name).whole:
            notes.say(
                f"nobody has handed over the upload of job {job.id}, so whoever is neither queued nor among "
                "its dials is not seen"
            )
        for note in notes.all():
            self._gaps.say(note)
        zone = job.timezone
        kept = (f"the job has a schedule of its own ({zone}), which waves keep",) if zone else ()
        return Config(agent, number, caller=caller, notes=(*kept, *notes.all()))

    def _numbers(self, job: Job, notes: Gaps) -> tuple[bool | None, str | None]:
        """Return whether any of the numbers that a job calls from exists, and the first of them."""
        wanted, exists = job.settings.get(NUMBERS) or (), None
        found: list[str] = []
        with notes.aside(f"the numbers of job {job.id} could not be read"):
            for number in wanted:
                with suppress(NoSuchJobError):
                    body: Any = self._read.get(f"/phone_numbers/{quote(str(number), safe='')}").body
                    with documented(NAME, "a phone number"):
                        found.append(str(body["number"]))
            exists = bool(found) if wanted else None
        return exists, found[0] if found else None

    def gaps(self) -> tuple[str, ...]:
        """Return what could not be read so far beside the jobs themselves, each as a clause."""
        return self._gaps.all()

    def create_job(self, draft: Draft) -> Job:
        """Make the draft of one wave, once; it calls nobody. Only a proved refusal is a refusal."""
        self._last = None
        body = self._send.create(JOBS, encoded(draft, self._clock.now()))
        try:
            return self._job(JsonAnswer(body, self._clock.now()), Counted(len(draft.contacts)))
        except InvalidResponseError:
            raise SubmitOutcomeUnknownError("the create was answered, but not readably") from None

    def start_job(self, job_id: str) -> None:
        """Start a draft, by one request; one that is a draft no more is left as it is.

        Where no answer comes, the job's status tells: what is still a draft then is started by the next look.
        """
        self._last = None
        if self._status(job_id) is not JobStatus.DRAFT:
            return
        with suppress(httpx.HTTPError):
            response = self._http.post(job_path(job_id, "/paused"), json={"paused": False})
            if response.status_code in REFUSALS:
                raise SubmitRefusedError(
                    f"{NAME} refused to start it ({response.status_code}): {short(response)}", fatal=True
                )

    def stop_job(self, job_id: str) -> None:
        """Pause the job, which hangs up nobody; a draft stays one, and one that is over is left alone."""
        self._last = None
        if self._is_over(job_id):
            return
        self._send.stop(
            job_path(job_id, "/paused"), f"job {job_id}", lambda: self._stands(job_id), {"paused": True}
        )

    def _status(self, job_id: str) -> JobStatus:
        return self._job(self._body(job_id), Counted()).status

    def _is_over(self, job_id: str) -> bool:
        try:
            return self._status(job_id).is_over
        except PlatformError:
            return False

    def _stands(self, job_id: str) -> bool:
        try:
            return self._job(self._body(job_id), Counted()).is_stopped
        except PlatformError:
            return False

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()
