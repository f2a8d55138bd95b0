"""A platform of values: rows and calls exactly as a test lays them down, looked at by the real triage."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from flows.triage import check_the_job
from models.audit.chain import AuditKey
from models.disposition.strategy import Judged
from models.enums import Absence, Action, ContactStatus, JobStatus
from models.platform import (
    Call,
    Calls,
    Capabilities,
    Capacity,
    Config,
    Contact,
    Draft,
    Job,
    NoSuchJobError,
    Reason,
)
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from models.triage.diagnosis import Diagnosis
from tasks.carriers.port import Carrier
from tasks.clock import VirtualClock
from tasks.context import Case, RunContext
from tasks.ledger.plans import said_no
from tasks.ledger.store import Ledger
from tasks.runtime.database import open_ledger

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
BEGAN = NOW - timedelta(hours=3)
LAST = NOW - timedelta(minutes=25)
KEY = AuditKey("shelf", b"a key for tests of at least sixteen bytes")
ALL = Capabilities(
    can_list_jobs=True,
    can_list_calls=True,
    can_stop=True,
    has_live_count=True,
    has_limit=False,
    absence=Absence.EARNED,
    stop_overwrites_rows=True,
    max_rows=10_000,
)
NOT_DIALED, IN_DOUBT, LIVE, REACHED, NOT_REACHED, CANCELLED, UNKNOWN = ContactStatus


def phone(n: int) -> str:
    """Return one of Ofcom's numbers for drama, +44 7700 900000 to 900999."""
    return f"+447700900{n:03d}"


@dataclass
class Shelf:
    """One workspace in memory that shows what lies on it; nothing in it moves by itself."""

    job: Job
    rows: list[Contact]
    calls: dict[str, Call] = field(default_factory=dict)
    others: dict[str, tuple[Job, list[Contact]]] = field(default_factory=dict)
    unlisted: list[Call] = field(default_factory=list)
    """Calls of the job that no row names."""
    live: int | None = 0
    agent_live: int | None = None
    agent_limit: int | None = None
    read: list[str] = field(default_factory=list)
    """The calls that were asked for, in order."""
    name: str = "shelf"
    capabilities: Capabilities = ALL

    def get_job(self, job_id: str) -> Job:
        """Return a job with its counters."""
        if job_id == self.job.id:
            return self.job
        if job_id in self.others:
            return self.others[job_id][0]
        raise NoSuchJobError(f"The shelf holds no job {job_id}.")

    def list_contacts(self, job_id: str) -> Iterator[Contact]:
        """Stream the rows of a job."""
        yield from self.rows if job_id == self.job.id else self.others[job_id][1]

    def get_call(self, call_id: str) -> Call:
        """Return one call."""
        return self.calls[call_id]

    def get_calls(self, call_ids: Iterable[str]) -> Mapping[str, Call]:
        """Return the calls that are known."""
        ids = list(call_ids)
        self.read += ids
        return {i: self.calls[i] for i in ids if i in self.calls}

    def list_jobs(self, since: datetime) -> Iterator[Job]:
        """Stream every job."""
        yield from (job for job in [self.job, *(one[0] for one in self.others.values())])

    def list_calls(self, job: Job, since: datetime, known: frozenset[str]) -> Calls:
        """Return the calls of the job that are not known."""
        ours = [*self.calls.values(), *self.unlisted] if job.id == self.job.id else []
        return Calls(tuple(one for one in ours if one.id not in known))

    def get_capacity(self, agent_id: str | None = None) -> Capacity:
        """Return the live conversations."""
        return Capacity(self.live, agent_live=self.agent_live)

    def get_config(self, job: Job) -> Config:
        """Return that everything is in place."""
        return Config(agent_exists=True, number_exists=True, agent_limit=self.agent_limit)

    def gaps(self) -> tuple[str, ...]:
        """Return nothing: everything can be read."""
        return ()

    def create_job(self, draft: Draft) -> Job:
        """Refuse: a triage dials nobody."""
        raise NotImplementedError

    def stop_job(self, job_id: str) -> None:
        """Refuse: a triage stops nothing."""
        raise NotImplementedError

    def close(self) -> None:
        """Let go of nothing."""


def base(done: int = 30, waiting: int = 30, **job: Any) -> Shelf:
    """Lay down a running job of which some were called two hours ago, ordinarily, and some wait."""
    shelf = Shelf(_job(total=done + waiting, **job), [])
    for n in range(1, done + 1):
        ended = BEGAN + timedelta(minutes=n)
        if n % 5:
            put(shelf, n, REACHED, ended=ended, seconds=40, answered=True, result="answered")
        else:
            put(shelf, n, NOT_REACHED, Reason("sip", "486", "Busy Here"), ended=ended, result="busy")
    for n in range(done + 1, done + waiting + 1):
        shelf.rows.append(
            Contact(f"c{n}", phone(n), NOT_DIALED, "pending", created_at=BEGAN, updated_at=BEGAN)
        )
    return shelf


def _job(**fields: Any) -> Job:
    plain = Job("job-1", "Spring", JobStatus.RUNNING, "in_progress", 0, 0, 0, BEGAN, NOW, agent_id="agent-1")
    return replace(plain, **fields)


def put(
    shelf: Shelf,
    n: int,
    row: ContactStatus,
    *reasons: Reason,
    ended: datetime = LAST,
    status: ContactStatus | None = None,
    answered: bool | None = None,
    seconds: int = 0,
    **call: Any,
) -> None:
    """Let the nth person have been called: the row ends one way, and its call is remembered."""
    kind = status or (REACHED if answered else NOT_REACHED)
    contact = Contact(f"c{n}", phone(n), row, str(row), f"k{n}", BEGAN, ended)
    shelf.rows[n - 1 : n] = [contact]
    told = False if answered is None and kind is NOT_REACHED else answered
    shelf.calls[f"k{n}"] = Call(
        f"k{n}", kind, str(kind), told, reasons, shelf.job.id, f"c{n}", BEGAN, seconds, **call
    )
    dialled = sum(1 for one in shelf.rows if one.call_id)
    over = sum(1 for one in shelf.rows if one.status.is_over)
    shelf.job = replace(shelf.job, dispatched=dialled, finished=over)


@dataclass(frozen=True)
class Told:
    """What triage made of a shelf."""

    ctx: RunContext
    diagnosis: Diagnosis

    @property
    def people(self) -> tuple[Judged, ...]:
        """Return every row as it was judged."""
        return self.ctx.case.judged

    def of(self, *numbers: int) -> list[Judged]:
        """Return some rows as they were judged."""
        return [self.people[n - 1] for n in numbers]

    def count(self, action: Action) -> int:
        """Count the rows that the plan treats so."""
        return sum(1 for one in self.people if one.action is action)

    @property
    def said(self) -> str:
        """Return every sentence that a person reads."""
        found = [finding.message for finding in self.ctx.case.findings]
        return " ".join([self.diagnosis.message, self.diagnosis.next_action, *found])

    @property
    def opted_out(self) -> set[str]:
        """Return whom the plan would put on the list of those who are never called again."""
        plan = self.ctx.case.plan
        return set(said_no(plan)) if plan else set()


def look_at(
    shelf: Shelf,
    home: Path,
    *,
    fixed: bool = False,
    now: datetime = NOW,
    carrier: Carrier | None = None,
    **policy: Any,
) -> Told:
    """Run the whole triage on a shelf."""
    shelf.job = replace(shelf.job, seen_at=now)
    clock = VirtualClock(now)
    ledger = Ledger(open_ledger("sqlite://", KEY).engine, clock, KEY)
    ctx = RunContext(
        workspace="shop",
        ledger=ledger,
        platform=shelf,
        policy=Policy.model_validate(policy),
        table=ReasonTable.packaged(),
        home=home,
        secret=KEY.secret,
        case=Case(shelf.job.id),
        carrier=carrier,
        operator_fixed=fixed,
    )
    return Told(ctx, check_the_job(ctx))
