"""What these wire formats share: whose key it is, creates that take their time, rows as they truly stand."""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import Header, Request
from fastapi.responses import JSONResponse

from deployments.sandbox.engine.entities import Job, JobSubmission, Row
from deployments.sandbox.engine.world import World
from deployments.sandbox.wire.desk import registry_of

Json = dict[str, Any]
Bearer = Annotated[str, Header()]
_TICK = 0.05


async def world_of(request: Request, authorization: str) -> World | None:
    """Return the world of a bearer's key, brought up to now; None for a key that is unknown."""
    scene = (await registry_of(request)).find(authorization.removeprefix("Bearer ").strip())
    return scene.world if scene else None


def problem(status: int, words: str) -> JSONResponse:
    """Return a refusal that says why in `message`."""
    return JSONResponse({"message": words}, status)


def _begins(_world: World, _job: Job) -> None:
    """Let a job begin as it does."""


async def submitted(
    request: Request, world: World, order: JobSubmission, begin: Callable[[World, Job], None] = _begins
) -> Job:
    """Take a job in, now or late, whether the client still waits or not; `begin` follows at once."""
    late, taken = world.faults.hits("slow_create", request.url.path), list[Job]()
    wish = (world, order, begin, world.now, taken)
    if late is None:
        _take(wish, world.now)
    else:
        world.agenda.add(world.now + late.seconds, _take, wish)
    while not taken:
        await asyncio.sleep(_TICK)
        world.advance(request.app.state.registry.clock())
    return taken[0]


def _take(
    wish: tuple[World, JobSubmission, Callable[[World, Job], None], float, list[Job]], _now: float
) -> None:
    world, order, begin, asked_at, taken = wish
    taken.append(world.submit(order))
    taken[0].asked_at = asked_at
    begin(world, taken[0])


def iso(at: float, world: World) -> str:
    """Return a moment as these formats have it, on the platform's own clock."""
    told = datetime.fromtimestamp(at + world.faults.skew, UTC)
    return told.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def true_status(row: Row) -> str:
    """Return how far a row came, where a cancel says nothing of rows that had been dispatched."""
    return row.was if row.status == "cancelled" and row.was != "pending" else row.status
