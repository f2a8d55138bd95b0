"""What people and other systems do in a workspace, by name: on a job, for some rows, after some seconds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from random import Random

from deployments.sandbox.engine.campaigns import Attention, Made, advanced
from deployments.sandbox.engine.entities import Agent, Call, Job, JobSubmission, Row
from deployments.sandbox.engine.outcomes import OUTCOMES
from deployments.sandbox.engine.people import CLEAR, OUTAGE
from deployments.sandbox.engine.phones import phones
from deployments.sandbox.scenarios import Scene
from models.invariants import given

_AGO = 900.0
"""Seconds since the end of calls that a move puts into the past."""
_RING = 20.0
_PASSING = ("unavailable_503", "congested_503", "timeout_504", "fault_500", "outage_503")


@dataclass(frozen=True, slots=True)
class Move:
    """One move: on which job, how many rows it is about (0: all), after how many seconds."""

    scene: Scene
    job: Job
    n: int = 0
    seconds: float = 0.0

    @property
    def most(self) -> int:
        """Return how many rows the move is about."""
        return self.n or len(self.job.rows)


def make_move(scene: Scene, what: str, job: Job | None = None, *, n: int = 0, seconds: float = 0.0) -> Job:
    """Make a move at once and return the job concerned; an unknown name is a ValueError."""
    if what not in MOVES:
        raise ValueError(f"The sandbox knows no move {what!r}. It knows: {', '.join(MOVES)}.")
    return MOVES[what](Move(scene, job or scene.job, n, seconds))


def newest_wave(scene: Scene) -> Job:
    """Return the newest job that is not the scene's own past, else the source."""
    return next((job for job in reversed(scene.world.jobs.values()) if not job.source), scene.job)


def _cancel_job(move: Move) -> Job:
    move.scene.world.cancel(move.job)
    return move.job


def _delete_job(move: Move) -> Job:
    move.scene.world.delete(move.job)
    return move.job


def _retry_job(move: Move) -> Job:
    move.scene.world.retry(move.job)
    return move.job


def _second_job(move: Move) -> Job:
    rows = tuple((None, row.phone, row.data) for row in move.job.rows[-move.most :])
    return _submitted(move, replace(move.job.order, rows=rows, scheduled_at=None))


def _foreign_job(move: Move) -> Job:
    """Let another team call people of its own with an agent of its own."""
    world = move.scene.world
    agent = world.agents.setdefault("agent_foreign", Agent("agent_foreign", "Another team's agent"))
    numbers = phones(move.n or 1, Random(f"{world.seed}/foreign/{len(world.jobs)}"))  # noqa: S311  no secret
    order = JobSubmission(
        "Another team's reminder",
        agent,
        move.job.order.number_id,
        tuple((None, one, None) for one in numbers),
    )
    return _submitted(move, order)


def _submitted(move: Move, order: JobSubmission) -> Job:
    job = move.scene.world.submit(order)
    job.source = True
    return job


def _campaign(move: Move) -> Job:
    """Let an outbound campaign own the job: after a while it calls by itself whom nobody has reached."""
    move.job.campaign_id = f"camp_{move.job.id}"
    if move.seconds:
        world = move.scene.world
        world.agenda.add(world.now + move.seconds, _campaign_calls, move)
    return move.job


def _campaign_calls(move: Move, _now: float) -> None:
    people = move.scene.world.people
    left = [row for row in move.job.rows if row.phone and not people.at(row.phone).reached]
    if not left or move.job.campaign_id is None:
        return
    rows = tuple((None, row.phone, row.data) for row in left)
    job = _submitted(move, replace(move.job.order, name="Campaign, next round", rows=rows, scheduled_at=None))
    job.campaign_id = move.job.campaign_id


def _as_campaign(move: Move) -> Job:
    """Turn the job into an outbound campaign: a simple one, or with `n` calls a contact an advanced one."""
    known = move.scene.world.campaigns
    known.enabled, move.job.campaign_id = True, move.job.id
    known.made[move.job.id] = Made("advanced", advanced(move.n)) if move.n else Made()
    return move.job


def _needs_attention(move: Move) -> Job:
    """Let a campaign wait for a person: the number that it calls from can no longer be used."""
    made = move.scene.world.campaigns.made[move.job.id]
    item = f"attn_{len(made.attention) + 1}"
    detail = f"The phone number {move.scene.job.rows[0].phone} cannot be used any more."
    made.attention.append(Attention(item, "phone_number_unavailable", detail))
    move.job.dead = True
    return move.job


def _person_pauses(move: Move) -> Job:
    move.scene.world.campaigns.made[move.job.id].paused = move.job.dead = True
    return move.job


def _pause_campaign(move: Move) -> Job:
    move.job.campaign_id = None
    return move.job


def _whatsapp(move: Move) -> Job:
    """Turn rows into WhatsApp recipients; with all of them the whole job is of that kind."""
    for row in move.job.rows[-move.most :]:
        row.whatsapp = f"wa_{row.id}"
    if move.most >= len(move.job.rows):
        move.job.provider = "whatsapp"
    return move.job


def _secret_rows(move: Move) -> Job:
    for row in move.job.rows[-move.most :]:
        given = (row.data or {}).get("dynamic_variables") or {}
        row.data = {**(row.data or {}), "dynamic_variables": {**given, "secret__pin": "4711"}}
    return move.job


def _hidden_calls(move: Move) -> Job:
    """Let rows that read pending have been dialled: the counter tells, no row and no call shows them."""
    for row in [row for row in move.job.rows if row.status == "pending"][: move.most]:
        call = _past_call(move, row, move.scene.world.people.at(row.phone).fate)
        call.hidden = row.hidden = True
        move.job.dispatched += 1
        if row in move.job.queue:
            move.job.queue.remove(row)
    return move.job


def _reveal(move: Move) -> Job:
    """Let the calls that nothing showed appear among the others."""
    for call in move.scene.world.calls.values():
        call.hidden = False
    return move.job


def _answered_503(move: Move) -> Job:
    return _answered(move, "answered_503")


def _voicemail_503(move: Move) -> Job:
    return _answered(move, "voicemail_503")


def _answered(move: Move, key: str) -> Job:
    """Let people have been reached by calls that the platform recorded as failed for a passing reason."""
    world = move.scene.world
    failed = [row for row in move.job.rows if row.call and row.call.outcome.key in _PASSING]
    for row in failed[: move.most]:
        old = given(row.call, "only rows with a call are chosen")
        row.call = world.line.calls[old.id] = replace(
            old, outcome=OUTCOMES[key], accepted_at=old.started_at + 1
        )
        _reached(move, row)
    return move.job


def _past_call(move: Move, row: Row, key: str) -> Call:
    world, outcome = move.scene.world, OUTCOMES[key]
    world.people.at(row.phone).dials += 1
    row.deliveries += 1
    call = Call(world.line.next_id(), row, outcome, row.deliveries, world.now - _AGO - _RING)
    call.ended_at = world.now - _AGO
    call.accepted_at = call.started_at + 1 if outcome.answered else None
    call.status = "failed" if outcome.row == "failed" else "done"
    world.line.calls[call.id] = call
    if outcome.answered:
        _reached(move, row)
    return call


def _reached(move: Move, row: Row) -> None:
    world = move.scene.world
    person = world.people.at(row.phone)
    person.reached = True
    world.reached_before |= {person.digits}


def _provider_back(move: Move) -> Job:
    move.scene.world.people.weather = CLEAR
    return move.job


def _provider_out(move: Move) -> Job:
    move.scene.world.people.weather = OUTAGE
    return move.job


def _dispatcher_back(move: Move) -> Job:
    move.job.dead = False
    move.scene.world.dispatcher.start(move.job)
    return move.job


def _dispatcher_dead(move: Move) -> Job:
    move.job.dead = True
    return move.job


def _number_gone(move: Move) -> Job:
    move.scene.world.numbers.pop(move.job.order.number_id, None)
    return move.job


def _lift_faults(move: Move) -> Job:
    move.scene.world.faults.all.clear()
    return move.job


MOVES: Mapping[str, Callable[[Move], Job]] = {
    "cancel_job": _cancel_job,
    "delete_job": _delete_job,
    "retry_job": _retry_job,
    "second_job": _second_job,
    "foreign_job": _foreign_job,
    "campaign": _campaign,
    "pause_campaign": _pause_campaign,
    "as_campaign": _as_campaign,
    "needs_attention": _needs_attention,
    "person_pauses": _person_pauses,
    "whatsapp": _whatsapp,
    "secret_rows": _secret_rows,
    "hidden_calls": _hidden_calls,
    "reveal": _reveal,
    "answered_503": _answered_503,
    "voicemail_503": _voicemail_503,
    "provider_back": _provider_back,
    "provider_out": _provider_out,
    "dispatcher_back": _dispatcher_back,
    "dispatcher_dead": _dispatcher_dead,
    "number_gone": _number_gone,
    "lift_faults": _lift_faults,
}
