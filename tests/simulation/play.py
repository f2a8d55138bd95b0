"""Plays one case to its end: claims, dies and goes on as a process would, and lets every call land."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine

from deployments.sandbox.engine.adversary import random_adversary
from deployments.sandbox.engine.entities import Job
from deployments.sandbox.engine.history import history
from deployments.sandbox.engine.people import CLEAR, Weather
from deployments.sandbox.in_memory.platform import open_fake
from flows.recover import climb
from models.audit.chain import AuditKey
from models.enums import Phase, State
from models.reasons.table import ReasonTable
from models.report.people import PersonEnd
from models.tables.ledger import Recovery
from tasks.clock import VirtualClock
from tasks.context import Case as OnDesk
from tasks.context import RunContext
from tasks.ledger import plans, recoveries
from tasks.ledger.errors import LeaseLostError
from tasks.ledger.people.ends import people
from tasks.ledger.store import Ledger
from tasks.marks import listen
from tasks.package.archive import PackageFile
from tasks.platforms.port import Platform
from tasks.runtime.database import open_ledger
from tasks.runtime.wiring import claim
from tests.chaos.kills.crash_points import Crash, CrashPoints, SeamClock, SeamPlatform, crash
from tests.invariants import check
from tests.invariants.earned import earn_absence
from tests.simulation import truth
from tests.simulation.case import ANY, BACK, FAULTY, HEALTHY, POLICY, Case
from tests.simulation.events import happen, put_back
from tests.simulation.truth import Outcome

KEY = AuditKey("simulation", b"this key protects a simulation and nothing else")
LATER = timedelta(hours=1).total_seconds()
MOST_RESUMES = 4
REPEATED = "Nobody noticed that the platform repeated"
BUSY = frozenset({"reading the clock", "before submitting a wave"})
"""Passings at which no event begins."""


def open_engine() -> Engine:
    """Open an empty ledger in memory, for one process and one thread."""
    return open_ledger("sqlite://", KEY).engine


def unpacked(*_: object, **__: object) -> PackageFile:
    """Make no package: it calls nobody, and takes longest."""
    return PackageFile(Path("not-made.zip"), "", 0, (), ())


class Play:
    """One case on its own world and clock; many of them share a ledger, and another one `elsewhere`.

    `copy` is a ledger that is to be put back, `happened` tells whether the event of the case did.
    """

    def __init__(self, case: Case, engine: Engine, table: ReasonTable, home: Path, elsewhere: Engine) -> None:
        self.case = case
        self.table = table
        self.home = home
        self.seam = CrashPoints()
        self.clock = VirtualClock()
        self.fake, self.scene = open_fake(
            case.scene, case.seed, clock=self.clock, contacts=case.contacts, salt=str(case.index)
        )
        self.world = self.scene.world
        self.world.faults.all += case.faults
        if case.adversary:
            self.world.faults.all += random_adversary(case.adversary, delay=POLICY.visibility_seconds)
        self.elsewhere = Ledger(elsewhere, self.clock, KEY)
        self.copy: bytes | None = None
        self.happened = False
        if case.population != ANY:
            share = POLICY.p0 if case.population == HEALTHY else POLICY.p1
            self.world.people.weather = Weather(share, FAULTY)
        self.ledger = Ledger(engine, SeamClock(self.clock, self.seam), KEY)
        self.deaths = 0
        for ledger in (self.ledger, self.elsewhere):
            earn_absence(ledger, self.world.workspace_id, self.fake.name)
        if case.back is not None:
            self.world.agenda.add(self.clock.now().timestamp() + case.back, self._back, self.scene.job)

    def _back(self, job: Job, _now: float) -> None:
        job.dead = False
        self.world.dispatcher.start(job)

    def outcome(self) -> Outcome:
        """Play the case and say what became of it."""
        with listen() as guards:
            trouble = self._played()
        self.clock.sleep(LATER)
        self.world.advance(self.clock.now().timestamp())
        return self._told(trouble or self._miscounted(), guards)

    def _miscounted(self) -> str:
        """Name a recovery whose people do not add up to its job's contacts, empty where all do."""
        rows = len(self.scene.job.rows)
        for one in self._recoveries():
            if "total" not in (one.source or {}):
                continue  # it ended before anybody had read the job
            told = people(self.ledger, one)
            if told.expected != rows or sum(told.of(end) for end in PersonEnd) != rows:
                return f"{one.id} ({one.state}) tells of {told.expected} people of {rows}: {told.message()}"
        return ""

    def _played(self) -> str:
        try:
            self._recover()
            if self.case.again:
                self.world.people.weather = CLEAR
                self.clock.sleep(LATER)
                self._recover()
        except Exception as error:  # noqa: BLE001  a fault of ours is a figure of the simulation
            return f"{type(error).__name__}: {error}"
        return ""

    def _recover(self) -> None:
        earlier = self._recoveries()
        wanted = len(earlier) + (not earlier or _is_over(earlier[-1]))
        for passings in (*self.case.crashes, *[0] * MOST_RESUMES):
            self.seam.forget()
            if self.case.event and not self.happened:
                self.seam.after(self.case.moment, self._event)
            self.seam.after(passings, crash)
            self._run()
            self._go_back()
            now = self._recoveries()
            if len(now) >= wanted and _is_over(now[-1]):
                return
            if not passings:
                self.clock.sleep(LATER)

    def _run(self) -> None:
        """Run one process; where it dies or was overtaken, wait until its lease is over."""
        ctx = self._desk()
        try:
            claim(ctx)
            climb(ctx)
        except Crash:
            self.deaths += 1
            self.clock.sleep(POLICY.lease_seconds + 1)
        except LeaseLostError:
            self.clock.sleep(POLICY.lease_seconds + 1)

    def _event(self) -> None:
        # Not where the ledger's only connection may be taken, nor past the last look before a wave is sent:
        # what happens there no platform can tell in time.
        if self.seam.last in BUSY:
            self.seam.after(1, self._event)
        else:
            happen(self)

    def _go_back(self) -> None:
        """Put the copy of the ledger back, where one was made, as somebody does who knows of nothing."""
        if self.copy is not None:
            put_back(self.ledger.engine, self.copy)
            self.copy = None
            self.clock.sleep(POLICY.lease_seconds + 1)

    def run_elsewhere(self) -> None:
        """Let somebody with another ledger recover the same job, from beginning to end."""
        ctx = self._desk(self.elsewhere, self.fake)
        if claim(ctx).claim:
            climb(ctx)

    def _desk(self, ledger: Ledger | None = None, platform: Platform | None = None) -> RunContext:
        return RunContext(
            workspace=self.world.workspace_id,
            ledger=ledger or self.ledger,
            platform=platform or SeamPlatform(self.fake, self.seam),
            policy=POLICY.model_copy(update={"permits": self.world.permits.limit}),
            build_package=unpacked,
            table=self.table,
            home=self.home,
            secret=KEY.secret,
            case=OnDesk(self.scene.job.id),
        )

    @property
    def _key(self) -> tuple[str, str, str]:
        return (self.world.workspace_id, self.fake.name, self.scene.job.id)

    def _recoveries(self) -> list[Recovery]:
        return recoveries.of_job(self.ledger, self._key)

    def _told(self, trouble: str, guards: Counter[str]) -> Outcome:
        ran, case = self._recoveries(), self.case
        rows = {one.id: plans.contacts(self.ledger, one.id) for one in ran}
        breaches = check(self.ledger, history(self.scene), self._key, {KEY.id: KEY.secret})
        contacts = len(self.scene.job.rows)
        first = recoveries.counts(self.ledger, ran[0].id) if ran else {}
        return Outcome(
            index=case.index,
            seed=case.seed,
            population=case.population,
            scene=case.scene,
            expected=self.scene.state.value,
            states=[one.state for one in ran],
            sample=self._sample(ran[0]) if ran else None,
            faults=sorted(
                {fault.name for fault in case.faults} | ({BACK} if case.back is not None else set())
            ),
            deaths=self.deaths,
            redial=first.get("planned", 0),
            dialled=first.get("redialled", 0),
            duplicates=truth.duplicates(self.world, self.scene.job.id, frozenset(one.id for one in ran)),
            repeats=truth.repeats(self.world),
            losses=sum(truth.losses(one, rows[one.id], contacts) for one in ran),
            adverse=case.is_adverse,
            struck=self._struck(),
            guards=dict(guards),
            breaches=[f"{one.invariant}: {one.message}" for one in breaches if not self._unseen(one.message)],
            trouble=trouble,
        )

    def _unseen(self, words: str) -> bool:
        """Tell whether a breach is one that a key without the permission to read calls cannot notice."""
        return REPEATED in words and self.world.faults.stands("no_permission")

    def _struck(self) -> dict[str, int]:
        """Return how often each trait of the adversary struck, and the event of the case."""
        traits = self.world.faults.strikes() if self.case.adversary else Counter()
        return dict(traits) | ({f"meanwhile: {self.case.event}": 1} if self.happened else {})

    def _sample(self, recovery: Recovery) -> str | None:
        looks = recoveries.looks(self.ledger, recovery.id)
        words = [look.word for look in looks if look.phase == Phase.SAMPLE.value]
        return words[-1] if words else None


def _is_over(recovery: Recovery) -> bool:
    return State(recovery.state).is_end and not recovery.resumable
