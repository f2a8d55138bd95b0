"""The front desk of the wire format: whose key it is, and how a refusal is worded."""

from typing import Annotated, cast

from fastapi import Depends, Header, HTTPException, Request

from deployments.sandbox.engine.entities import Job
from deployments.sandbox.engine.world import World
from deployments.sandbox.registry import Registry
from deployments.sandbox.scenarios import Scene
from deployments.sandbox.wire.views import visible_job


def problem(status: int, code: str, message: str) -> HTTPException:
    """Return a refusal in the wire format's shape: {"detail": {"status", "message"}}."""
    return HTTPException(status, {"status": code, "message": message})


async def registry_of(request: Request) -> Registry:
    """Return the server's worlds."""
    return cast("Registry", request.app.state.registry)


async def world_of(
    registry: Annotated[Registry, Depends(registry_of)],
    xi_api_key: Annotated[str | None, Header()] = None,
) -> World:
    """Return the world of the request's key, brought up to now; 401 for an unknown key."""
    scene = registry.find(xi_api_key)
    if scene is None:
        raise problem(401, "invalid_api_key", "Invalid API key")
    return scene.world


AWorld = Annotated[World, Depends(world_of)]
ARegistry = Annotated[Registry, Depends(registry_of)]


def job_of(world: World, batch_id: str) -> Job:
    """Return the job that a path names; 404 where readers cannot see it."""
    job = visible_job(world, batch_id)
    if job is None:
        raise problem(404, "not_found", f"Batch call {batch_id} not found.")
    return job


def scene_of(registry: Registry, key: str) -> Scene:
    """Return the scene that a control path names; 404 for an unknown key."""
    scene = registry.find(key)
    if scene is None:
        raise problem(404, "not_found", "No world has this key. Open one with POST /sandbox/worlds.")
    return scene
