"""Every error of the gateway as application/problem+json (RFC 9457), without what was sent."""

import logging
import re
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from models.errors import RingbackError
from models.masking.quotes import plain_word
from tasks.ledger.errors import (
    LedgerError,
    NoSuchPeopleError,
    NoSuchRecoveryError,
    NothingToDecideError,
    NotKeptBackError,
    OldListError,
    OtherPeopleError,
)
from tasks.ledger.inbox.inbox import KeyReusedError, NoSuchRequestError

log = logging.getLogger("ringback.gateway")

MEDIA = "application/problem+json"
RETRY_SECONDS = "5"
UNUSABLE = "The settings of this workspace cannot be used: `ringback doctor` beside the gateway says why."
_OUR_NAME = re.compile(r"[a-z_]{1,40}|\d{1,4}")


class FieldTrouble(BaseModel):
    """One field that cannot be used."""

    field: str = Field(description="Where it stands")
    message: str = Field(description="What is wrong with it; the value itself is not repeated")


class ProblemOut(BaseModel):
    """What went wrong, in words."""

    type: str = Field(description="Which kind of problem it is, for programs")
    title: str = Field(description="The kind in words")
    status: int = Field(description="The HTTP status")
    detail: str = Field(description="What happened and what to do")
    errors: list[FieldTrouble] = Field(default=[], description="Each field that cannot be used")


class ProblemError(RingbackError):
    """An answer that is no success."""

    next_action = "Correct the request as the problem says in detail, then send it again."

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, headers


def answer(
    status: int,
    detail: str,
    headers: dict[str, str] | None = None,
    errors: list[dict[str, str]] | None = None,
) -> JSONResponse:
    """Return a problem as a response."""
    title = HTTPStatus(status).phrase
    body = ProblemOut.model_validate(
        {
            "type": f"urn:ringback:problem:{title.lower().replace(' ', '-')}",
            "title": title,
            "status": status,
            "detail": detail,
            "errors": errors or [],
        }
    )
    return JSONResponse(body.model_dump(), status, headers, MEDIA)


def install(app: FastAPI) -> None:
    """Let the application answer every error this way."""
    app.exception_handler(ProblemError)(_problem)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(RequestValidationError)(_invalid)
    app.exception_handler(LedgerError)(_ledger)
    app.exception_handler(Exception)(_unforeseen)


async def _problem(_request: Request, error: ProblemError) -> JSONResponse:
    return answer(error.status, error.detail, error.headers)


_SAID = {
    400: "The body is no JSON in UTF-8.",
    404: "There is nothing under this address. /openapi.json lists what there is.",
    405: "This address does not take that method; the Allow header says which it takes.",
}


async def _http(_request: Request, error: HTTPException) -> JSONResponse:
    return answer(error.status_code, _SAID.get(error.status_code, error.detail), dict(error.headers or {}))


_MISSING = {
    "plan_hash": "An approval names the plan that was read: `plan_hash` of GET /v1/recoveries/{id}.",
    "list_state": "A decision names the list that was read: `list_state` of GET "
    "/v1/recoveries/{id}/decisions.",
}


async def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
    errors = [{"field": _place(one["loc"]), "message": _words(one)} for one in error.errors()[:50]]
    return answer(422, "The request cannot be used as it is; `errors` says why.", None, errors)


def _words(one: Any) -> str:
    missing = _MISSING.get(str(one["loc"][-1])) if one["type"] == "missing" and one["loc"] else None
    return missing or str(one["msg"]).removeprefix("Value error, ")


def _place(loc: Any) -> str:
    # A caller's own key may be anything, a number too: only names of ours are repeated.
    parts = [str(part) for part in loc]
    return ".".join(part if _OUR_NAME.fullmatch(part) else "(a field we do not know)" for part in parts)


_STATUS: tuple[tuple[type[LedgerError], int], ...] = (
    (NoSuchRecoveryError, 404),
    (NoSuchRequestError, 404),
    (NothingToDecideError, 409),
    (NotKeptBackError, 409),
    (OldListError, 409),
    (KeyReusedError, 409),
    (OtherPeopleError, 409),
    (NoSuchPeopleError, 409),
)


async def _ledger(_request: Request, error: LedgerError) -> JSONResponse:
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 503)
    # A sentence may repeat what the caller has named, and that may be a number.
    words = plain_word(str(error))
    return answer(status, words, {"Retry-After": RETRY_SECONDS} if status == 503 else None)  # noqa: PLR2004


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    # The message may hold anything; its kind and the address say enough to look for it.
    log.error("An unforeseen %s at %s.", type(error).__name__, request.scope.get("route", "an address"))
    return answer(500, "An unforeseen fault of the gateway; nothing was started. Please report it.")
