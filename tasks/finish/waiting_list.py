"""All that waits for a person, over all jobs: plans, what is held or escalated, people."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from models.enums import State
from models.plan.plan import SHORTEST_HASH
from models.tables.ledger import Recovery
from tasks import markdown
from tasks.ledger.people.standing import newest_of_jobs, people_to_decide
from tasks.ledger.recoveries import policy_of
from tasks.ledger.store import Ledger
from tasks.ledger.waiting import deadline
from tasks.prefect import HasRunInfo, publish, task

APPROVE, HELD, ESCALATED, DECIDE = "approve", "held", "escalated", "decide"
TITLES = {
    APPROVE: "plans to approve",
    HELD: "held",
    ESCALATED: "escalated",
    DECIDE: "people to decide",
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits for a person; `contacts` are the people it is about, `command` is what to type."""

    kind: str
    recovery_id: str
    job_id: str
    workspace: str
    since: datetime
    contacts: int
    message: str
    command: str


def waiting_for_people(ledger: Ledger, workspace: str | None = None) -> list[Waiting]:
    """Return what waits, the oldest first; of each job only its newest recovery asks for anything."""
    newest = [one for one in newest_of_jobs(ledger) if workspace in {None, one.workspace}]
    people = people_to_decide(ledger, [one.id for one in newest if State(one.state).is_end])
    found = [one for recovery in newest for one in _of(ledger, recovery, people.get(recovery.id, 0))]
    return sorted(found, key=lambda one: (one.since, one.recovery_id, one.kind))


def _of(ledger: Ledger, recovery: Recovery, people: int) -> Iterable[Waiting]:
    state, ended = State(recovery.state), recovery.ended_at or recovery.started_at
    if state is State.AWAITING_APPROVAL:
        since = deadline(ledger, recovery) - timedelta(seconds=policy_of(recovery).approval_seconds)
        plan = f" --plan {(recovery.plan_hash or '')[:SHORTEST_HASH]}" if recovery.plan_hash else ""
        command = f"ringback approve {recovery.id} --by NAME --reason TEXT{plan}"
        yield _one(APPROVE, recovery, since, 0, command)
    if state is State.HELD:
        command = f"resume {recovery.id}" if recovery.resumable else f"recover {recovery.job_id}"
        yield _one(HELD, recovery, ended, 0, f"ringback {command}")
    if state is State.ESCALATED:
        yield _one(ESCALATED, recovery, ended, 0, f"ringback status {recovery.id}")
    if people:
        yield _one(DECIDE, recovery, ended, people, f"ringback decide {recovery.id}")


def _one(kind: str, recovery: Recovery, since: datetime, contacts: int, command: str) -> Waiting:
    words = f"{contacts} kept back" if kind == DECIDE else recovery.next_action
    return Waiting(kind, recovery.id, recovery.job_id, recovery.workspace, since, contacts, words, command)


def waiting_document(found: Sequence[Waiting], now: datetime) -> dict[str, Any]:
    """Return it as `ringback waiting --json` prints it; ages are seconds."""
    told = [
        asdict(one)
        | {
            "since": one.since.isoformat(timespec="seconds"),
            "age_seconds": max(0, round((now - one.since).total_seconds())),
        }
        for one in found
    ]
    return {"waiting": told, "counts": counted(found)}


def counted(found: Sequence[Waiting]) -> dict[str, int]:
    """Return how much of each kind waits; of people, how many."""
    return {
        kind: sum(one.contacts if kind == DECIDE else 1 for one in found if one.kind == kind)
        for kind in TITLES
    }


def age(since: datetime, now: datetime) -> str:
    """Return how long something has waited, in its largest unit."""
    minutes = max(0, int((now - since).total_seconds() // 60))
    for size, unit in ((1440, "d"), (60, "h")):
        if minutes >= size:
            return f"{minutes // size} {unit}"
    return f"{minutes} min"


def headline(found: Sequence[Waiting]) -> str:
    """Say all of it in one line."""
    counts = counted(found)
    told = ", ".join(f"{counts[kind]:,} {_title(kind, counts[kind])}" for kind in TITLES if counts[kind])
    return told or "Nothing waits for a person."


def _title(kind: str, count: int) -> str:
    return (
        {APPROVE: "plan to approve", DECIDE: "person to decide"}.get(kind, kind)
        if count == 1
        else TITLES[kind]
    )


@task(name="Show what waits for a person")
def show_waiting(run: HasRunInfo, ledger: Ledger) -> str:
    """Bring the page of all that waits for a person up to date."""
    found, now = waiting_for_people(ledger), ledger.clock.now()
    rows = [
        (TITLES[one.kind], age(one.since, now), one.workspace, one.job_id, one.message, f"`{one.command}`")
        for one in found
    ]
    table = markdown.table(("what", "for", "workspace", "job", "next", "command"), rows) if rows else ""
    publish(run, "waiting", "What waits for a person", f"## {headline(found)}\n\n{table}\n")
    return headline(found)
