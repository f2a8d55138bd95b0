"""What every task works with: ledger, platform, policy, clock, and the case at hand."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from models.disposition.only import OnlyPeople
from models.disposition.strategy import Judged
from models.invariants import given
from models.messages.milestones import TicketRef
from models.plan.fence import ComparedRows
from models.plan.plan import Plan
from models.platform import Call, Contact, Job
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from models.tables.ledger import Wave
from models.triage.diagnosis import Diagnosis
from models.triage.findings import Finding
from models.triage.observation import Observation
from models.triage.shared_reads import SharedReads
from models.verdict.ending import CancelAskedError, StopWish
from models.verdict.figures import Figures, WaveFigures
from tasks.carriers.port import Carrier
from tasks.clock import Clock
from tasks.ledger.leases import JobKey, renew
from tasks.ledger.store import Claim, Ledger
from tasks.marks import struck
from tasks.platforms.port import Platform

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
SIGNS = 10
"""How often a lease is renewed while it runs, by work that shows signs of life much more often."""


class Reporter(Protocol):
    """Where progress and plain words go."""

    def say(self, message: str) -> None:
        """Show one sentence."""
        ...

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Show how far something is; None where the total is not known."""
        ...


class Silent:
    """A reporter that shows nothing."""

    def say(self, message: str) -> None:
        """Show nothing."""

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Show nothing."""


@dataclass
class Case:
    """What the tasks of one run have found so far; the ledger, not this, is the truth."""

    job_id: str
    look: Observation | None = None
    calls: Mapping[str, Call] = field(default_factory=dict)
    judged: tuple[Judged, ...] = ()
    findings: list[Finding] = field(default_factory=list)
    diagnosis: Diagnosis | None = None
    plan: Plan | None = None
    source: Job | None = None
    around: dict[str, Any] = field(default_factory=dict)
    """The account's other jobs as the look saw them, `models.triage.related_jobs.Known` by id."""
    read: dict[Any, Any] = field(default_factory=dict)
    """People of other jobs that were read in this run; only to be quick."""
    everybody: frozenset[str] = frozenset()
    """All people of the source job; only to be quick."""
    unseen: set[str] = field(default_factory=set)
    """Markers that this run has sent and no listing has shown yet."""
    said: set[str] = field(default_factory=set)
    """What the platform would not tell and this run has said already."""
    closed: dict[int | None, datetime] = field(default_factory=dict)
    """Until when nobody may be called, by the bound of places that was asked for; only to be quick."""
    as_seen: tuple[tuple[str, str | None], Mapping[str, Contact]] | None = None
    """The source's rows as a plan has seen them, with recovery and hash; only to be quick."""
    compared: ComparedRows | None = None
    """The last comparison of the source with them; only to be quick."""
    opted_out: tuple[frozenset[str], frozenset[str]] = (frozenset(), frozenset())
    """The numbers of all lists of opt-outs, and every spelling of them; only to be quick."""
    skipped: frozenset[str] = frozenset()
    """Numbers under which nobody waits any more since they came onto a list; only to be quick."""
    listed: set[str] = field(default_factory=set)
    """Numbers of redials that this run has put on the list of opt-outs; only to be quick."""
    taken: set[str] = field(default_factory=set)
    """People of whom nobody waits any more since another job holds them; only to be quick."""
    slips_at: datetime | None = None
    """From when on the end that a ticket was told has slipped; only to be quick."""
    to_redial: int | None = None
    """How many contacts the plan redials; only to be quick."""
    settled: dict[tuple[str, int], Wave] = field(default_factory=dict)
    """The settled waves of the job's recoveries, by recovery and number; only to be quick."""
    figures: dict[str, tuple[Figures, dict[int, WaveFigures]]] = field(default_factory=dict)
    """A recovery's settled waves, by its id: their sums without a gap, and those ahead; only to be quick."""
    asks_for_stop: bool = False
    """True once this run has found that nobody has stopped the source yet, which only a person can."""
    stop_refused: str = ""
    """Why what a person said of the stop in a form was not taken."""
    shared: SharedReads | None = None
    """What the looks of one sweep read together; None where a job is looked at on its own."""


@dataclass
class RunContext:
    """Everything a task may use: the first argument of each, and nothing that Prefect stores."""

    workspace: str
    ledger: Ledger
    platform: Platform
    policy: Policy
    table: ReasonTable
    home: Path
    secret: bytes = field(repr=False)
    case: Case = field(repr=False)
    reporter: Reporter = field(default_factory=Silent)
    carrier: Carrier | None = None
    """Who carries the calls beneath the platform, None where the settings hold no keys for it."""
    operator_fixed: bool = False
    only: OnlyPeople | None = None
    """Whom alone this run may redial, None where that is everybody of the job."""
    continues: str = ""
    """The one recovery that this run may go on with or end, empty where it may open another one."""
    claim: Claim | None = None
    arrived: datetime = LONG_AGO
    """When this run took the job over: what a process before it sent may be as young as that."""
    continued: bool = False
    """True until the first question to the platform of a run that goes on with what another had begun."""
    opted_out: Path | None = None
    """The file with opt-outs beside the ledger's own list, read again before every wave."""
    approver: str | None = None
    """Who approved by starting the recovery with --yes, None where a person is still to be asked."""
    ticket: TicketRef | None = None
    """The ticket that asked for this run and hears of it."""
    deliver: Callable[[], None] = lambda: None
    """Pushes what waits in the outbox, briefly; it raises nothing."""
    stop_asked: Callable[[], StopWish | None] | None = None
    """Tells whether somebody wants this run to stop; it may be asked at any time, and raises nothing."""
    flow_run_id: UUID | None = None
    """The run in Prefect beside which everything is shown, None where Prefect shows nothing."""
    build_package: Callable[..., Any] | None = None
    """Another maker of packages than the product's own."""
    package_address: Callable[[str, str], str] = lambda _recovery_id, _sha256: ""
    """Returns a signed link to one package by recovery and SHA-256, empty where there is no address."""
    renewed: datetime = LONG_AGO
    """When this run has renewed its lease last."""
    stopping: bool = False
    """True once a stop is carried out: from there on no further wish is looked for."""

    @property
    def clock(self) -> Clock:
        """Return the one clock."""
        return self.ledger.clock

    @property
    def job_key(self) -> JobKey:
        """Return workspace, platform and job id."""
        return (self.workspace, self.platform.name, self.case.job_id)

    @property
    def held(self) -> Claim:
        """Return our claim on the job; tasks that write or dispatch need one."""
        return given(self.claim, "this task needs a claim on the job")

    def heed(self) -> None:
        """Raise CancelAsked where somebody wants this run to stop."""
        if self.stop_asked is None or self.stopping:
            return
        if wish := self.stop_asked():
            struck("stop.heard")
            raise CancelAskedError(wish.ending())

    def pulse(self) -> None:
        """Renew the lease; raises LeaseLostError where another process has it, CancelAskedError as `heed`."""
        self.heed()
        if self.claim:
            self.renewed = self.clock.now()
            renew(self.ledger, self.claim, self.policy.lease_seconds)

    def keep_alive(self) -> None:
        """Do as `pulse` within long work, the lease being renewed where a tenth of it has passed."""
        age = self.clock.now() - self.renewed
        if age.total_seconds() >= self.policy.lease_seconds / SIGNS:
            self.pulse()
        else:
            self.heed()

    def unheard(self) -> tuple[str, ...]:
        """Return what the carrier was asked and has not told so far, nothing where there is none."""
        return self.carrier.gaps() if self.carrier else ()

    def say_gaps(self) -> None:
        """Say what platform and carrier would not tell, each once in a run."""
        for gap in (*self.platform.gaps(), *self.unheard()):
            if gap not in self.case.said:
                self.case.said.add(gap)
                self.reporter.say(f"Not everything can be read, and the recovery goes on with care: {gap}.")

    def wait(self, seconds: float | None = None) -> None:
        """Let time pass between two looks without losing the lease or missing a stop."""
        left = self.policy.poll_seconds if seconds is None else seconds
        longest = self.policy.lease_seconds / 3
        if self.stop_asked is not None:
            longest = min(longest, self.policy.poll_seconds)
        while left > 0:
            self.pulse()
            self.clock.sleep(min(left, longest))
            left -= longest
