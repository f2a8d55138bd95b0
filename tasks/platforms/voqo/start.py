"""The start of one call: the only write that Voqo has, without a key that would make it safe to repeat."""

from urllib.parse import quote

import httpx

from models.handovers.reports import read_moment
from models.platform import (
    Draft,
    Started,
    SubmitOutcomeUnknownError,
    SubmitRefusedContactError,
    SubmitRefusedError,
)
from tasks.platforms.http import short
from tasks.platforms.sending import NOT_SENT

NAME = "Voqo"
CREATED = 201
WHY = {
    401: "the key is wrong",
    403: "the key lacks the scope start_call, or is another workspace's",
    404: "it knows no such workspace, agent or number",
}
"""Refusals of the set-up: nobody can be called before a person has put it right."""
BAD_NUMBER = 422


class VoqoStarter:
    """Starts calls in one workspace; `transport` is the seam for tests."""

    def __init__(
        self,
        url: str,
        key: str,
        workspace: str,
        *,
        transport: httpx.BaseTransport | None = None,
        timeout: float = 20.0,
    ) -> None:
        """Open a client that follows no redirect and tries nothing again."""
        self._workspace = workspace
        self._key = key
        self._http = httpx.Client(
            base_url=url, headers={"authorization": f"Bearer {key}"}, timeout=timeout, transport=transport
        )

    def __repr__(self) -> str:
        """Name the address and never the key."""
        return f"VoqoStarter({self._http.base_url})"

    def start(self, draft: Draft) -> Started:
        """Start one call, once: 201 is accepted, four answers are refusals, all else may have called."""
        if not self._key:
            raise SubmitRefusedError("RINGBACK_PLATFORM_KEY is not set: no call can be started.", fatal=True)
        (contact,) = draft.contacts
        body = {
            "to_phone": contact.phone,
            "from_phone": draft.source.number_id,
            "parameters": {name: str(value) for name, value in contact.payload.items()},
        }
        try:
            response = self._http.post(self._path(draft), json=body)
        except NOT_SENT:
            raise SubmitRefusedError(f"{NAME} could not be reached; nothing was sent.") from None
        except httpx.HTTPError as error:
            raise SubmitOutcomeUnknownError(
                f"the answer to the call was lost ({type(error).__name__})"
            ) from None
        return _read(response)

    def _path(self, draft: Draft) -> str:
        workspace, agent = quote(self._workspace, safe=""), quote(draft.source.agent_id or "", safe="")
        return f"/api/v1/workspaces/{workspace}/agents/{agent}/start-call"

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()


def _read(response: httpx.Response) -> Started:
    code = response.status_code
    if code == CREATED:
        return _started(response)
    if code in WHY:
        raise SubmitRefusedError(f"{NAME} refused to call ({code}): {WHY[code]}.", fatal=True)
    if code == BAD_NUMBER:
        raise SubmitRefusedContactError(f"{NAME} refused the number (422: {short(response)})")
    raise SubmitOutcomeUnknownError(f"the request for the call was answered with {code}")


def _started(response: httpx.Response) -> Started:
    # Accepted is accepted, however the body reads.
    try:
        body = response.json()
        return Started(str(body.get("status") or "created"), read_moment(str(body.get("created_at") or "")))
    except (ValueError, AttributeError):
        return Started("created")
