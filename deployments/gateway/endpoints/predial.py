"""POST /platforms/{workspace}/vapi/{marker}: may this person be called now? Fails closed, answers fast."""

from typing import Annotated

import anyio
import anyio.to_thread
from fastapi import APIRouter, Path, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from deployments.gateway.openapi import errors
from deployments.gateway.parts import Parts, PredialDoor
from deployments.gateway.problems import ProblemError, log
from models.errors import RingbackError
from models.handovers.predial import Question, is_authentic, read
from models.handovers.webhooks import NoEventError
from models.plan.markers import read_marker
from tasks.dispatch.asked.eligible import refusal
from tasks.ledger.people.granted import WaveName
from tasks.marks import struck

PLATFORM = "vapi"
AT_ONCE = 4
"""Questions that are looked up side by side; each is a few reads of single rows and one write."""
MOST_WAITING = 400
"""Questions that may wait; by then the platform's own time is nearly over, and no answer is no call."""


class EligibleOut(BaseModel):
    """The answer that the platform asks for."""

    eligible: bool = Field(description="True for one call to this person; anything else makes none")


class Questions:
    """Looks questions up, so many at a time, and turns away what is more than can wait."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._limiter = anyio.CapacityLimiter(AT_ONCE)
        self._waiting = 0

    async def ask(self, workspace: str, marker: str, question: Question, door: PredialDoor) -> str:
        """Return why a call may not be made, empty where it may; raises ProblemError if nobody can tell."""
        if self._waiting >= MOST_WAITING:
            struck("predial.overload")
            raise ProblemError(503, "Too many questions at a time.", {"Retry-After": "5"})
        self._waiting += 1
        try:
            return await anyio.to_thread.run_sync(
                self._look, workspace, marker, question, door, limiter=self._limiter
            )
        finally:
            self._waiting -= 1

    def _look(self, workspace: str, marker: str, question: Question, door: PredialDoor) -> str:
        try:
            whose = WaveName(PLATFORM, workspace, marker)
            return refusal(self._parts.ledger, whose, question, door.opted_out)
        except RingbackError as error:
            log.warning("A question about a call could not be answered: %s", error)
            raise ProblemError(503, str(error), {"Retry-After": "5"}) from None


def make_router(parts: Parts) -> APIRouter:
    """Return the door for questions before calls."""
    router = APIRouter(tags=["platforms"])
    questions = Questions(parts)

    @router.post(
        "/platforms/{workspace}/vapi/{marker}",
        summary="Answer Vapi before it calls somebody",
        response_model=EligibleOut,
        responses=errors(400, 401, 404, 408, 413, 503),
        openapi_extra={
            "requestBody": {
                "required": True,
                "description": "Vapi's own campaign.predial message; nothing of it but ids is kept",
                "content": {"application/json": {"schema": {}}},
            }
        },
    )
    async def ask(
        workspace: Annotated[str, Path(description="The workspace, as the campaign was told")],
        marker: Annotated[str, Path(description="The marker of the wave that the campaign is")],
        request: Request,
    ) -> JSONResponse:
        """Say yes once for who waits in this wave and may be called now; whatever is no yes makes no call."""
        door = parts.predials.get(workspace)
        if door is None:
            raise ProblemError(404, "No workspace of this name is asked before calls; see platform-vapi.md.")
        headers = {key.lower(): value for key, value in request.headers.items()}
        if not is_authentic(door.secret, headers):
            log.warning("A question about a call of workspace %s held no secret of it.", workspace)
            raise ProblemError(401, "The request does not hold the secret of this workspace.")
        try:
            question = read(await request.body())
        except NoEventError as error:
            raise ProblemError(400, str(error)) from None
        if read_marker(marker) is None:
            return JSONResponse({"eligible": False})
        if why := await questions.ask(workspace, marker, question, door):
            log.info("No call of wave %s: %s.", marker, why)
        return JSONResponse({"eligible": not why})

    return router
