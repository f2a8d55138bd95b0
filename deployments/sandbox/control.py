"""The sandbox's own endpoints: open a world, read its true history, arm faults, move the scenery."""

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from deployments.sandbox.engine.entities import Job
from deployments.sandbox.engine.faults import make_fault
from deployments.sandbox.engine.history import history
from deployments.sandbox.engine.moves import make_move, newest_wave
from deployments.sandbox.scenarios import SCENARIOS, Scene
from deployments.sandbox.wire.bodies import DoIn, FaultIn, WorldIn
from deployments.sandbox.wire.desk import ARegistry, problem, scene_of

NEWEST = "newest"
"""Names the newest job that was submitted since the world was opened."""
router = APIRouter(prefix="/sandbox")


@router.get("/health")
async def health() -> dict[str, Any]:
    """Tell that the server is up, and which scenarios it knows."""
    return {"ok": True, "scenarios": list(SCENARIOS)}


@router.post("/worlds")
async def open_world(wanted: WorldIn, registry: ARegistry) -> dict[str, Any]:
    """Open a world from a scenario and return its key."""
    try:
        key, scene = registry.open(wanted)
    except ValueError as error:
        raise problem(422, "unknown_name", str(error)) from error
    return world_info(key, scene)


def world_info(key: str, scene: Scene) -> dict[str, Any]:
    """Return what a client needs to know of a new world."""
    order = scene.job.order
    return {
        "key": key,
        "scenario": scene.scenario,
        "job_id": scene.job.id,
        "agent_id": order.agent.id,
        "phone_number_id": order.number_id,
        "workspace_id": scene.world.workspace_id,
        "campaign_id": None,
        "upload_id": None,
        "permits": scene.world.permits.limit,
        "expected": {"state": scene.state.value, "cause": scene.cause.value},
    }


@router.get("/worlds/{key}/history")
async def world_history(key: str, registry: ARegistry) -> JSONResponse:
    """Return everything that truly happened."""
    return JSONResponse(history(scene_of(registry, key)))


@router.post("/worlds/{key}/faults")
async def arm(key: str, wanted: FaultIn, registry: ARegistry) -> dict[str, Any]:
    """Arm one more fault."""
    try:
        scene_of(registry, key).world.faults.add(make_fault(**wanted.model_dump()))
    except ValueError as error:
        raise problem(422, "unknown_name", str(error)) from error
    return {"armed": wanted.name}


@router.post("/worlds/{key}/do")
async def do(key: str, wanted: DoIn, registry: ARegistry) -> dict[str, Any]:
    """Move the scenery; returns the id of the job concerned."""
    scene = scene_of(registry, key)
    job = _meant(scene, wanted.job_id)
    if job is None:
        raise problem(404, "not_found", f"The world has no job {wanted.job_id}.")
    try:
        moved = make_move(scene, wanted.what, job, n=wanted.n, seconds=wanted.seconds)
    except ValueError as error:
        raise problem(422, "unknown_name", str(error)) from error
    return {"job_id": moved.id}


def _meant(scene: Scene, job_id: str | None) -> Job | None:
    if job_id == NEWEST:
        return newest_wave(scene)
    return scene.world.jobs.get(job_id) if job_id else scene.job
