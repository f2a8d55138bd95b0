"""What truly happened in a world, for a checker to hold against the promises."""

from typing import Any

from deployments.sandbox.engine.entities import Call, Job, Row
from deployments.sandbox.engine.world import World
from deployments.sandbox.scenarios import Scene


def history(scene: Scene) -> dict[str, Any]:
    """Return dials, jobs, permits and live calls over time, and the truth about each source contact.

    Times are unix seconds. A sample is [time, permits held, calls live], one at each change since the start.
    """
    world = scene.world
    return {
        "began": world.began,
        "dials": [_dial(call) for call in sorted(world.calls.values(), key=lambda call: call.started_at)],
        "jobs": [_job(job) for job in world.jobs.values()],
        "max_in_air": {"permits": world.permits.peak_held, "live": world.permits.peak_live},
        "in_air_samples": world.permits.samples,
        "truth": [_truth(world, row) for row in scene.job.rows],
    }


def _dial(call: Call) -> dict[str, Any]:
    job = call.row.job
    return {
        "at": call.started_at,
        "ended_at": call.ended_at,
        "job_id": job.id,
        "job_name": job.order.name,
        "recipient_id": call.row.asked_id,
        "phone": call.row.phone,
        "delivery": call.delivery,
        "answered_at": call.accepted_at,
        "outcome": call.outcome.key,
        "disposition": call.outcome.disposition.value,
        "call_id": call.id,
        "recorded": not call.hidden,
        "woken_at": call.row.woken_at,
    }


def _job(job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "name": job.order.name,
        "status": job.status,
        "source": job.source,
        "created_at": job.created_at,
        "asked_at": job.asked_at,
        "visible_at": job.visible_at,
        "total": len(job.rows),
        "dispatched": job.dispatched,
        "finished": job.finished,
        "permits_held": job.held,
        "retries": job.retries,
    }


def _truth(world: World, row: Row) -> dict[str, Any]:
    person = world.people.at(row.phone)
    return {
        "recipient_id": row.id,
        "phone": row.phone,
        "fate": person.fate,
        "dials": person.dials,
        "reached_before": person.digits in world.reached_before,
        "reached": person.reached,
    }
