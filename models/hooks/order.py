"""What a hook or a call of the API asks for, and the states of a request on its way to a run."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from models.canonical import canonical


class HookState(StrEnum):
    """Where a request stands; the last five are ends."""

    RECEIVED = "received"  # written down, nothing done yet
    STARTING = "starting"  # a worker is about to start the run, or died over it
    STARTED = "started"
    JOINED = "joined"  # another request already asked for the same
    IGNORED = "ignored"  # a ping, an event of no concern, our own write-back
    REFUSED = "refused"  # nothing is started from it as it is; the words say why
    FAILED = "failed"  # nobody could read it, or start it within a day; the words say why


class Act(StrEnum):
    """What a request wants done."""

    RECOVER = "recover"
    WAKE = "wake"  # a decision was made: the waiting recovery shall go on


@dataclass(frozen=True, slots=True)
class StartRequest:
    """A run to be started: its parameter, and the key under which it is started once."""

    request: dict[str, Any]
    key: str
    tags: tuple[str, ...] = ()


def order_key(request_id: str, request: dict[str, Any]) -> str:
    """Return the idempotency key: ticket, job and a hash of all parameters and of this one request.

    The request's own id is in the hash, since Prefect answers a key it has seen with the old run: the same
    wish an hour later must be a new run, while the same row started twice must not.
    """
    hashed = sha256(f"{request_id}\n{canonical(request)}".encode()).hexdigest()[:32]
    return f"ringback/{request['ticket'] or '-'}/{request['job_id']}/{hashed}"
