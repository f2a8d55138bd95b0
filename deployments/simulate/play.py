"""Plays one case to its end: claims, dies and goes on as a process would, and lets every call land."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Engine

from deployments.checker import check
from deployments.checker.earned import earn_absence
from deployments.database import open_ledger
from deployments.fake import open_fake
from deployments.root import claim
from deployments.runner import plainly
from deployments.sandbox.history import history
from deployments.sandbox.people import CLEAR, Weather
from deployments.sandbox.things import Job
from deployments.seam import Crash, Seam, SeamClock, SeamPlatform, crash
from deployments.simulate import truth
from deployments.simulate.case import ANY, BACK, FAULTY, HEALTHY, POLICY, Case
from deployments.simulate.truth import Outcome
from models.audit import AuditKey
from models.reasons import ReasonTable
from models.tables import Recovery
from models.words import Phase, State
from tasks.clock import VirtualClock
from tasks.conductor import Plain, conducted_by
from tasks.desk import Case as OnDesk
from tasks.desk import Desk
from tasks.ledger import plans, recoveries
from tasks.ledger.store import Ledger

KEY = AuditKey("simulation", b"this key protects a simulation and nothing else")
LATER = timedelta(hours=1).total_seconds()
MOST_RESUMES = 4
PACKAGING = "Collect the diagnostics into a package"
T = TypeVar("T")


def open_engine() -> Engine:
    """Open an empty ledger in memory, for one process and one thread."""
    return open_ledger("sqlite://", KEY).engine


class Unpacked(Plain):
    """Runs everything but the making of packages, which calls nobody and takes longest."""

    def step(self, name: str, act: Callable[[], T], *, reads: bool) -> T:
        """Run the step."""
        return "" if name == PACKAGING else super().step(name, act, reads=reads)  # type: ignore[return-value]


class Play:
    """One case on its own world and clock; many of them share a ledger."""

    def __init__(self, case: Case, engine: Engine, table: ReasonTable, home: Path) -> None:
        self.case = case
        self.table = table
        self.home = home
        self.seam = Seam()
        self.clock = VirtualClock()
        self.fake, self.scene = open_fake(
            case.scene, case.seed, clock=self.clock, contacts=case.contacts, salt=str(case.index)
        )
        self.world = self.scene.world
        self.world.faults.all += case.faults
        if case.population != ANY:
            share = POLICY.p0 if case.population == HEALTHY else POLICY.p1
            self.world.people.weather = Weather(share, FAULTY)
        self.ledger = Ledger(engine, SeamClock(self.clock, self.seam), KEY)
        self.deaths = 0
        earn_absence(self.ledger, self.world.workspace_id, self.fake.name)
        if case.back is not None:
            self.world.agenda.add(self.clock.now().timestamp() + case.back, self._back, self.scene.job)

    def _back(self, job: Job, _now: float) -> None:
        job.dead = False
        self.world.dispatcher.start(job)

    def outcome(self) -> Outcome:
        """Play the case and say what became of it."""
        trouble = ""
        try:
            self._recover()
            if self.case.again:
                self.world.people.weather = CLEAR
                self.clock.sleep(LATER)
                self._recover()
        except Exception as error:  # noqa: BLE001  a fault of ours is a figure of the simulation
            trouble = f"{type(error).__name__}: {error}"
        self.clock.sleep(LATER)
        self.world.advance(self.clock.now().timestamp())
        return self._told(trouble)

    def _recover(self) -> None:
        earlier = self._recoveries()
        wanted = len(earlier) + (not earlier or _is_over(earlier[-1]))
        for passings in (*self.case.crashes, *[0] * MOST_RESUMES):
            self.seam.forget()
            self.seam.after(passings, crash)
            self._run()
            now = self._recoveries()
            if len(now) >= wanted and _is_over(now[-1]):
                return
            if not passings:
                self.clock.sleep(LATER)

    def _run(self) -> None:
        """Run one process; where it dies, wait until its lease is over."""
        desk = self._desk()
        try:
            with conducted_by(Unpacked()):
                claim(desk)
                plainly(desk)
        except Crash:
            self.deaths += 1
            self.clock.sleep(POLICY.lease_seconds + 1)

    def _desk(self) -> Desk:
        return Desk(
            workspace=self.world.workspace_id,
            ledger=self.ledger,
            platform=SeamPlatform(self.fake, self.seam),
            policy=POLICY.model_copy(update={"permits": self.world.permits.limit}),
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

    def _told(self, trouble: str) -> Outcome:
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
            breaches=[f"{one.invariant}: {one.words}" for one in breaches],
            trouble=trouble,
        )

    def _sample(self, recovery: Recovery) -> str | None:
        looks = recoveries.looks(self.ledger, recovery.id)
        words = [look.word for look in looks if look.phase == Phase.SAMPLE.value]
        return words[-1] if words else None


def _is_over(recovery: Recovery) -> bool:
    return State(recovery.state).is_end and not recovery.resumable
