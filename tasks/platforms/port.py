"""The one Protocol that every platform adapter fulfils."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Protocol, runtime_checkable

from models.platform import Call, Capabilities, Capacity, Config, Contact, Draft, Job


@runtime_checkable
class Platform(Protocol):
    """What ringback asks of a voice platform.

    Reads are tried again by the adapter and raise `PlatformError` with a sentence; `create_job` is
    sent once and raises `Refused` (nobody is called) or `Unclear` (it may have been accepted).
    """

    name: str
    capabilities: Capabilities

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
        """Return many calls by id, leaving out those that the platform has forgotten."""
        ...

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Stream the workspace's jobs created at or after `since`, every page of them."""
        ...

    def list_calls(self, job: Job, since: datetime, known: frozenset[str]) -> Iterator[Call]:
        """Stream the calls of a job begun since then, but for the known ids; only where `can_list_calls`."""
        ...

    def get_capacity(self) -> Capacity:
        """Return the permits in use and, where told, their limit."""
        ...

    def get_config(self, job: Job) -> Config:
        """Return whether the job's agent and number still exist."""
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
