"""POST /v1/suppressions: a number that no recovery dials from now on."""

from typing import Any

from fastapi import APIRouter

from deployments.gateway.forms import SuppressionIn, SuppressionOut
from deployments.gateway.guard import Operator
from deployments.gateway.openapi import errors
from deployments.gateway.parts import Parts
from deployments.gateway.problems import ProblemError
from deployments.gateway.workspaces import effective
from models.contacts.phones.normalise import normalise
from models.masking.quotes import plain_word
from models.masking.redaction import mask_phone
from tasks.ledger import plans


def make_router(parts: Parts) -> APIRouter:
    """Return the door."""
    router = APIRouter(tags=["suppressions"])

    @router.post(
        "/v1/suppressions",
        summary="Suppress a number",
        status_code=201,
        response_model=SuppressionOut,
        responses=errors(400, 401, 403, 408, 413, 422, 429, 503),
    )
    def suppress(wish: SuppressionIn, caller: Operator) -> Any:
        """Put a number on the suppression list; waves that are not yet sent leave it out. Scope: operate."""
        number = normalise(wish.phone, parts.region)
        phone = number.e164 or number.person
        if phone is None:
            raise ProblemError(422, f"The number cannot be suppressed: {number.problem}.")
        workspace = effective(parts, wish.workspace, caller)
        why = f"{plain_word(wish.reason)} (token {caller.name})"
        with parts.ledger.write() as session:
            fresh = plans.suppress(session, workspace, [phone], why, parts.ledger)
        return {"phone": mask_phone(phone), "workspace": workspace, "fresh": bool(fresh)}

    return router
