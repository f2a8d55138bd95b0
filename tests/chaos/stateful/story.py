"""One job, its world and everybody who may meddle with it: the stage of the stateful test."""

import sqlite3
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from hypothesis import currently_in_test_context
from hypothesis import note as tell_hypothesis
from sqlalchemy import Engine
from sqlmodel import SQLModel

from deployments.sandbox.engine.entities import Call
from deployments.sandbox.engine.entities import Job as SourceJob
from deployments.sandbox.engine.people import CLEAR, same_phone
from deployments.sandbox.in_memory.platform import open_fake
from flows.recover import climb
from models.audit.chain import AuditKey
from models.enums import State
from models.plan.markers import read_marker
from models.platform import PlatformDownError
from models.policy.policy import Policy
from models.reasons.table import ReasonTable
from models.tables.ledger import Recovery
from tasks.clock import VirtualClock
from tasks.context import Case, RunContext
from tasks.ledger import plans, recoveries, waves
from tasks.ledger.audit import entries
from tasks.ledger.database.engine import make_engine
from tasks.ledger.errors import LeaseLostError
from tasks.ledger.leases import is_held
from tasks.ledger.plans import suppress
from tasks.ledger.store import Ledger
from tasks.runtime.wiring import claim
from tests.chaos.kills.crash_points import Crash, CrashPoints, SeamClock, SeamPlatform, crash
from tests.invariants.earned import earn_absence

CONTACTS = 40
FEW = 2
KEY = AuditKey("story", b"a key for a story that is made up")
TABLE = ReasonTable.packaged()
LEASE = 120.0
POLICY = {
    "approval": "auto",
    "poll_seconds": 30,
    "lease_seconds": LEASE,
    "permit_wait_seconds": 600,
    "default_region": "AU",
    "redial_later": True,
}
BUSY = frozenset({"reading the clock", "before submitting a wave"})
"""Touches at which nobody is frozen here: the process may hold the ledger's only connection, or is past its
last look at the lease, where nothing but the platform could tell that it is late."""


def _in_memory() -> Engine:
    engine = make_engine("sqlite://")
    SQLModel.metadata.create_all(engine)
    return engine


def note(words: str) -> None:
    """Tell what happens, where an example of hypothesis is played."""
    if currently_in_test_context():
        tell_hypothesis(words)


@dataclass(frozen=True)
class Dial:
    """One call of a wave of ours: `sent` is when the wave was submitted, both times in unix seconds."""

    recovery_id: str
    digits: str
    sent: float
    at: float


class Story:
    """The world of one example; what happens in it is told line by line."""

    def __init__(
        self,
        scene: str,
        seed: int,
        home: Path,
        engine: Engine | None = None,
        *,
        clock: VirtualClock | None = None,
        tell: Callable[[str], None] = note,
        earned: bool = True,
        **policy: Any,
    ) -> None:
        """Open a world; `engine` is that of an empty ledger, one in memory where none is given.

        `tell` hears the story line by line; `policy` changes the usual one; without `earned` the ledger has
        never worked on the account before.
        """
        self.tell = tell
        self.clock = clock or VirtualClock()
        self.fake, self.scene = open_fake(scene, seed, clock=self.clock, contacts=CONTACTS)
        self.world = self.scene.world
        self.engine = engine or _in_memory()
        self.ledger = Ledger(self.engine, self.clock, KEY)
        if earned:
            earn_absence(self.ledger, self.world.workspace_id, self.fake.name)
        self.home = home
        self.policy = {**POLICY, "permits": self.world.permits.limit, **policy}
        self.suppressed: dict[str, float] = {}
        self.opted_out: Path | None = None
        self.leaked = self.closed = False
        self.tell(f"A {scene} job of {len(self.scene.job.rows)} contacts needs a recovery.")

    def beside(self, engine: Engine | None = None, job: SourceJob | None = None) -> "Story":
        """Return a story in the same world: with a ledger of its own, or about another job."""
        other = copy(self)
        other.engine = engine or _in_memory()
        other.ledger = Ledger(other.engine, self.clock, KEY)
        other.scene = replace(self.scene, job=job or self.scene.job)
        other.policy = dict(self.policy)
        earn_absence(other.ledger, self.world.workspace_id, self.fake.name)
        return other

    def backup(self) -> bytes:
        """Return a copy of the ledger as it is now."""
        raw = self.engine.raw_connection()
        try:
            connection = cast("sqlite3.Connection", raw.driver_connection)
            return bytes(connection.serialize())
        finally:
            raw.close()

    def restore(self, copied: bytes) -> None:
        """Put a copy of the ledger back, as somebody does who does not know what has happened since."""
        self.tell(f"{self._time}: the ledger goes back to an earlier copy.")
        raw = self.engine.raw_connection()
        try:
            connection = cast("sqlite3.Connection", raw.driver_connection)
            connection.deserialize(copied)
        finally:
            raw.close()

    @property
    def why(self) -> str:
        """Return how the newest recovery says why it ended, and what to do."""
        told = entries(self.ledger, self.recoveries[-1].id)
        (last,) = [entry for entry in told if entry.kind in {"ended", "waiting"}][-1:]
        return f"{last.body['why']} {last.body['next_action']}"

    @property
    def now(self) -> float:
        """Return the time in unix seconds."""
        return self.clock.now().timestamp()

    @property
    def key(self) -> tuple[str, str, str]:
        """Return workspace, platform and job id."""
        return (self.world.workspace_id, self.fake.name, self.scene.job.id)

    @property
    def recoveries(self) -> list[Recovery]:
        """Return every recovery of the job, oldest first."""
        return recoveries.of_job(self.ledger, self.key)

    @property
    def is_held(self) -> bool:
        """Tell whether a lease on the job stands, be its process alive or not."""
        return is_held(self.ledger, self.key)

    @property
    def has_a_plan(self) -> bool:
        """Tell whether the newest recovery goes on and has a plan."""
        ran = self.recoveries
        return bool(ran) and ran[-1].plan_hash is not None and not State(ran[-1].state).is_end

    @property
    def is_over(self) -> bool:
        """Tell whether the newest recovery has ended without sending anything, after others."""
        ran = self.recoveries
        if len(ran) < FEW or not State(ran[-1].state).is_end or ran[-1].resumable:
            return False
        return not waves.of(self.ledger, ran[-1].id)

    @property
    def state(self) -> State | None:
        """Return where the newest recovery stands, None before the first."""
        ran = self.recoveries
        return State(ran[-1].state) if ran else None

    def run(
        self,
        touch: int = 0,
        do: Callable[[], object] | None = None,
        *,
        where: str | None = None,
        frozen: bool = False,
    ) -> None:
        """Let a new process recover the job; `do` happens at its nth touch of platform or clock.

        `where` counts touches of that name only. A `frozen` process is out of the ledger when it happens, so
        that others can go on.
        """
        seam, left = CrashPoints(), touch

        def act() -> None:
            nonlocal left
            left -= where is None or seam.last == where
            if left > 0 or (frozen and seam.last in BUSY):
                seam.after(1, act)
                return
            self.tell(f"{self._time}: ({seam.last})")
            if do:
                do()

        if do:
            seam.after(1, act)
        self.tell(f"{self._time}: somebody runs recover.")
        ended = self._live(seam)
        self.fake.broken = None
        self.tell(f"{self._time}: it {ended}.")

    def _live(self, seam: CrashPoints) -> str:
        try:
            ctx = self.context(seam)
            claimed = claim(ctx)
            if claimed.claim is None:
                return "finds the job held by another process and steps back"
            climb(ctx)
        except Crash:
            return f"dies {seam.last}"
        except LeaseLostError:
            return "finds that another process has taken over, and stops"
        return f"ends: {self.state}"

    def context(self, seam: CrashPoints) -> RunContext:
        """Return a context for a new process."""
        return RunContext(
            workspace=self.world.workspace_id,
            ledger=Ledger(self.engine, SeamClock(self.clock, seam), KEY),
            platform=SeamPlatform(self.fake, seam),
            policy=Policy.model_validate(self.policy),
            table=TABLE,
            home=self.home,
            secret=KEY.secret,
            case=Case(self.scene.job.id),
            opted_out=self.opted_out,
        )

    @property
    def _time(self) -> str:
        return f"{self.clock.now():%d %H:%M:%S}"

    def wait_for_the_lease(self) -> None:
        """Let time pass until a dead process's lease is over, where one stands."""
        if self.is_held:
            self.outlast_the_lease()

    def die(self) -> None:
        """Let the running process die where it stands."""
        crash()

    def outlast_the_lease(self) -> None:
        """Let time pass until nobody's lease holds any more."""
        self.clock.sleep(LEASE + 1)

    def freeze(self) -> None:
        """Let the running process sleep past its lease while another one goes on in its place."""
        self.outlast_the_lease()
        self.run()
        self.tell(f"{self._time}: the first process wakes up.")

    def suppress(self, place: int) -> None:
        """Put the number of somebody whose turn is still to come on the suppression list."""
        phones = self._still_to_come() or [row.phone for row in self.scene.job.rows]
        digits = same_phone(phones[place % len(phones)])
        self.tell(f"{self._time}: number {place % len(phones) + 1} of those to come asks never to be called.")
        with self.ledger.write() as session:
            suppress(session, self.world.workspace_id, [f"+{digits}"], "asked for it", self.ledger)
        self.suppressed.setdefault(digits, self.now)

    def _still_to_come(self) -> list[str]:
        ran = self.recoveries
        rows = plans.next_up(self.ledger, ran[-1].id, CONTACTS) if ran else []
        return [row.phone for row in rows if row.phone]

    def ask_cancel(self) -> None:
        """Ask to cancel the newest recovery."""
        self.tell(f"{self._time}: a person cancels the recovery.")
        recoveries.ask_cancel(self.ledger, self.recoveries[-1].id)

    def decide(self, *, approved: bool) -> None:
        """Approve or decline the plan that waits."""
        self.tell(f"{self._time}: a person {'approves' if approved else 'declines'} the plan.")
        recoveries.decide(
            self.ledger, self.recoveries[-1].id, approved=approved, by="Ida", reason="looked at it"
        )

    def cancel_the_source(self) -> None:
        """Let a person cancel the source job on the platform."""
        self.tell(f"{self._time}: a person cancels the source job on the platform.")
        self.world.cancel(self.scene.job)

    def go_down(self) -> None:
        """Let the platform answer nobody until the running process has ended."""
        self.tell(f"{self._time}: the platform goes down.")
        self.fake.broken = PlatformDownError("The platform is down. Try again later.")

    def revive_the_source(self, seconds: float) -> None:
        """Let the dispatcher of the source job come back after a while, if it was dead."""
        self.tell(f"{self._time}: the source job's dispatcher comes back in {seconds} s.")
        self.world.agenda.add(self.now + seconds, self._back, self.scene.job)

    def _back(self, job: SourceJob, _now: float) -> None:
        job.dead = False
        self.world.dispatcher.start(job)

    def calm_down(self) -> None:
        """Lift every fault, clear the weather, give leaked permits back."""
        self.tell("Everybody calms down.")
        self.world.faults.all.clear()
        self.world.people.weather = CLEAR
        held = sum(job.held for job in self.world.jobs.values())
        for _ in range(self.world.permits.held - held):
            self.world.permits.release(self.now)

    def leak(self, count: int) -> None:
        """Let calls of others end without giving their permits back."""
        self.tell(f"{self._time}: {count} permits leak.")
        self.leaked = True
        for _ in range(count):
            self.world.permits.take(self.now)

    def finish(self) -> None:
        """Bring the newest recovery to an end that holds, and let every call land."""
        for _ in range(6):
            self.outlast_the_lease()
            if self.state is State.AWAITING_APPROVAL:
                self.decide(approved=True)
            if self.state and self.state.is_end and not self.recoveries[-1].resumable:
                break
            self.run()
        self.clock.sleep(7200)
        self.world.advance(self.now)

    def outlive(self) -> None:
        """Let the source job come back to life long after everything, and dial whom it still holds."""
        self.revive_the_source(0)
        self.clock.sleep(7200)
        self.world.advance(self.now)

    def ours(self) -> list[Dial]:
        """Return the calls of our waves, without what the platform delivered twice by itself."""
        calls = (call for call in self.world.calls.values() if call.delivery == 1)
        marks = ((call, read_marker(call.row.job.order.name)) for call in calls)
        return [
            Dial(mark[0], same_phone(call.row.phone), call.row.job.created_at, call.started_at)
            for call, mark in marks
            if mark
        ]

    def calls_to(self, digits: str) -> list[Call]:
        """Return every call to a person, whoever made it."""
        return [call for call in self.world.calls.values() if same_phone(call.row.phone) == digits]
