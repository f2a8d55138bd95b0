"""GET /health and /metrics: whether the ledger answers, what waits, and the figures for Prometheus."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse

from deployments.gateway.forms import Health
from deployments.gateway.guard import check_figures
from deployments.gateway.openapi import errors
from deployments.gateway.parts import Parts
from deployments.metrics import Figures
from tasks.ledger.inbox import turns


def make_router(parts: Parts) -> APIRouter:
    """Return the door."""
    router = APIRouter(tags=["health"])
    figures = Figures(parts.ledger)

    @router.get(
        "/health", summary="Tell whether the gateway works", response_model=Health, responses=errors(503)
    )
    def health() -> Any:
        """Answer 200 where the ledger can be read; a Prefect that is down only lets requests wait."""
        count, oldest = turns.waiting(parts.ledger)
        return {
            "status": "ok",
            "waiting": count,
            "oldest_seconds": oldest,
            "sources": len(parts.sources),
        }

    @router.get(
        "/metrics",
        summary="Return the figures for Prometheus",
        response_class=PlainTextResponse,
        responses=errors(401, 403, 429, 503),
    )
    def metrics(request: Request) -> str:
        """Answer counts from the ledger in Prometheus' text format: no number, no name, no ticket.

        Where `metrics_token` is set it takes a token with the scope read for every workspace.
        """
        if parts.settings.metrics_token:
            check_figures(request.state.caller)
        return figures.text()

    return router
