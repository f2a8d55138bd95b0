"""Gives a world a past: jobs that ran before anybody looked, with calls, stuck rows and leaked permits."""

from collections import deque
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from deployments.sandbox.engine.entities import Agent, Call, Job, JobSubmission, Number, Row
from deployments.sandbox.engine.outcomes import OUTCOMES, Outcome
from deployments.sandbox.engine.pace import Pace
from deployments.sandbox.engine.people import Person
from deployments.sandbox.engine.phones import phones
from deployments.sandbox.engine.seeded_random import deal, spaced
from deployments.sandbox.engine.world import World
from models.enums import Disposition

HOURS, MINUTES = 3600.0, 60.0
_RUN = 2 * HOURS
_LIFE = Pace()
_NAMES = ("Ava", "Ben", "Chloe", "Dev", "Elif", "Finn", "Grace", "Hamid", "Isla", "Jun", "Kaia", "Liam")
# A person keeps what cannot change; anything else may go differently the next time.
_LASTING = frozenset({Disposition.PERMANENT, Disposition.DECLINED, Disposition.DO_NOT_CONTACT})


class Stage:
    """Builds one scene: a workspace with an agent, a number, and a source job that already has a past."""

    def __init__(self, world: World, contacts: int, rng: Random, permits: int | None = None) -> None:
        self.world = world
        self.contacts = contacts
        self.rng = rng
        self.permits_asked = permits
        self.quiet = rng.uniform(22, 45) * MINUTES
        self.agent = Agent(world.new_id("agent"), "Renewals agent")
        self.number = Number(world.new_id("phnum"), "+61255501234", "Sydney line", self.agent)
        world.agents[self.agent.id] = self.agent
        world.numbers[self.number.id] = self.number

    @property
    def last_move(self) -> float:
        """Return when anything last moved in a job that stopped: 22 to 45 minutes ago."""
        return self.world.now - self.quiet

    def people(self, count: int | None = None) -> list[str]:
        """Return the numbers of the scene's contacts."""
        return phones(self.contacts if count is None else count, self.rng)

    @property
    def began(self) -> float:
        """Return when a job that stopped was created: two hours before its last move."""
        return self.last_move - _RUN

    def open(self, numbers: Sequence[str], *, began: float | None = None, **wishes: Any) -> Job:
        """Write down a source job, created at `began`; wishes are the other fields of its order."""
        rows = tuple((None, phone, self._said(place)) for place, phone in enumerate(numbers))
        wishes = {
            "name": "Spring renewals",
            "number_id": self.number.id,
            "timezone": "Australia/Sydney",
        } | wishes
        order = JobSubmission(agent=self.agent, rows=rows, **wishes)
        job = self.world.open_job(order, self.began if began is None else began)
        job.source, job.status = True, "in_progress"
        return job

    def tell(self, rows: Sequence[Row], shares: Mapping[str, float], until: float | None = None) -> None:
        """Let rows have been called in the given shares of outcomes, the last of them ending at `until`."""
        if not rows:
            return
        until = self.last_move if until is None else until
        begin = max(rows[0].job.created_at + MINUTES, *(row.updated_at for row in rows))
        times = spaced(begin, until, len(rows), self.rng)
        for row, key, at in zip(rows, deal(shares, len(rows), self.rng), times, strict=True):
            self.told(row, key, at)

    def told(self, row: Row, key: str, ended_at: float) -> Call:
        """Let one row have been called, and its job have noticed."""
        call = self.called(row, key, ended_at)
        job = row.job
        row.status, row.updated_at = call.outcome.row, ended_at
        job.dispatched += 1
        job.finished += 1
        job.updated_at = max(job.updated_at, ended_at)
        return call

    def called(self, row: Row, key: str, ended_at: float) -> Call:
        """Let one row's phone have been dialled, without its job having noticed."""
        line, outcome, person = self.world.line, OUTCOMES[key], self.world.people.at(row.phone)
        person.dials += 1
        person.reached = person.reached or outcome.answered
        if outcome.disposition in _LASTING:
            person.fate = key
        row.deliveries += 1
        ring, talk = self._lasted(row, outcome, person, ended_at)
        call = Call(line.next_id(), row, outcome, row.deliveries, ended_at - talk - ring)
        call.ended_at = ended_at
        call.accepted_at = ended_at - talk if outcome.answered else None
        call.status = "failed" if outcome.row == "failed" else "done"
        line.calls[call.id] = row.call = call
        return call

    @staticmethod
    def _lasted(row: Row, outcome: Outcome, person: Person, ended_at: float) -> tuple[float, float]:
        """Return the seconds that a past call rang and talked; no call is older than its job."""
        most = (ended_at - row.job.created_at - 1) / 2
        name = ("past", person.digits, person.dials)
        talk = _LIFE.talk(outcome, *name) if outcome.answered else 0.0
        return min(_LIFE.ring(outcome, row.job.order.ringing_seconds, *name), most), min(talk, most)

    def stuck(self, row: Row, at: float, status: str) -> None:
        """Let a row hold a permit for nothing since `at`."""
        row.status, row.updated_at = status, at
        row.holds += 1
        row.job.held += 1
        row.job.dispatched += 1
        row.job.updated_at = max(row.job.updated_at, at)
        self.world.permits.take(self.world.now)

    def end(self, job: Job, status: str = "completed") -> None:
        """Let the job be over, whatever rows it has forgotten."""
        job.status = status
        job.queue.clear()

    def go(self, job: Job) -> None:
        """Let the job's dispatcher carry on with what is pending."""
        job.queue = deque(row for row in job.rows if row.status == "pending")
        self.world.dispatcher.start(job)

    def _said(self, place: int) -> dict[str, Any]:
        name = f"{_NAMES[place % len(_NAMES)]} {place + 1}"
        return {"dynamic_variables": {"name": name, "order_id": f"A-{10_000 + place}"}}
