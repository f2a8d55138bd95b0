"""POST /platforms/{workspace}/voqo: what became of calls; verified, written down, answered."""

from typing import Annotated

import anyio.to_thread
from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from deployments.gateway.openapi import errors
from deployments.gateway.parts import Parts
from deployments.gateway.problems import ProblemError, log
from models.handovers.tables import person
from models.handovers.webhooks import STAMP, NoEventError, ToldCall, read, trouble
from models.tables.handovers import HeardCall
from tasks.ledger import calls
from tasks.ledger.errors import LedgerError

PLATFORM = "voqo"


class HeardOut(BaseModel):
    """What was done with a webhook."""

    taken: bool = Field(description="False for a repeated one, and for events that are no ended call")


def make_router(parts: Parts) -> APIRouter:
    """Return the door for the webhooks of platforms."""
    router = APIRouter(tags=["platforms"])

    @router.post(
        "/platforms/{workspace}/voqo",
        summary="Take a webhook of Voqo",
        status_code=202,
        response_model=HeardOut,
        responses=errors(400, 401, 404, 408, 413, 503),
        openapi_extra={
            "requestBody": {
                "required": True,
                "description": "Voqo's own event; of a call its outcome is kept, and nothing said in it",
                "content": {"application/json": {"schema": {}}},
            }
        },
    )
    async def take(
        workspace: Annotated[str, Path(description="Voqo's id of the workspace, as in the settings")],
        request: Request,
    ) -> JSONResponse:
        """Take a signed webhook and answer once it is written down; one that came twice counts once."""
        secret = parts.webhooks.get(workspace)
        if secret is None:
            raise ProblemError(404, "No workspace of this name takes webhooks of Voqo; see platform-voqo.md.")
        headers = {key.lower(): value for key, value in request.headers.items()}
        body = await request.body()
        if why := trouble(secret, body, headers, parts.clock.now()):
            log.warning("A webhook for workspace %s was refused. %s", workspace, why)
            raise ProblemError(401, why)
        told = _read(body, headers[STAMP])
        taken = told is not None and await anyio.to_thread.run_sync(_keep, parts, workspace, told)
        return JSONResponse({"taken": taken}, 202)

    return router


def _read(body: bytes, stamp: str) -> ToldCall | None:
    try:
        return read(body, stamp)
    except NoEventError as error:
        raise ProblemError(400, str(error)) from None


def _keep(parts: Parts, workspace: str, told: ToldCall) -> bool:
    row = HeardCall(
        workspace=workspace,
        platform=PLATFORM,
        delivery_id=told.delivery_id,
        call_id=told.call_id,
        agent_id=told.agent_id,
        person=person(told.phone, parts.region),
        outbound=told.outbound,
        status=told.status,
        error=told.error,
        seconds=told.seconds,
        started_at=told.started_at,
        ended_at=told.ended_at,
        received_at=parts.clock.now(),
    )
    try:
        return calls.hear(parts.ledger, row)
    except LedgerError as error:
        raise ProblemError(503, str(error), {"Retry-After": "5"}) from None
