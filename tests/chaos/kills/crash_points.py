"""Where a recovery touches the world, counted: the place to let its process die or the world change.

Wrap a platform and a clock in one `CrashPoints`: each call to them, before and after its effect, is one
passing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import TypeVar

from models.platform import Call, Calls, Capacity, Config, Contact, Draft, Job
from tasks.clock import Clock
from tasks.platforms.port import Platform

T = TypeVar("T")


class Crash(BaseException):
    """The process dies here: no handler may catch it, nothing is released or cleaned up."""


class CrashPoints:
    """Counts passings and acts at chosen ones; an act may raise `Crash`."""

    def __init__(self) -> None:
        self.passed = 0
        self.last = ""
        """The passing that was acted on last, in words."""
        self._acts: dict[int, Callable[[], None]] = {}

    def after(self, passings: int, act: Callable[[], None]) -> None:
        """Let `act` happen at the given passing from here on, 1 being the next."""
        self._acts[self.passed + passings] = act

    def forget(self) -> None:
        """Take back whatever has not happened yet."""
        self._acts.clear()

    def passing(self, what: str) -> None:
        """Count one passing and act where it is its turn."""
        self.passed += 1
        if act := self._acts.pop(self.passed, None):
            self.last = what
            act()


def crash() -> None:
    """Die."""
    raise Crash


class SeamClock:
    """A clock behind a seam."""

    def __init__(self, clock: Clock, seam: CrashPoints) -> None:
        self.clock = clock
        self.seam = seam

    def now(self) -> datetime:
        """Return the aware time in UTC."""
        self.seam.passing("reading the clock")
        return self.clock.now()

    def sleep(self, seconds: float) -> None:
        """Let that many seconds pass."""
        self.seam.passing("before a wait")
        self.clock.sleep(seconds)
        self.seam.passing("after a wait")


class SeamPlatform:
    """A platform behind a seam."""

    def __init__(self, platform: Platform, seam: CrashPoints) -> None:
        self.platform = platform
        self.seam = seam
        self.name = platform.name
        self.capabilities = platform.capabilities
        self.declared = getattr(platform, "declared", platform.capabilities)

    def get_job(self, job_id: str) -> Job:
        """Pass on."""
        return self._around("reading a job", lambda: self.platform.get_job(job_id))

    def list_contacts(self, job_id: str) -> Iterator[Contact]:
        """Pass on."""
        yield from self._around("reading contacts", lambda: list(self.platform.list_contacts(job_id)))

    def get_call(self, call_id: str) -> Call:
        """Pass on."""
        return self._around("reading a call", lambda: self.platform.get_call(call_id))

    def get_calls(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Pass on."""
        return self._around("reading calls", lambda: self.platform.get_calls(call_ids))

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Pass on."""
        yield from self._around("listing jobs", lambda: list(self.platform.list_jobs(since)))

    def list_calls(self, job: Job, since: datetime, known: frozenset[str]) -> Calls:
        """Pass on."""
        return self._around("listing calls", lambda: self.platform.list_calls(job, since, known))

    def get_capacity(self, agent_id: str | None = None) -> Capacity:
        """Pass on."""
        return self._around("reading the capacity", lambda: self.platform.get_capacity(agent_id))

    def get_config(self, job: Job) -> Config:
        """Pass on."""
        return self._around("reading the set-up", lambda: self.platform.get_config(job))

    def gaps(self) -> tuple[str, ...]:
        """Pass on."""
        return self.platform.gaps()

    def create_job(self, draft: Draft) -> Job:
        """Pass on."""
        return self._around("submitting a wave", lambda: self.platform.create_job(draft))

    def stop_job(self, job_id: str) -> None:
        """Pass on."""
        self._around("stopping a job", lambda: self.platform.stop_job(job_id))

    def close(self) -> None:
        """Pass on."""
        self.platform.close()

    def _around(self, what: str, act: Callable[[], T]) -> T:
        self.seam.passing(f"before {what}")
        found = act()
        self.seam.passing(f"after {what}")
        return found
