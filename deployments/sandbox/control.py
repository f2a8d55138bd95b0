"""The sandbox's own endpoints: open a world, read its true history, arm faults, move the scenery."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from deployments.sandbox.bodies import DoIn, FaultIn, WorldIn
from deployments.sandbox.desk import ARegistry, problem, scene_of
from deployments.sandbox.faults import make_fault
from deployments.sandbox.history import history
from deployments.sandbox.people import CLEAR, OUTAGE
from deployments.sandbox.scenarios import SCENARIOS, Scene
from deployments.sandbox.things import Job

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
    job = scene.world.jobs.get(wanted.job_id) if wanted.job_id else scene.job
    if job is None:
        raise problem(404, "not_found", f"The world has no job {wanted.job_id}.")
    return {"job_id": _MOVES[wanted.what](scene, job).id}


def _cancel_job(scene: Scene, job: Job) -> Job:
    scene.world.cancel(job)
    return job


def _second_job(scene: Scene, job: Job) -> Job:
    rows = tuple((None, phone, data) for _, phone, data in job.order.rows)
    twin = scene.world.submit(replace(job.order, rows=rows, scheduled_at=None))
    twin.source = True
    return twin


def _provider_back(scene: Scene, job: Job) -> Job:
    scene.world.people.weather = CLEAR
    return job


def _provider_out(scene: Scene, job: Job) -> Job:
    scene.world.people.weather = OUTAGE
    return job


def _dispatcher_back(scene: Scene, job: Job) -> Job:
    job.dead = False
    scene.world.dispatcher.start(job)
    return job


def _dispatcher_dead(_scene: Scene, job: Job) -> Job:
    job.dead = True
    return job


def _number_gone(scene: Scene, job: Job) -> Job:
    scene.world.numbers.pop(job.order.number_id, None)
    return job


def _lift_faults(scene: Scene, job: Job) -> Job:
    scene.world.faults.all.clear()
    return job


_MOVES: dict[str, Callable[[Scene, Job], Job]] = {
    "cancel_job": _cancel_job,
    "second_job": _second_job,
    "provider_back": _provider_back,
    "provider_out": _provider_out,
    "dispatcher_back": _dispatcher_back,
    "dispatcher_dead": _dispatcher_dead,
    "number_gone": _number_gone,
    "lift_faults": _lift_faults,
}
