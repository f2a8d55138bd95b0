"""The engine: one workspace on a given clock. It dedupes nothing, protects nobody, and records every dial."""

from collections.abc import Mapping
from itertools import count

from deployments.sandbox.agenda import Agenda
from deployments.sandbox.chance import token
from deployments.sandbox.dispatcher import Dispatcher
from deployments.sandbox.faults import Faults
from deployments.sandbox.line import Line
from deployments.sandbox.pace import Pace
from deployments.sandbox.people import ORDINARY, People
from deployments.sandbox.permits import Permits
from deployments.sandbox.things import Agent, Call, Job, Number, Order, Row

DEFAULT_PERMITS = 10
_RETRIED = frozenset({"failed"})


class World:
    """One workspace: agents, numbers, jobs, calls, permits. Deterministic on the clock values it is given."""

    def __init__(
        self,
        seed: object,
        now: float,
        *,
        permits: int = DEFAULT_PERMITS,
        speed: float = 1.0,
        mix: Mapping[str, float] = ORDINARY,
        salt: str = "",
    ) -> None:
        self.seed = seed
        self.salt = salt
        self.agenda = Agenda(now)
        self.faults = Faults(seed)
        self.people = People(seed, mix)
        self.permits = Permits(permits, now)
        self.pace = Pace(speed)
        self.line = Line(self.agenda, self.permits, self.people, self.pace, salt)
        self.dispatcher = Dispatcher(self.agenda, self.permits, self.line, self.pace, self.faults)
        self.agents: dict[str, Agent] = {}
        self.numbers: dict[str, Number] = {}
        self.jobs: dict[str, Job] = {}
        self._ordinals = count()
        self.began = now
        self.reached_before: frozenset[str] = frozenset()
        self.workspace_id = self.new_id("ws")

    @property
    def now(self) -> float:
        """Return the clock value that the world was last advanced to."""
        return self.agenda.now

    @property
    def calls(self) -> dict[str, Call]:
        """Return every call ever made, hidden ones included, by id."""
        return self.line.calls

    def advance(self, now: float) -> None:
        """Let everything happen that is due up to `now` (unix seconds)."""
        self.agenda.advance(now)

    def new_id(self, kind: str, *names: object) -> str:
        """Return an id that depends on the seed, the salt and the names alone."""
        return f"{kind}_{token(self.seed, self.salt, kind, *names)}"

    def submit(self, order: Order) -> Job:
        """Take a job in and plan its first turn; the same order twice is two jobs."""
        job = self.open_job(order, self.now)
        delay = self.faults.hits("visibility_delay")
        job.visible_at = self.now + delay.seconds if delay else 0.0
        self.dispatcher.start(job)
        return job

    def open_job(self, order: Order, created_at: float) -> Job:
        """Write a job down with all its rows queued, without starting it."""
        job_id = self.new_id("btcal", next(self._ordinals))
        job = Job(job_id, order, created_at, order.scheduled_at or created_at, created_at)
        for place, (row_id, phone, data) in enumerate(order.rows):
            name = row_id or self.new_id("rcpt", job_id, place)
            job.rows.append(Row(name, phone, job, created_at, created_at, data))
        job.queue.extend(job.rows)
        self.jobs[job_id] = job
        return job

    def cancel(self, job: Job) -> None:
        """Stop dispatching; calls in the air go on, every row reads cancelled, dead permits come free."""
        forgotten = [row for row in job.rows if row.status == "pending"]
        job.status, job.updated_at = "cancelled", self.now
        job.queue.clear()
        for row in job.rows:
            row.status, row.updated_at = "cancelled", self.now
            for _ in range(row.holds - row.in_air):
                self.line.release(row, self.now)
        wake = self.faults.hits("wake_cancelled")
        if wake:
            self.agenda.add(self.now + wake.seconds, self._wake_up, (job, forgotten))

    def retry(self, job: Job) -> None:
        """Queue every failed row of a job again, whatever its reason was."""
        again = [row for row in job.rows if row.status in _RETRIED]
        job.retries += 1
        job.dispatched -= len(again)
        job.finished -= len(again)
        self._queue(job, again)

    def delete(self, job: Job) -> None:
        """Cancel a job and forget it; its calls stay in the history."""
        self.cancel(job)
        del self.jobs[job.id]

    def _wake_up(self, what: tuple[Job, list[Row]], _now: float) -> None:
        job, forgotten = what
        if job.id in self.jobs:
            self._queue(job, forgotten)

    def _queue(self, job: Job, rows: list[Row]) -> None:
        if not rows:
            return
        job.status, job.updated_at = "in_progress", self.now
        for row in rows:
            row.status, row.updated_at = "pending", self.now
        job.queue.extend(rows)
        self.dispatcher.start(job)
