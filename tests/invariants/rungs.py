"""First deliveries as they truly happened: what a listing could have shown of them, and when."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from deployments.sandbox.engine.people import same_phone
from deployments.sandbox.engine.world import World
from models.plan.markers import Marker, read_marker

_NEVER = float("inf")


@dataclass(frozen=True, slots=True)
class Rung:
    """One first delivery; times are unix seconds on the true clock.

    `asked_at` is when the request for its job arrived, `visible_at` when a listing could show it,
    `answered_at` and `ended_at` are infinite for what has not happened.
    """

    who: str
    marker: Marker | None
    job_id: str
    asked_at: float
    visible_at: float
    at: float
    answered_at: float
    ended_at: float
    woken: bool = False
    """A cancelled job made it that had begun again by itself: it was asked for when the job did so."""


def of_world(world: World) -> Iterator[Rung]:
    """Return the first deliveries of a world."""
    for call in world.calls.values():
        job, woken_at = call.row.job, call.row.woken_at
        if call.delivery == 1:
            yield Rung(
                same_phone(call.row.phone),
                read_marker(job.order.name),
                job.id,
                job.asked_at if woken_at is None else woken_at,
                job.visible_at if woken_at is None else woken_at,
                call.started_at,
                _NEVER if call.accepted_at is None else call.accepted_at,
                _NEVER if call.ended_at is None else call.ended_at,
                woken=woken_at is not None,
            )


def of_history(history: Mapping[str, Any]) -> Iterator[Rung]:
    """Return the first deliveries of a world's history as it goes over the wire."""
    jobs = {job["id"]: job for job in history["jobs"]}
    for dial in history["dials"]:
        if dial["delivery"] == 1:
            job, woken_at = jobs.get(dial["job_id"], {}), dial.get("woken_at")
            yield Rung(
                same_phone(dial["phone"]),
                read_marker(dial["job_name"]),
                dial["job_id"],
                job.get("asked_at", dial["at"]) if woken_at is None else woken_at,
                job.get("visible_at", _NEVER) if woken_at is None else woken_at,
                dial["at"],
                _NEVER if dial.get("answered_at") is None else dial["answered_at"],
                _NEVER if dial["ended_at"] is None else dial["ended_at"],
                woken=woken_at is not None,
            )
