"""One call from the first signal to the end of its wrap-up."""

from collections import Counter

from deployments.sandbox.engine.entities import Call, Row
from deployments.sandbox.engine.event_queue import Agenda
from deployments.sandbox.engine.pace import Pace
from deployments.sandbox.engine.people import People
from deployments.sandbox.engine.permits import Permits
from deployments.sandbox.engine.seeded_random import token


class Line:
    """Dials rows that were handed over and keeps every call it made."""

    def __init__(self, agenda: Agenda, permits: Permits, people: People, pace: Pace, salt: str = "") -> None:
        self.salt = salt
        self.agenda = agenda
        self.permits = permits
        self.people = people
        self.pace = pace
        self.calls: dict[str, Call] = {}
        self.live_by_agent: Counter[str] = Counter()

    def dial(self, row: Row, now: float) -> None:
        """Signal to a row's phone: from here on somebody may hear it ring."""
        person = self.people.at(row.phone)
        outcome = self.people.answer(person, row.job)
        row.deliveries += 1
        call = Call(self.next_id(), row, outcome, row.deliveries, now)
        self.calls[call.id] = call
        call.hidden = row.hidden
        row.call = None if row.hidden else call
        self._mark(row, "initiated", now)
        self.permits.rise(now)
        self.live_by_agent[row.job.order.agent.id] += 1
        limit = row.job.order.ringing_seconds
        ring = self.pace.ring(outcome, limit, self.people.seed, person.digits, person.dials)
        self.agenda.add(now + ring, self._pick_up if outcome.answered else self._hang_up, call)

    def next_id(self) -> str:
        """Return the id of the next conversation."""
        return f"conv_{token(self.people.seed, self.salt, 'call', len(self.calls))}"

    def _pick_up(self, call: Call, now: float) -> None:
        call.accepted_at = now
        if not call.outcome.blind:
            call.status = "in-progress"
            self._mark(call.row, "in_progress", now)
        person = self.people.at(call.row.phone)
        talk = self.pace.talk(call.outcome, self.people.seed, person.digits, person.dials)
        self.agenda.add(now + talk, self._hang_up, call)

    def _hang_up(self, call: Call, now: float) -> None:
        call.ended_at = now
        call.status = "failed" if call.outcome.row == "failed" else "processing"
        self.permits.land(now)
        self.live_by_agent[call.row.job.order.agent.id] -= 1
        if not call.row.again:
            self._finish(call, now)
        self.agenda.add(now + self.pace.wrap_up, self._wrap_up, call)

    def _finish(self, call: Call, now: float) -> None:
        row, job = call.row, call.row.job
        self._mark(row, call.outcome.row, now)
        if row.hidden:
            return
        job.finished += 1
        job.updated_at = now
        if job.finished >= len(job.rows) and job.status == "in_progress":
            job.status = "completed"

    def _wrap_up(self, call: Call, now: float) -> None:
        row = call.row
        if call.status == "processing":
            call.status = "done"
        if row.again:
            row.again -= 1
            self.agenda.add(now + self.pace.setup, self.dial, row)
            return
        row.in_air -= 1
        self.release(row, now)

    def release(self, row: Row, now: float) -> None:
        """Give one permit of a row back."""
        row.holds -= 1
        row.job.held -= 1
        self.permits.release(now)

    @staticmethod
    def _mark(row: Row, status: str, now: float) -> None:
        if row.hidden:
            return
        row.updated_at = now
        if row.job.status != "cancelled":
            row.status = status
