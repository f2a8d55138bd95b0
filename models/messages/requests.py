"""What a ticket is told of its request while there is no recovery to tell of: refused, or joined."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from models.hooks.ids import shown_ticket
from models.messages.milestones import Milestone, Note

ECHO = timedelta(minutes=1)
"""What a ticket sends so soon after a comment of ours was set off by what it changed: nobody asks again."""
STORM = timedelta(hours=1)
MOST_IN_A_STORM = 3
"""How many refusals one ticket hears of in an hour: a person corrects a field, a loop only sends again."""
ABOUT_REQUESTS = frozenset({Milestone.REFUSED.value, Milestone.JOINED.value})
_ELSEWHERE = "; it is in workspace "
_FIELD = "Correct the field Batch Job ID"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refusal that a ticket was told, or is still to be told where `told_at` is None."""

    why: str
    written_at: datetime
    told_at: datetime | None


def is_told(earlier: Iterable[Refusal], why: str, now: datetime) -> bool:
    """Tell whether a ticket hears of one more refusal, or whether it is an echo or a storm."""
    lately = [one for one in earlier if now - one.written_at < STORM]
    return len(lately) < MOST_IN_A_STORM and not any(_is_echo(one, why, now) for one in lately)


def _is_echo(one: Refusal, why: str, now: datetime) -> bool:
    return one.why == why and (one.told_at is None or now - one.told_at < ECHO)


def elsewhere_words(job_id: str, here: str, other: str) -> str:
    """Say that a job is in another workspace than the one that it was asked for in."""
    return f"No job {job_id} in workspace {here}{_ELSEWHERE}{other}. Copy this run and change the workspace."


def ask_again(why: str, job_id: str, own_tag: str) -> str:
    """Return what a person has to do so that a refused request may be made again."""
    is_about_job = not job_id or job_id in why
    mend = _FIELD if is_about_job and _ELSEWHERE not in why else "Correct what it names"
    return f"{mend} and take the tag {own_tag} off to ask again." if own_tag else f"{mend} and ask again."


def refused_facts(request: Mapping[str, Any], why: str, next_action: str) -> dict[str, Any]:
    """Return what a refusal says; `request` holds the request's own id, job_id and workspace."""
    return _facts(request, Milestone.REFUSED, why, next_action)


def joined_facts(request: Mapping[str, Any], first: str) -> dict[str, Any]:
    """Return what a ticket is told whose request joins one that has not begun; `first` asked before it."""
    why = f"{asked_already(first)} Its recovery has not begun yet; this ticket is told as soon as it has."
    return _facts(request, Milestone.JOINED, why, "Wait: nothing has to be done.")


def asked_already(first: str) -> str:
    """Say who asked for the job before this ticket did; `first` is a ticket, empty where it was none."""
    return f"{f'Ticket {shown_ticket(first)}' if first else 'Somebody'} asked for this job already."


def joined_words(recovery_id: str, first: str) -> str:
    """Return what a ticket hears first that joins a recovery under way."""
    return f"{asked_already(first)} This ticket joins recovery {recovery_id} and is told its end too."


def _facts(request: Mapping[str, Any], milestone: Milestone, why: str, next_action: str) -> dict[str, Any]:
    return {
        "request_id": request["id"],
        "recovery_id": None,
        "job_id": request["job_id"],
        "workspace": request["workspace"],
        "milestone": milestone.value,
        "state": milestone.value,
        "why": why,
        "next_action": next_action,
        "eta": "",
        "counts": {},
        "people": "",
        "package": None,
    }


def note_of_request(told: Mapping[str, Any], mark: str) -> Note:
    """Put the facts of a request into words."""
    job = f" for job {told['job_id']}" if told["job_id"] else ""
    if told["milestone"] == Milestone.REFUSED.value:
        subject = f"ringback: no recovery was started{job}"
        first = f"ringback could not start: {told['why']} {told['next_action']}"
    else:
        subject, first = f"ringback: asked{job} a second time", f"{told['why']} {told['next_action']}"
    look = f"Request {told['request_id']}, workspace {told['workspace']}. Nobody was called because of it."
    return Note(subject, (first, look), mark, told)
