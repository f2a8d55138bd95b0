"""A voice platform in memory, for tests of your own: the sandbox's engine behind the Protocol, without HTTP.

It plays on any clock (on a `tasks.clock.VirtualClock` hours pass at once) and takes the sandbox's faults.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from deployments.sandbox.engine.adversary import random_adversary
from deployments.sandbox.engine.entities import Job as SandboxJob
from deployments.sandbox.engine.entities import JobSubmission
from deployments.sandbox.engine.faults import Fault
from deployments.sandbox.engine.world import World
from deployments.sandbox.in_memory import views
from deployments.sandbox.scenarios import Scene, build
from deployments.sandbox.wire.bodies import MOST_ROWS
from deployments.sandbox.wire.listing import page
from deployments.sandbox.wire.stopping import BROKEN, OVER, ordered_stop
from deployments.sandbox.wire.stopping import OK as STOPPED
from deployments.sandbox.wire.views import listed_calls, listed_jobs, live_calls, recorded_call, visible_job
from models.enums import Absence, ContactStatus
from models.invariants import given
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
    PlatformDownError,
    PlatformError,
    SubmitOutcomeUnknownError,
    SubmitRefusedError,
)
from tasks.clock import Clock, VirtualClock
from tasks.platforms.http import LONGEST_PAUSE, TRIES

T = TypeVar("T")
EVERYTHING = Capabilities(
    can_list_jobs=True,
    can_list_calls=True,
    can_stop=True,
    has_live_count=True,
    has_limit=False,
    absence=Absence.EARNED,
    stop_overwrites_rows=True,
    max_rows=MOST_ROWS,
)
FIRST_PAUSE = 0.5
PAGE = 100
MOST_STALE = 3
"""Pages in a row without anything new after which a listing has no end."""
PATIENCE = 30.0
"""Seconds for which the answer to a submit is waited for."""
_LOST = ("accept_then_cut", "accept_then_500", "malformed_json", "page_cut")
_CUT = ("accept_then_cut", "accept_then_500", "page_cut")


class FakePlatform:
    """One workspace in memory; everything happens on the clock that it is given.

    `world` is the truth: its calls, its permits, its `faults` and its weather may be read and changed.
    `broken`, where set, is what every call raises: a wrong key, a platform that is down.
    `capabilities` may take abilities away, as on platforms that lack them.
    """

    name = "fake"

    def __init__(self, world: World, clock: Clock, capabilities: Capabilities = EVERYTHING) -> None:
        self.world = world
        self.clock = clock
        self.capabilities = self.declared = capabilities
        self.broken: PlatformError | None = None
        self.patience = PATIENCE
        self._gaps: set[str] = set()

    def get_job(self, job_id: str) -> Job:
        """Return the job with its counters."""
        return self._read(f"batch-calling/{job_id}", lambda: self._shown(self._job(job_id)))

    def list_contacts(self, job_id: str) -> Iterator[Contact]:
        """Stream the rows of a job."""
        yield from self._read(
            f"batch-calling/{job_id}", lambda: views.contacts(self.world, self._job(job_id))
        )

    def get_call(self, call_id: str) -> Call:
        """Return one call with its reasons."""
        return self._read(f"conversations/{call_id}", lambda: self._call(call_id))

    def get_calls(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Return many calls by id; a forgotten one is left out, one that may not be read is unknown."""
        found = {}
        for call_id in dict.fromkeys(call_ids):
            if not self._may(f"conversations/{call_id}"):
                found[call_id] = Call(call_id, ContactStatus.UNKNOWN, "unreadable", None)
                continue
            try:
                found[call_id] = self.get_call(call_id)
            except NoSuchJobError:
                continue
        return found

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Stream the workspace's jobs, newest first, back to `since`."""
        pages = self._pages("batch-calling/workspace", lambda: listed_jobs(self.world, None))
        found = (self._shown(job) for job in pages)
        yield from (job for job in found if job.created_at >= since)

    def list_calls(self, job: Job, since: datetime, known: frozenset[str]) -> Calls:
        """Return the recorded calls of a job begun since then, but for the known ones."""
        if not self._may("conversations"):
            self.capabilities = replace(self.capabilities, can_list_calls=False)
            return Calls(complete=False)
        after = since.timestamp()
        calls = self._pages("conversations", lambda: listed_calls(self.world, job.agent_id, after, None))
        ours = (one for one in calls if one.row.job.id == job.id and one.id not in known)
        return Calls(tuple(views.call(self.world, one) for one in ours))

    def get_capacity(self, agent_id: str | None = None) -> Capacity:
        """Return the live calls, those of one agent too, and the limit where it is told."""
        has, limit = self.capabilities, self.world.permits.limit
        told = has.has_live_count and self._may("analytics/live-count")
        return self._read(
            "analytics/live-count",
            lambda: Capacity(
                live=live_calls(self.world, None) if told else None,
                limit=limit if has.has_limit else None,
                agent_live=live_calls(self.world, [agent_id]) if told and agent_id else None,
            ),
        )

    def get_config(self, job: Job) -> Config:
        """Return whether agent and number still exist and the agent's own limit."""
        agent, number = self._may(f"agents/{job.agent_id}"), self._may("phone-numbers")
        return self._read(
            f"agents/{job.agent_id}", lambda: views.config(self.world, job, agent=agent, number=number)
        )

    def gaps(self) -> tuple[str, ...]:
        """Return which reads the key may not make."""
        return tuple(sorted(self._gaps))

    def create_job(self, draft: Draft) -> Job:
        """Submit one wave, once."""
        where = "POST /batch-calling/submit"
        self._arrive()
        if fault := self._hits("answer_429", where):
            raise SubmitRefusedError(
                "The platform is at its limit and took nothing.", retry_after=fault.pause
            )
        made = self._taken(views.order(self.world, draft), where)
        for name in _LOST:
            if self._hits(name, where):
                raise SubmitOutcomeUnknownError(f"the answer to the submit was lost ({name})")
        return views.job(self.world, made)

    def stop_job(self, job_id: str) -> None:
        """Cancel the job; a lost answer is asked again."""
        where = f"POST /batch-calling/{job_id}/cancel"
        for attempt in range(TRIES):
            self._arrive()
            if not (fault := self._hits("answer_429", where)):
                status = ordered_stop(self.world, self._stoppable(job_id), where)
                if status not in {STOPPED, BROKEN}:
                    return self._is_over(job_id, status)
                if status == STOPPED and not any(self._hits(name, where) for name in _LOST):
                    return None
            self._pause(attempt, fault)
        raise PlatformError(f"The platform did not confirm that job {job_id} is stopped; stop it by hand.")

    def close(self) -> None:
        """Let go of nothing."""

    def _arrive(self) -> None:
        if self.broken:
            raise self.broken
        self.world.advance(self.clock.now().timestamp())

    def _taken(self, order: JobSubmission, where: str) -> SandboxJob:
        slow = self._hits("slow_create", where)
        if slow is None:
            return self.world.submit(order)
        made = self.world.submit_late(order, slow.seconds)
        self.clock.sleep(min(slow.seconds, self.patience))
        self._arrive()
        if not made:
            raise SubmitOutcomeUnknownError("the answer to the submit did not come in time")
        return made[0]

    def _is_over(self, job_id: str, status: int) -> None:
        # Refused because there is nothing to stop any more? A read tells.
        if self._job(job_id).status not in OVER:
            raise PlatformError(f"The platform refused to stop job {job_id} ({status}); stop it by hand.")

    def _may(self, path: str) -> bool:
        """Tell whether the key may make a side read; what it may not read is left out, as adapters do."""
        if not self._hits("no_permission", f"GET /{path}"):
            return True
        self._gaps.add(f"the key lacks the permission to read {path.split('/', maxsplit=1)[0]}")
        return False

    def _hits(self, name: str, where: str) -> Fault | None:
        return self.world.faults.hits(name, where)

    def _read(self, path: str, act: Callable[[], T]) -> T:
        where = f"GET /{path}"
        for attempt in range(TRIES):
            self._arrive()
            trouble, fault = self._struck(where)
            if trouble is None:
                return act()
            if attempt + 1 < TRIES:
                self._pause(attempt, fault)
        raise given(trouble, "without trouble the answer is returned")

    def _struck(self, where: str) -> tuple[PlatformError | None, Fault | None]:
        if fault := self._hits("answer_429", where):
            return PlatformDownError(
                f"The platform answered 429 (asked {TRIES} times). Try again later."
            ), fault
        if self._hits("redirect", where):
            words = "The platform sends callers on to another host, api.elsewhere.example.com. Check the URL."
            return PlatformError(words), None
        if slow := self._hits("slow_loris", where):
            self.clock.sleep(slow.seconds)
        if any(self._hits(name, where) for name in _CUT):
            return PlatformDownError(
                f"The platform was cut off (asked {TRIES} times). Try again later."
            ), None
        if self._hits("malformed_json", where):
            return InvalidResponseError(
                "The platform answered something that is not what it documents."
            ), None
        return None, None

    def _pause(self, attempt: int, fault: Fault | None) -> None:
        asked = fault.pause if fault else None
        self.clock.sleep(min(FIRST_PAUSE * 2**attempt if asked is None else asked, LONGEST_PAUSE))

    def _pages(self, path: str, listed: Callable[[], list[Any]]) -> Iterator[Any]:
        cursor: str | None = None
        seen: set[str] = set()
        stale = 0
        while stale < MOST_STALE:
            try:
                part = self._read(path, lambda: page(listed(), cursor, PAGE, self.world.faults))  # noqa: B023
            except LookupError:
                break
            fresh = [one for one in part.items if one.id not in seen]
            seen.update(one.id for one in fresh)
            yield from fresh
            if not part.cursor and not part.more:
                return
            stale = 0 if fresh else stale + 1
            cursor = part.cursor
        raise InvalidResponseError(
            f"The platform lists {path} without an end; the listing cannot be trusted."
        )

    def _job(self, job_id: str) -> SandboxJob:
        found = visible_job(self.world, job_id)
        if found is None:
            raise NoSuchJobError(
                f"The platform knows no job {job_id} in this workspace. Check the id and the key."
            )
        return found

    def _stoppable(self, job_id: str) -> SandboxJob:
        try:
            return self._job(job_id)
        except NoSuchJobError:
            raise PlatformError(f"The platform refused to stop job {job_id}: it knows no such job.") from None

    def _shown(self, job: SandboxJob) -> Job:
        return views.shown_job(self.world, job)

    def _call(self, call_id: str) -> Call:
        found = recorded_call(self.world, call_id)
        if found is None:
            raise NoSuchJobError(f"The platform shows no call {call_id} in this workspace.")
        return views.call(self.world, found, sip=self._may(f"conversations/{call_id}/sip-messages"))


def open_fake(
    scenario: str,
    seed: int = 1,
    *,
    clock: Clock | None = None,
    adversary: object = None,
    **wishes: Any,
) -> tuple[FakePlatform, Scene]:
    """Open a scenario of the sandbox in memory; wishes are contacts, permits, speed and salt.

    Without a clock of your own the platform plays on a `VirtualClock`, its `clock`. `adversary` is the seed
    of all that the published format leaves open; None is a platform as one would wish it.
    """
    clock = clock or VirtualClock()
    scene = build(scenario, seed, clock.now().timestamp(), **wishes)
    if adversary is not None:
        scene.world.faults.all += random_adversary(adversary)
    return FakePlatform(scene.world, clock), scene
