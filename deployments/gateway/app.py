"""The gateway's application, from parts that are given to it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

from fastapi import FastAPI
from starlette.types import ASGIApp

from deployments.gateway import problems
from deployments.gateway.endpoints import (
    decisions,
    handovers,
    health,
    hooks,
    links,
    live,
    platforms,
    predial,
    ready,
    recoveries,
    requests,
    suppressions,
)
from deployments.gateway.guard import Guard
from deployments.gateway.limits import Bounded
from deployments.gateway.openapi import describe
from deployments.gateway.parts import Parts
from deployments.gateway.worker import Worker
from tasks.ledger.inbox.answers import WriteBack


def make_app(parts: Parts) -> FastAPI:
    """Build the application; its worker runs from startup to shutdown, and is `app.state.worker`."""
    keep = timedelta(days=parts.settings.keep_days)
    tags = {name: source.own_tag for name, source in parts.sources.items()}
    back = WriteBack(parts.tickets, tags)
    worker = Worker(parts.ledger, parts.starter, parts.wake, keep, back=back, ended=parts.ended)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        worker.begin()
        yield
        worker.end()

    app = FastAPI(title="ringback gateway", version="1", lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.worker = worker
    problems.install(app)
    app.include_router(hooks.make_router(parts, worker.kick))
    for part in (requests, recoveries, handovers):
        app.include_router(part.make_router(parts, worker.kick))
    for door in (decisions, suppressions, platforms, predial, health, ready, live, links):
        app.include_router(door.make_router(parts))
    app.add_middleware(_bounded, limit=parts.settings.body_bytes, uploads=parts.settings.upload_bytes)
    app.add_middleware(_guarded, parts=parts)  # the last one added stands in front
    describe(app)
    return app


def _bounded(app: ASGIApp, limit: int, uploads: int) -> ASGIApp:
    return Bounded(app, limit, uploads=uploads)


def _guarded(app: ASGIApp, parts: Parts) -> ASGIApp:
    return Guard(app, parts)
