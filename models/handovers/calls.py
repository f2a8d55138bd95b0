"""Whose call a webhook tells of: ours, by agent, number, direction and start, or somebody else's."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.enums import ContactStatus
from models.handovers.reports import error_reason
from models.platform import Reason

NEAR = timedelta(seconds=120)
"""A call so near to a request of ours is not taken for a stranger's: the two clocks may differ by as much."""
COMPLETED = "completed"


@dataclass(frozen=True, slots=True)
class Placed:
    """One call that a wave has asked for; `since` is the earliest moment at which it can have started."""

    recovery_id: str
    contact_id: str
    wave: int
    person: str
    agent_id: str
    sent_at: datetime
    since: datetime


@dataclass(frozen=True, slots=True)
class Heard:
    """One ended call that a webhook has told of."""

    call_id: str
    agent_id: str
    person: str
    outbound: bool
    status: str
    error: str
    seconds: int | None
    started_at: datetime
    ended_at: datetime

    @property
    def outcome(self) -> ContactStatus:
        """Return what became of the person: one who was on the line for a second counts as reached."""
        reached = self.status == COMPLETED or (self.seconds or 0) > 0
        return ContactStatus.REACHED if reached else ContactStatus.NOT_REACHED

    @property
    def reasons(self) -> tuple[Reason, ...]:
        """Return why it failed, as far as its text tells; one that reached somebody needs none."""
        return () if self.outcome is ContactStatus.REACHED else (error_reason(self.error),)


@dataclass(frozen=True, slots=True)
class Matched:
    """Calls by the request of ours that they answer, and those that nobody of ours has asked for."""

    ours: Mapping[tuple[str, str], Heard]
    foreign: tuple[Heard, ...]


def match(placed: Sequence[Placed], heard: Iterable[Heard], window: timedelta) -> Matched:
    """Match calls with requests: the first call of a person by the agent within the window after a request.

    A request claims no call of after the next one to the same person. An inbound call is nobody's request.
    """
    waiting: dict[str, list[Heard]] = defaultdict(list)
    for call in sorted(heard, key=lambda one: one.started_at):
        if call.outbound:
            waiting[call.person].append(call)
    asked: dict[str, list[Placed]] = defaultdict(list)
    for request in sorted(placed, key=lambda one: one.sent_at):
        asked[request.person].append(request)
    ours: dict[tuple[str, str], Heard] = {}
    for person, requests in asked.items():
        ends = [after.since for after in requests[1:]]
        for at, request in enumerate(requests):
            end = min([request.sent_at + window, *ends[at : at + 1]])
            if found := _first(waiting[person], request, end):
                waiting[person].remove(found)
                ours[request.recovery_id, request.contact_id] = found
    left = [call for person, calls in waiting.items() for call in calls if _is_far(call, asked[person])]
    return Matched(ours, tuple(left))


def _first(calls: Iterable[Heard], request: Placed, end: datetime) -> Heard | None:
    fitting = (one for one in calls if one.agent_id == request.agent_id)
    return next((one for one in fitting if request.since <= one.started_at <= end), None)


def _is_far(call: Heard, requests: Iterable[Placed]) -> bool:
    return all(abs(call.started_at - request.sent_at) > NEAR for request in requests)
