"""Hands rows over: as many as permits and the job's cap allow, at least once each, with no memory."""

from collections.abc import Callable

from deployments.sandbox.engine.call_simulator import Line
from deployments.sandbox.engine.entities import Job, Row
from deployments.sandbox.engine.event_queue import Agenda
from deployments.sandbox.engine.faults import Faults
from deployments.sandbox.engine.pace import Pace
from deployments.sandbox.engine.permits import Permits

_AGENT_SHARE = 0.7


class Dispatcher:
    """Takes pending rows job by job; a job that finds no permit waits until one comes free."""

    def __init__(self, agenda: Agenda, permits: Permits, line: Line, pace: Pace, faults: Faults) -> None:
        self.agenda = agenda
        self.permits = permits
        self.line = line
        self.pace = pace
        self.faults = faults
        self._waiting: dict[str, Job] = {}
        self.gates: dict[str, Callable[[Row], str]] = {}
        """By job: who is asked before each row, and says as what a row is left undialled, empty to go on."""
        permits.when_free.append(self._wake)

    def start(self, job: Job) -> None:
        """Plan the job's next turn: now, at its scheduled time, or after its pause."""
        if not job.planned:
            job.planned = True
            self.agenda.add(max(job.scheduled_at, job.next_turn), self._turn, job)

    def cap(self, job: Job) -> int:
        """Return how many permits the job may hold: its own, else half the workspace and 0.7 of the agent."""
        if self.faults.stands("ignore_cap"):
            return self.permits.limit
        if job.order.cap is not None:
            return job.order.cap
        limit = job.order.agent.limit
        shares = [self.permits.limit // 2] + ([int(limit * _AGENT_SHARE)] if limit > 0 else [])
        return max(1, min(shares))

    def _turn(self, job: Job, now: float) -> None:
        job.planned = False
        if not job.dispatches:
            return
        job.status = "in_progress"
        if self.permits.free <= 0 or job.held >= self.cap(job):
            self._waiting[job.id] = job
            return
        row = job.queue.popleft()
        if refused := self.gates[job.id](row) if job.id in self.gates else "":
            self._leave(row, refused, now)
        else:
            self._hand_over(row, now)
        job.next_turn = now + (self.pace.interval if job.pause is None else job.pause)
        self.start(job)

    def _leave(self, row: Row, refused: str, now: float) -> None:
        job = row.job
        row.status = refused
        row.updated_at = job.updated_at = now
        job.dispatched += 1
        job.finished += 1
        if job.finished >= len(job.rows):
            job.status = "completed"

    def _hand_over(self, row: Row, now: float) -> None:
        job = row.job
        row.status = "dispatched"
        row.holds += 1
        row.updated_at = job.updated_at = now
        job.dispatched += 1
        job.held += 1
        self.permits.take(now)
        if self.faults.hits("lose_delivery"):
            return
        row.in_air += 1
        row.again = int(bool(self.faults.hits("duplicate_delivery")))
        self.agenda.add(now + self.pace.setup, self.line.dial, row)

    def _wake(self, _now: float) -> None:
        waiting, self._waiting = self._waiting, {}
        for job in waiting.values():
            self.start(job)
