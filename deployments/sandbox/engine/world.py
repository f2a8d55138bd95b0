"""The engine: one workspace on a given clock. It dedupes nothing, protects nobody, and records every dial."""

from collections.abc import Mapping
from itertools import count

from deployments.sandbox.engine.call_simulator import Line
from deployments.sandbox.engine.campaigns import Campaigns
from deployments.sandbox.engine.dispatcher import Dispatcher
from deployments.sandbox.engine.entities import Agent, Call, Job, JobSubmission, Number, Row
from deployments.sandbox.engine.event_queue import Agenda
from deployments.sandbox.engine.faults import Fault, Faults
from deployments.sandbox.engine.pace import Pace
from deployments.sandbox.engine.people import ORDINARY, People
from deployments.sandbox.engine.permits import Permits
from deployments.sandbox.engine.seeded_random import draw, token

DEFAULT_PERMITS = 10
DRAFT, PAUSED = "draft", "paused"
_RETRIED = frozenset({"failed"})
_LEAST = 0.4


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
        self.campaigns = Campaigns()
        self.halted: dict[str, str] = {}
        """Jobs that stand without being over, by id: a draft or paused."""
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

    def submit(self, order: JobSubmission) -> Job:
        """Take a job in and plan its first turn; the same order twice is two jobs."""
        job = self.open_job(order, self.now)
        if delay := self.faults.hits("visibility_delay"):
            job.visible_at = self.now + delay.seconds * self._share(delay, job)
            job.readable_at = self.now if delay.word == "listed" else job.visible_at
        self.dispatcher.start(job)
        return job

    def submit_late(self, order: JobSubmission, seconds: float) -> list[Job]:
        """Take a job in only after a while; it is in the list that is returned once it exists."""
        taken: list[Job] = []
        self.agenda.add(self.now + seconds, self._take_late, (order, self.now, taken))
        return taken

    def _take_late(self, what: tuple[JobSubmission, float, list[Job]], _now: float) -> None:
        order, asked_at, taken = what
        taken.append(self.submit(order))
        taken[0].asked_at = asked_at

    def _share(self, delay: Fault, job: Job) -> float:
        """Return how much of a delay a job has: all of it, or at random no less than two fifths."""
        return _LEAST + (1 - _LEAST) * draw(self.seed, "visible", job.id) if delay.word else 1.0

    def open_job(self, order: JobSubmission, created_at: float) -> Job:
        """Write a job down with all its rows queued, without starting it."""
        job_id = self.new_id("btcal", next(self._ordinals))
        job = Job(job_id, order, created_at, order.scheduled_at or created_at, created_at)
        job.visible_at = job.asked_at = created_at
        for place, (row_id, phone, data) in enumerate(order.rows):
            own = self.new_id("rcpt", job_id, place)
            renamed = row_id is not None and self.faults.hits("new_ids")
            name = own if renamed else row_id or own
            job.rows.append(Row(name, phone, job, created_at, created_at, data, asked_id=row_id or own))
        job.queue.extend(job.rows)
        self.jobs[job_id] = job
        return job

    def cancel(self, job: Job) -> None:
        """Stop dispatching; calls in the air go on, every row reads cancelled, dead permits come free."""
        if hidden := self.faults.hits("hidden_dispatch", "cancel"):
            self.hide(job, hidden)
        forgotten = [row for row in job.rows if row.status == "pending"]
        job.status, job.updated_at = "cancelled", self.now
        job.queue.clear()
        for row in job.rows:
            row.was = row.was if row.status == "cancelled" else row.status
            row.status, row.updated_at = "cancelled", self.now
            for _ in range(row.holds - row.in_air):
                self.line.release(row, self.now)
        wake = self.faults.hits("wake_cancelled")
        if wake:
            self.agenda.add(self.now + wake.seconds, self._wake_up, (job, forgotten))

    def draft(self, job: Job) -> None:
        """Keep a job that was just taken in from calling anybody before it is started."""
        self.halted[job.id], job.dead = DRAFT, True

    def pause(self, job: Job) -> None:
        """Hold what is queued; calls in the air go on, dead permits come free, and anybody may resume it."""
        if hidden := self.faults.hits("hidden_dispatch", "cancel"):
            self.hide(job, hidden)
        self.halted.setdefault(job.id, PAUSED)
        job.dead, job.updated_at = True, self.now
        for row in job.rows:
            for _ in range(row.holds - row.in_air):
                self.line.release(row, self.now)
        if wake := self.faults.hits("wake_cancelled"):
            self.agenda.add(self.now + wake.seconds, self._resumed_by_itself, job)

    def resume(self, job: Job) -> None:
        """Start a draft, or let a paused job go on with what is queued."""
        self.halted.pop(job.id, None)
        job.dead, job.updated_at = False, self.now
        self.dispatcher.start(job)

    def _resumed_by_itself(self, job: Job, _now: float) -> None:
        if job.id in self.jobs and job.id in self.halted:
            for row in job.queue:
                row.woken_at = self.now
            self.resume(job)

    def hide(self, job: Job, hidden: Fault) -> None:
        """Hand pending rows over so that no row and no call shows it; only the counter does, if anything."""
        pending = [row for row in job.rows if row.status == "pending" and not row.hidden]
        wait = hidden.seconds if hidden.word == "handed" else 0.0
        for row in pending[: hidden.n]:
            row.hidden = True
            if row in job.queue:
                job.queue.remove(row)
            job.dispatched += hidden.word != "silent"
            job.held += 1
            row.holds += 1
            row.in_air += 1
            self.permits.take(self.now)
            self.agenda.add(self.now + wait, self.line.dial, row)

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
        job.visible_at = float("inf")
        del self.jobs[job.id]

    def _wake_up(self, what: tuple[Job, list[Row]], _now: float) -> None:
        job, forgotten = what
        if job.id in self.jobs:
            for row in forgotten:
                row.woken_at = self.now
            self._queue(job, forgotten)

    def _queue(self, job: Job, rows: list[Row]) -> None:
        if not rows:
            return
        job.status, job.updated_at = "in_progress", self.now
        for row in rows:
            row.status, row.updated_at = "pending", self.now
        job.queue.extend(rows)
        self.dispatcher.start(job)
