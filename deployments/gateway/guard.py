"""Who may call the API: a token in the Authorization header, its scopes, and a limit for each."""

from collections.abc import Callable
from typing import Annotated

import anyio.to_thread
from fastapi import Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from deployments.gateway.limits import Buckets
from deployments.gateway.parts import Parts
from deployments.gateway.problems import ProblemError, answer
from models.hooks.tokens import EVERY, Caller
from models.hooks.tokens import Scope as Right
from tasks.ledger.errors import LedgerError
from tasks.ledger.inbox import tokens

GUARDED, METRICS = "/v1/", "/metrics"
_WORDS = "Give a token of this gateway as `Authorization: Bearer rb_...`; `ringback token add` makes one."
_shown = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="A token made by `ringback token add`, with the scopes read, operate or approve.",
)
_Credentials = Annotated[HTTPAuthorizationCredentials | None, Security(_shown)]


class Guard:
    """Stands before all under /v1/, and /metrics if so set: nothing of a stranger's request is read."""

    def __init__(self, app: ASGIApp, parts: Parts) -> None:
        self._app, self._parts, self._buckets = app, parts, Buckets(parts.clock)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a known caller through within its limit."""
        if scope["type"] != "http" or not self._is_guarded(scope["path"]):
            await self._app(scope, receive, send)
            return
        found = await self._judge(scope)
        if isinstance(found, Response):
            await found(scope, receive, send)
            return
        scope.setdefault("state", {})["caller"] = found
        await self._app(scope, receive, send)

    def _is_guarded(self, path: str) -> bool:
        return path.startswith(GUARDED) or (self._parts.settings.metrics_token and path == METRICS)

    async def _judge(self, scope: Scope) -> Caller | Response:
        kind, _, text = Headers(scope=scope).get("authorization", "").partition(" ")
        try:
            caller = None
            if kind.lower() == "bearer":
                caller = await anyio.to_thread.run_sync(tokens.caller, self._parts.ledger, text.strip())
        except LedgerError as error:
            return answer(503, str(error), {"Retry-After": "5"})
        rules = self._parts.settings
        if caller is None:
            address = (scope.get("client") or ("nobody",))[0]
            wait = self._buckets.wait(f"stranger {address}", rules.failures_per_minute)
            return _slower(wait) if wait else answer(401, _WORDS, {"WWW-Authenticate": "Bearer"})
        wait = self._buckets.wait(f"token {caller.token_id}", rules.calls_per_minute)
        return _slower(wait) if wait else caller


def _slower(seconds: float) -> Response:
    return answer(429, "Too many calls in a minute.", {"Retry-After": str(int(seconds) + 1)})


def check_figures(caller: Caller) -> None:
    """Refuse a token that may not see the figures, which are of all workspaces; raises ProblemError."""
    if Right.READ not in caller.scopes or not caller.speaks_for(EVERY):
        raise ProblemError(403, f"Token {caller.name!r} lacks the scope 'read' for every workspace (`*`).")


def _needs(right: Right) -> Callable[..., Caller]:
    """Return a dependency that gives the caller, and refuses one whose token lacks a scope."""

    def check(request: Request, _given: _Credentials) -> Caller:
        caller: Caller = request.state.caller
        if right not in caller.scopes:
            raise ProblemError(403, f"Token {caller.name!r} lacks the scope {right.value!r}.")
        return caller

    return check


Reader = Annotated[Caller, Security(_needs(Right.READ))]
Operator = Annotated[Caller, Security(_needs(Right.OPERATE))]
Approver = Annotated[Caller, Security(_needs(Right.APPROVE))]
"""Callers with the scope that a door asks for."""
