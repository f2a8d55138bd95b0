"""The one Protocol that every platform adapter fulfils."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Any, Protocol, runtime_checkable

from models.handovers.history import HandoverPoint, StopSaid
from models.platform import (
    Call,
    Calls,
    Capabilities,
    Capacity,
    Config,
    Contact,
    Draft,
    Job,
    RawAnswer,
    Started,
)


@runtime_checkable
class Platform(Protocol):
    """What ringback asks of a voice platform.

    Reads are tried again by the adapter and raise `PlatformError` with a sentence; `create_job` is
    sent once and raises `Refused` (nobody is called) or `Unclear` (it may have been accepted).
    Reads beside the jobs themselves (calls, permits, set-up) never raise for what a platform will not tell:
    what they cannot fill stays unknown, and `gaps` says so.
    """

    name: str

    @property
    def capabilities(self) -> Capabilities:
        """Return what the platform can do; where that depends on the account, asking it may raise."""
        ...

    def get_job(self, job_id: str) -> Job:
        """Return the job with its counters."""
        ...

    def list_contacts(self, job_id: str) -> Iterator[Contact]:
        """Stream the rows of a job in the platform's order; a broken stream raises, it never ends early."""
        ...

    def get_call(self, call_id: str) -> Call:
        """Return one call with every reason the platform has for its end."""
        ...

    def get_calls(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Return many calls by id, leaving out those that the platform has forgotten.

        One that is there and cannot be read has the status unknown: what became of it may not be guessed.
        """
        ...

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Return the workspace's jobs created at or after `since`, all of them, in any order; or raise."""
        ...

    def list_calls(self, job: Job, since: datetime, known: frozenset[str]) -> Calls:
        """Return the calls of a job begun since then, but for the known ids; only where `can_list_calls`."""
        ...

    def get_capacity(self, agent_id: str | None = None) -> Capacity:
        """Return the permits in use, of one agent too where it is named, and their limit where told."""
        ...

    def get_config(self, job: Job) -> Config:
        """Return whether the job's agent and number still exist."""
        ...

    def gaps(self) -> tuple[str, ...]:
        """Return what could not be read so far, each as a clause with the platform's own words, once."""
        ...

    def create_job(self, draft: Draft) -> Job:
        """Submit one wave, once."""
        ...

    def stop_job(self, job_id: str) -> None:
        """Stop dispatching; calls in the air go on. Stopping twice is harmless."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class CallOwners(Protocol):
    """Whose calls are, as far as it was read before: a call that is over never becomes another job's."""

    def of(self, call_ids: Sequence[str]) -> Mapping[str, str]:
        """Return the job of each call that is known, empty where it is no job's; others are left out."""
        ...

    def keep(self, found: Mapping[str, str]) -> None:
        """Note whose calls are that are over."""
        ...


@runtime_checkable
class LooksAtMany(Protocol):
    """What a platform brings whose jobs may be read side by side, by as many threads as `at_once` says."""

    at_once: int

    def many(self, owners: CallOwners) -> AbstractContextManager[None]:
        """Read once, while this is open, what is the same for all jobs: the listing of calls, the set-up.

        Nothing may be dialled by what is read within.
        """
        ...


def at_once(platform: Platform) -> int:
    """Return how many reads of jobs may be on their way at once."""
    return platform.at_once if isinstance(platform, LooksAtMany) else 1


def many(platform: Platform, owners: CallOwners) -> AbstractContextManager[None]:
    """Return what is open while many jobs are looked at."""
    return platform.many(owners) if isinstance(platform, LooksAtMany) else nullcontext()


@runtime_checkable
class StartsCalls(Protocol):
    """What a platform brings on which a wave is single calls (`Unit.CALL`).

    The calls of a wave are read back under its marker, by `get_job` and `list_contacts`, as they are told.
    """

    def start_call(self, draft: Draft) -> Started:
        """Start the call of a draft of one contact, once; refusals and lost answers raise as in `create_job`.

        A refusal that is `fatal` speaks of the set-up, `SubmitRefusedContactError` of this contact alone.
        Where answers are asked about by token (`Find.TOKEN`), the same draft makes the same request with the
        same token: sent again while that holds, it makes no second call.
        """
        ...

    def row_now(self, job_id: str, contact_id: str, phone: str, since: datetime) -> Contact | None:
        """Return a row of the source right before its call, None where it is no longer shown.

        A call to the number by anybody else since then is on it, as far as the platform shows one.
        """
        ...


@runtime_checkable
class MakesDrafts(Protocol):
    """What a platform brings on which a create makes a draft (`drafts`): it calls nobody before its start."""

    def start_job(self, job_id: str) -> None:
        """Start a draft of ours; one that has begun already is left as it is, so asking twice is harmless.

        Where no answer comes it may be a draft still. Raises SubmitRefusedError where it is not started.
        """
        ...


@runtime_checkable
class ShowsMarkers(Protocol):
    """What a platform brings that lists no jobs, and whose calls show the marker of the wave they are for."""

    def marked_calls(self, job_id: str) -> Sequence[Contact]:
        """Return every call that any ledger's waves have made for a source job, all of them, or raise.

        Each as the row that it is: `id` is the contact's in that job, `marker` the wave's.
        """
        ...


@runtime_checkable
class ShowsAnswers(Protocol):
    """What a platform brings that answers about one call in a shape that is known."""

    def answer_about(self, call_id: str) -> RawAnswer:
        """Return the platform's answer about a call as it comes; it may hold numbers and words of people."""
        ...


@runtime_checkable
class HandedOver(Protocol):
    """What a platform brings whose jobs are handed over by operators, all of them or the people in them."""

    def handed(self, job_id: str) -> Sequence[HandoverPoint]:
        """Return what each hand-over of a job tells of movement, the oldest first.

        Nothing where calls are read from the platform: these tell of movement themselves.
        """
        ...

    def stop_said(self, job_id: str, recovery_id: str) -> StopSaid | None:
        """Return what a person has said to a recovery that asked for the job to be stopped, None yet."""
        ...

    def checked(self, job_id: str) -> Mapping[str, Any]:
        """Return how a job's hand-overs are read, and what is taken for granted; no number is in it."""
        ...


@runtime_checkable
class TellsCarrierIds(Protocol):
    """What a platform brings whose rows tell of calls whole, but for what their carrier calls them."""

    def carrier_ids(
        self, call_ids: Iterable[str], most: int, told: Callable[[int, int], None]
    ) -> Mapping[str, str]:
        """Return the carrier's ids of calls as far as these tell one; so many are read at the most.

        After each that is read `told` hears how many were, and of how many.
        """
        ...


@runtime_checkable
class Assumes(Protocol):
    """What a platform brings of whose documents something is taken for granted, each in a clause."""

    assumptions: Sequence[str]
