"""POST /v1/recoveries and GET /v1/requests/{id}: a wish, and how it goes on."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Response

from deployments.gateway.forms import RecoveryIn, RequestDetail, RequestOut
from deployments.gateway.guard import Operator, Reader
from deployments.gateway.openapi import errors
from deployments.gateway.parts import Parts
from deployments.gateway.problems import UNUSABLE, ProblemError
from deployments.gateway.shown import request_detail, request_out
from deployments.gateway.workspaces import effective, request_for, requested
from models.disposition.only import OnlyPeople
from models.hooks.order import HookState
from models.hooks.request import RecoveryRequest
from models.hooks.tokens import Caller
from models.hooks.values import shortened
from models.masking.quotes import plain_word
from tasks.ledger.inbox import inbox
from tasks.runtime.settings.settings import SettingsError

Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=120,
        pattern=r"^[A-Za-z0-9_.:-]+$",
        description="The same key with the same body is one request, however often it is sent",
    ),
]


def make_router(parts: Parts, kick: Callable[[], None]) -> APIRouter:
    """Return the door."""
    router = APIRouter(tags=["recoveries"])

    @router.post(
        "/v1/recoveries",
        summary="Ask for a recovery",
        status_code=202,
        response_model=RequestOut,
        responses=errors(400, 401, 403, 408, 409, 413, 422, 429, 503),
    )
    def ask(wish: RecoveryIn, response: Response, caller: Operator, key: Key = None) -> Any:
        """Write the wish down and answer; the run is started afterwards. Scope: operate.

        A wish for a job that is asked for or being recovered already joins that one. 409 says that the
        idempotency key was used for another wish, that `contacts` is no file of this job, or that what is
        under way is not for its people alone.
        """
        asked = _incoming(parts, wish, caller, key or "")
        taken = inbox.receive(parts.ledger, asked, parts.window, parts.tickets)
        if taken.row.state == HookState.RECEIVED.value:
            kick()
        response.headers["Location"] = f"/v1/requests/{taken.row.id}"
        return request_out(taken.row)

    @router.get(
        "/v1/requests/{request_id}",
        summary="Show how a request goes on",
        response_model=RequestDetail,
        responses=errors(401, 403, 404, 422, 429, 503),
    )
    def show(
        request_id: Annotated[str, Path(pattern="^h_[0-9a-f]{16}$", description="Id of the request")],
        caller: Reader,
    ) -> Any:
        """Show one request, a hook's too, with its run and recovery once there are any. Scope: read."""
        return request_detail(parts, request_for(parts, request_id, caller))

    return router


def _incoming(parts: Parts, wish: RecoveryIn, caller: Caller, key: str) -> inbox.Incoming:
    workspace, name = effective(parts, wish.workspace, caller), plain_word(caller.name)
    return inbox.Incoming(
        source=f"api:{name}",
        delivery_id=shortened(key),
        workspace=workspace,
        again=True,
        ask=RecoveryRequest(
            job_id=wish.job_id,
            workspace=requested(parts, workspace),
            ticket=wish.ticket,
            approval=wish.approval,
            operator_fixed=wish.operator_fixed,
            requested_by=f"api {name}",
            contacts=wish.contacts,
        ),
        only=_people(parts, workspace, wish),
    )


def _people(parts: Parts, workspace: str, wish: RecoveryIn) -> OnlyPeople | None:
    try:
        return parts.handed_people(workspace, wish.job_id, wish.contacts) if wish.contacts else None
    except SettingsError:
        raise ProblemError(503, UNUSABLE) from None
