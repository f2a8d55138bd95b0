"""The start of one call, with a token: the same request within the hour makes no second call."""

import json
import re

import httpx

from models.platform import (
    Draft,
    Started,
    SubmitOutcomeUnknownError,
    SubmitRefusedContactError,
    SubmitRefusedError,
)
from tasks.clock import Clock
from tasks.platforms.http import redirected, retry_after, short
from tasks.platforms.retell.calls import NAME
from tasks.platforms.retell.wire import request
from tasks.platforms.sending import MOVED, NOT_SENT

CREATE = "/v2/create-phone-call"
WHY = {
    401: "the key is missing or wrong",
    402: "the workspace has to pay first",
    403: "the key may not start calls",
    404: "it knows no such address",
    422: "it knows no such agent or number under this key",
}
"""Refusals of the set-up: nobody can be called before a person has put it right."""
BAD_REQUEST, TOO_MANY, CREATED = 400, 429, 201
_UNWANTED = re.compile(r"do[\s_-]?not[\s_-]?(?:call|contact)|\bdnc\b", re.IGNORECASE)


class RetellStarter:
    """Starts calls in one workspace, each by one request that nothing here tries again."""

    def __init__(self, client: httpx.Client, clock: Clock) -> None:
        self._http = client
        self._clock = clock

    def start(self, draft: Draft) -> Started:
        """Start one call: 201 is accepted, documented refusals are refusals, all else may have called."""
        body = json.dumps(request(draft), allow_nan=False).encode()
        try:
            response = self._http.post(CREATE, content=body, headers={"content-type": "application/json"})
        except NOT_SENT:
            raise SubmitRefusedError(f"{NAME} could not be reached; nothing was sent.") from None
        except httpx.HTTPError as error:
            words = f"the answer to the call was lost ({type(error).__name__})"
            raise SubmitOutcomeUnknownError(words) from None
        return self._read(response)

    def _read(self, response: httpx.Response) -> Started:
        code = response.status_code
        if response.is_success:
            return _started(response)
        if code in WHY:
            raise SubmitRefusedError(f"{NAME} refused to call ({code}): {WHY[code]}.", fatal=True)
        if code == BAD_REQUEST:
            words = short(response)
            told = f"{NAME} refused this contact (400: {words})"
            raise SubmitRefusedContactError(told, unwanted=bool(_UNWANTED.search(words)))
        if code == TOO_MANY:
            asked = retry_after(response, self._clock.now())
            raise SubmitRefusedError(f"{NAME} is at its limit and took nothing (429).", retry_after=asked)
        if code in MOVED:
            raise SubmitRefusedError(redirected(NAME, response), fatal=True)
        raise SubmitOutcomeUnknownError(f"the request for the call was answered with {code}")


def _started(response: httpx.Response) -> Started:
    """Return what an answer says: 201 is accepted however it reads, another success by its call's id."""
    try:
        body = response.json()
        call_id, status = body.get("call_id"), body.get("call_status")
    except (ValueError, AttributeError):
        call_id = status = None
    if isinstance(call_id, str) and call_id:
        return Started(str(status or "created"), call_id=call_id)
    if response.status_code == CREATED:
        return Started("created")
    raise SubmitOutcomeUnknownError(
        f"the request for the call was answered with {response.status_code} alone"
    )
