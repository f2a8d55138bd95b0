"""The live page of a recovery and its JSON: behind a token under /v1, and behind a signed link."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response

from deployments.gateway.endpoints.links import PRIVATE, behind
from deployments.gateway.guard import Reader
from deployments.gateway.openapi import errors
from deployments.gateway.parts import Parts
from deployments.gateway.problems import ProblemError
from deployments.gateway.workspaces import recovery_for
from deployments.watching.page import page
from models.messages.links import ROOT, LinkPurpose, expiry, link
from tasks.finish.live import LiveReader

RecoveryId = Annotated[str, Path(max_length=60, pattern="^[A-Za-z0-9_-]+$", description="Id of the recovery")]
_READING = errors(401, 403, 404, 422, 429, 503)
_DATA = "data.json"


def make_router(parts: Parts) -> APIRouter:
    """Return the doors."""
    router = APIRouter(tags=["recoveries"])
    reader = LiveReader(parts.ledger)
    _with_token(router, parts, reader)
    _with_link(router, parts, reader)
    return router


def _with_token(router: APIRouter, parts: Parts, reader: LiveReader) -> None:
    @router.get(
        "/v1/recoveries/{recovery_id}/live",
        summary="Show a recovery live",
        response_class=HTMLResponse,
        responses={
            200: {"content": {"text/html": {}}, "description": "A page that keeps itself current"},
            **_READING,
        },
    )
    def live(recovery_id: RecoveryId, caller: Reader) -> Response:
        """Get the live page of a recovery; a signed link inside it keeps it current. Scope: read."""
        recovery_for(parts, recovery_id, caller)
        return _page(recovery_id, f"../../..{_link(parts, recovery_id)}/{_DATA}")

    @router.get(
        "/v1/recoveries/{recovery_id}/live.json",
        summary="Show a recovery at a glance",
        responses=_READING,
    )
    def glance(recovery_id: RecoveryId, caller: Reader) -> dict[str, Any]:
        """Get counters, waves, sample, permits and ETA, with a signed link to the page. Scope: read."""
        recovery_for(parts, recovery_id, caller)
        page_link = _link(parts, recovery_id) if parts.link_key else None
        return reader.read(recovery_id).as_json() | {"link": page_link}


def _with_link(router: APIRouter, parts: Parts, reader: LiveReader) -> None:
    live = f"{ROOT}/{LinkPurpose.LIVE.value}/{{recovery_id}}/{{seal}}"

    @router.get(live, include_in_schema=False)
    def linked(recovery_id: str, seal: str, request: Request) -> Response:
        """Show the live page to whoever has its link."""
        shown = (recovery_id, seal)
        return behind(
            parts, LinkPurpose.LIVE, shown, request, lambda _: _page(recovery_id, f"{seal}/{_DATA}")
        )

    @router.get(f"{live}/{_DATA}", include_in_schema=False)
    def data(recovery_id: str, seal: str, request: Request) -> Response:
        """Give the page its figures."""
        shown = (recovery_id, seal)

        def figures(_of: str) -> Response:
            return JSONResponse(reader.read(recovery_id).as_json(), headers=PRIVATE)

        return behind(parts, LinkPurpose.LIVE, shown, request, figures)


def _link(parts: Parts, recovery_id: str) -> str:
    if parts.link_key is None:
        raise ProblemError(404, "This gateway gives out no links, so there is no live page.")
    until = expiry(parts.clock.now(), parts.settings.link_days)
    return link(parts.link_key(), LinkPurpose.LIVE, recovery_id, until)


def _page(recovery_id: str, source: str) -> Response:
    made, policy = page(recovery_id, source)
    return HTMLResponse(made, headers=PRIVATE | {"Content-Security-Policy": policy})
