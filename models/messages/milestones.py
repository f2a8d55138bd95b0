"""The few moments of a recovery that people outside are told of, and the words they are told in."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from models.enums import State
from models.hooks.ids import TICKET_IS_NUMBER, ticket_trouble
from models.masking.redaction import redact
from models.messages.promises import Promise
from models.report.people import People


class Milestone(StrEnum):
    """When a ticket gets a comment: once each, unless there is something new to say."""

    OPENED = "opened"
    WAITING = "waiting"
    CALLING = "calling"  # once the sample has passed and the rest is called; again where its end slips
    ENDED = "ended"
    REFUSED = "refused"  # of a request that no recovery came of
    JOINED = "joined"  # of a request whose job another one asked for, before its recovery has begun


class Delivery(StrEnum):
    """Where one message of the outbox stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given up"


NOTIFY = "notify"
"""The system of messages that go to a channel of people, not to a ticket."""
NOTICED = frozenset(set(State) - {State.RUNNING})
"""States that a channel may be told of."""
WORKS = (
    "ringback works through the runbook for this job: look, triage, a small sample, then the rest. "
    "Nobody is called twice because of it."
)
CALLS = "The sample passed, and everybody else who may be redialled is called in waves."


@dataclass(frozen=True, slots=True)
class Notices:
    """Which channels are told, by name, and of which states."""

    channels: tuple[str, ...] = ()
    states: frozenset[State] = frozenset()

    def told_of(self, state: State) -> tuple[str, ...]:
        """Return the channels that hear of a recovery in this state."""
        return self.channels if state in self.states else ()


NOBODY = Notices()


TITLES = {
    State.RUNNING: "opened",
    State.AWAITING_APPROVAL: "waits for approval",
    State.RECOVERED: "recovered",
    State.HEALTHY: "healthy: nothing to do",
    State.HELD: "held: a person has to decide",
    State.ESCALATED: "escalated to engineering",
    State.CANCELLED: "cancelled by a person",
}
"""Every state in the runbook's words, as they stand in a subject line."""

COUNTED = {
    "planned": "to be redialled",
    "redialled": "redialled",
    "reached": "reached",
    "failed_again": "failed again",
    "withdrawn": "taken back",
    "unknown": "maybe sent",
    "skipped": "skipped",
    "kept_back": "kept back for a person",
    "dropped": "never to be redialled",
}
"""Which counts a comment gives, in its order and words; those that are nought are left out."""


@dataclass(frozen=True, slots=True)
class TicketRef:
    """One ticket of one system of the settings, written `zendesk:4711`."""

    system: str
    ticket_id: str

    def __str__(self) -> str:
        """Return the ticket as it is written."""
        return f"{self.system}:{self.ticket_id}"


def read_ticket(text: str) -> TicketRef:
    """Return the ticket that a text names; raises ValueError with a sentence."""
    ticket = text.strip()
    trouble = ticket_trouble(ticket)
    if trouble == TICKET_IS_NUMBER:
        raise ValueError(f"{trouble} Write SYSTEM:ID, such as zendesk:4711.")
    if trouble or not ticket:
        shown = redact(text[:80], key=b"-")[0]
        raise ValueError(f"{shown!r} names no ticket. Write SYSTEM:ID, such as zendesk:4711.")
    system, _, number = ticket.partition(":")
    return TicketRef(system, number)


def milestone_of(state: State) -> Milestone:
    """Return which moment a state is."""
    if state.is_end:
        return Milestone.ENDED
    return Milestone.WAITING if state is State.AWAITING_APPROVAL else Milestone.OPENED


def named(milestone: Milestone, n: int) -> str:
    """Return the name of the nth telling of a milestone: `ended`, then `ended-2`."""
    return milestone.value if n == 1 else f"{milestone.value}-{n}"


def marker(recovery_id: str, name: str) -> str:
    """Return what our comment carries, so that it is found before it would be posted again."""
    return f"ringback:{recovery_id}:{name}"


def carries(text: str, mark: str) -> bool:
    """Tell whether a text holds the marker itself, not a longer one; Markdown may have escaped it."""
    return re.search(re.escape(mark) + r"(?![A-Za-z0-9-])", text.replace("\\", "")) is not None


def facts(
    recovery: Mapping[str, Any],
    counts: Mapping[str, int],
    milestone: Milestone,
    why: str,
    people: People | None = None,
    *,
    customer: str = "",
    promise: Promise | None = None,
) -> dict[str, Any]:
    """Return what a milestone says, as the outbox keeps it: no contact, no number, no payload.

    `recovery` holds the recovery's own fields: id, job_id, workspace, epoch, state, level, plan_hash,
    verdict, next_action, eta, package. `people` counts everybody of the job once, None where nobody was yet.
    `customer` is the same for the customer, ready to be sent on; `promise` is the end that it names.
    """
    return {
        "recovery_id": recovery["id"],
        "job_id": recovery["job_id"],
        "workspace": recovery["workspace"],
        "epoch": recovery["epoch"],
        "milestone": milestone.value,
        "state": recovery["state"],
        "level": recovery["level"],
        "why": why or _WHY.get(milestone, ""),
        "counts": {name: counts[name] for name in COUNTED if counts.get(name)},
        "customer": customer,
        "people": people.message() if people and people.expected else "",
        "next_action": recovery["next_action"],
        "eta": _eta(recovery["eta"] or {}, milestone),
        "promise": promise and promise.as_json(),
        "plan_hash": recovery["plan_hash"],
        "verdict": recovery["verdict"],
        "package": recovery["package"],
    }


_WHY = {Milestone.OPENED: WORKS, Milestone.CALLING: CALLS}


def _eta(eta: Mapping[str, Any], milestone: Milestone) -> str:
    words = str(eta.get("words", ""))
    if milestone is not Milestone.CALLING or not words:
        return words
    # "in 20 min" of a comment that lies in a ticket needs its beginning.
    return f"As of {datetime.fromisoformat(eta['as_of']):%H:%M} UTC: {words[0].lower()}{words[1:]}"


NEWS = ("state", "why", "next_action", "plan_hash", "package", "counts")
"""Facts that make a second telling of the same milestone worth a second comment."""


def is_news(before: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Tell whether the facts say anything that the earlier telling did not."""
    return any(before.get(name) != now.get(name) for name in NEWS)


_TOLD_AS = {Milestone.OPENED.value: TITLES[State.RUNNING], Milestone.CALLING.value: "the calls go on"}

FOR_CUSTOMER, FOR_US = "To the customer:", "For us:"
"""Headings of a comment: what may be sent on as it stands, and what may not."""


@dataclass(frozen=True, slots=True)
class Note:
    """What one comment or notification says; every adapter writes it in its system's own markup."""

    subject: str
    lines: tuple[str, ...]
    mark: str
    facts: Mapping[str, Any]

    @property
    def text(self) -> str:
        """Return the whole comment as plain text, the marker last."""
        return "\n".join((self.subject, "", *self.lines, "", self.mark))


def note_of(told: Mapping[str, Any], mark: str, package: str = "") -> Note:
    """Put facts into words, the customer's first; `package` says where the package is, empty without one."""
    state = State(told["state"])
    opened = told["milestone"] == Milestone.OPENED.value
    title = _TOLD_AS.get(told["milestone"]) or TITLES[state]
    counts = ", ".join(f"{count} {COUNTED[name]}" for name, count in told["counts"].items())
    people = told.get("people") or (f"Contacts: {counts}." if counts else "")
    recovery_id, where = (
        told["recovery_id"],
        f"workspace {told['workspace']}, run {told['epoch']} of this job",
    )
    look = f"Look: `ringback status {recovery_id}` and `ringback audit {recovery_id}` ({where})."
    customer = told.get("customer")  # a message that an older build has written holds none
    lines = (
        *((FOR_CUSTOMER, customer, FOR_US) if customer else ()),
        told["why"],
        people,
        f"Next: {told['next_action']}" if told["next_action"] else "",
        f"ETA: {told['eta']}" if told["eta"] and not opened else "",
        package,
        look,
    )
    subject = f"ringback: job {told['job_id']} {title}"
    return Note(subject, tuple(line for line in lines if line), mark, told)
