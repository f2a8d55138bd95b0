"""GET /links/...: what a person sees who clicks on a signed link in a ticket, without a token."""

from collections.abc import Callable
from html import escape
from pathlib import Path as FilePath

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, HTMLResponse, PlainTextResponse, Response

from deployments.gateway.parts import Parts
from models.errors import RingbackError
from models.messages.links import ROOT, ExpiredLinkError, ForgedLinkError, LinkPurpose, opened
from tasks.ledger import pages

PRIVATE = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
"""What every answer to a link has: nobody keeps it, and nobody is told where the reader came from."""
_GONE = (
    "The package of recovery {id} that this link is of is not on this machine any more. "
    "`ringback escalate {id}` builds it anew."
)
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" \
content="width=device-width"><meta name="color-scheme" content="light dark"><title>ringback</title>
<body style="font:1rem/1.5 system-ui,sans-serif;max-width:40rem;margin:3rem auto;padding:0 1rem">
<h1 style="font-size:1.2rem">ringback</h1><p>{words}</p></body></html>
"""


def make_router(parts: Parts) -> APIRouter:
    """Return the doors that a signature opens."""
    router = APIRouter(prefix=ROOT, include_in_schema=False)

    @router.get("/package/{recovery_id}/{seal}")
    def package(recovery_id: str, seal: str, request: Request) -> Response:
        """Download the one package that the link is of."""
        return behind(parts, LinkPurpose.PACKAGE, (recovery_id, seal), request, _package(parts, recovery_id))

    @router.get("/{rest:path}")
    def anything_else(request: Request, rest: str) -> Response:  # noqa: ARG001  it is not repeated
        """Say in words that a link was cut short."""
        return sentence(request, f"This link is not whole. {ForgedLinkError.next_action}", 404)

    return router


def behind(
    parts: Parts,
    purpose: LinkPurpose,
    link: tuple[str, str],
    request: Request,
    show: Callable[[str], Response],
) -> Response:
    """Return what a genuine link shows, else one sentence for whoever has clicked on it.

    `link` is the recovery's id and the seal; `show` is given what the link is of.
    """
    try:
        if parts.link_key is None:
            raise ForgedLinkError("This gateway gives out no links.")
        return show(opened(parts.link_key(), purpose, *link, parts.clock.now()))
    except RingbackError as error:
        return sentence(request, f"{error} {error.next_action}", _status(error))


def _status(error: RingbackError) -> int:
    if isinstance(error, ForgedLinkError):
        return 403
    return 410 if isinstance(error, ExpiredLinkError) else 503


def _package(parts: Parts, recovery_id: str) -> Callable[[str], Response]:
    def show(of: str) -> Response:
        row = pages.package_of(parts.ledger, recovery_id, of)
        if row is None or not FilePath(row.path).is_file():
            raise ExpiredLinkError(_GONE.format(id=recovery_id))
        headers = PRIVATE | {"X-Content-SHA256": row.sha256}
        name = f"{recovery_id}.zip"
        return FileResponse(row.path, media_type="application/zip", filename=name, headers=headers)

    return show


def sentence(request: Request, words: str, status: int) -> Response:
    """Return one sentence as a page for a browser, as plain text for everything else."""
    if "text/html" in request.headers.get("accept", ""):
        return HTMLResponse(_PAGE.format(words=escape(words)), status, PRIVATE)
    return PlainTextResponse(f"{words}\n", status, PRIVATE)
