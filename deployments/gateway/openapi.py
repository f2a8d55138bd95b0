"""The description of the API: documented errors, all of them problems."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from deployments.gateway.problems import MEDIA, ProblemOut

_SAYS = {
    400: "The body cannot be read: no JSON object in UTF-8, or no whole form",
    401: "The signature or the token does not fit",
    403: "The token lacks the scope, or the hook is about another workspace",
    404: "There is no such thing",
    408: "The body came in too slowly",
    409: "It does not fit what the ledger says now; for Zendesk: send it again",
    410: "It was there and is gone",
    413: "The body is larger than the limit",
    415: "The body is of another kind; this door takes a form with files",
    422: "A field cannot be used; `errors` names it",
    429: "Too many calls in a minute; Retry-After says when",
    503: "The ledger does not answer; send it again",
}
_DESCRIPTION = """Ticketing systems send hooks, programs and people call the API; both only ever ask. What was
asked for is written down before it is answered, and started from there as a Prefect run. Every error is
application/problem+json."""


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return the documentation of errors."""
    return {status: {"model": ProblemOut, "description": _SAYS[status]} for status in statuses}


def describe(app: FastAPI) -> None:
    """Let the application describe its errors under their true media type."""

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            made = get_openapi(
                title=app.title, version=app.version, description=_DESCRIPTION, routes=app.routes, tags=TAGS
            )
            app.openapi_schema = _with_problems(made)
        return app.openapi_schema

    app.openapi = document  # type: ignore[method-assign]


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    problem = {"schema": {"$ref": "#/components/schemas/ProblemOut"}}
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if int(status) >= 400:  # noqa: PLR2004  the errors begin here
                    response["content"] = {MEDIA: problem}
                if status == "422":
                    response["description"] = _SAYS[422]
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    return document


TAGS = [
    {"name": "hooks", "description": "Signed hooks of ticketing systems"},
    {"name": "recoveries", "description": "Ask for recoveries, see them, decide about them"},
    {"name": "platforms", "description": "Webhooks of platforms that tell what became of calls"},
    {"name": "handovers", "description": "What operators see of jobs that no program can read"},
    {"name": "suppressions", "description": "Numbers that nobody dials"},
    {"name": "health", "description": "Whether the gateway works"},
]
