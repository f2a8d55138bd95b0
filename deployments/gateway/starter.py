"""Starting a run: one Protocol, and Prefect's REST API behind it."""

import os
from typing import Any, Protocol
from urllib.parse import quote

import httpx

from models.errors import RingbackError
from models.hooks.order import StartRequest
from models.masking.quotes import without_numbers
from tasks.prefect_api.rest import UNLISTED

FLOW, DEPLOYMENT = "Recover a batch job", "recover"
SECONDS = 10.0
_NOT_STARTED = frozenset({"REJECT", "ABORT", "WAIT"})
_OVER = frozenset({"FAILED", "CRASHED", "CANCELLED", "CANCELLING"})
_FINAL = frozenset({400, 409, 422})
"""Prefect's answers to parameters or a body that it will not take however often it is asked."""


class RetryableStartError(RingbackError):
    """The run could not be started yet, or it is not known; the same key may be sent again."""

    next_action = "Wait: the run is started again by itself."


class PermanentStartError(RingbackError):
    """The run will not be started by asking again; the message says why."""

    next_action = "Correct what the message names, then send the request again."


class Starter(Protocol):
    """Starts runs."""

    def start(self, order: StartRequest) -> str:
        """Start the run of an order and return its id; the same key never starts a second one.

        Raises RetryableStartError or PermanentStartError with a sentence.
        """
        ...


class PrefectStarter:
    """Starts runs of the deployment over Prefect's REST API."""

    def __init__(
        self,
        url: str,
        *,
        auth: str = "",
        transport: httpx.BaseTransport | None = None,
        seconds: float = SECONDS,
    ) -> None:
        user, _, password = auth.partition(":")
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            auth=(user, password) if auth else None,
            transport=transport,
            timeout=seconds,
        )
        self._deployment: str | None = None

    @property
    def url(self) -> httpx.URL:
        """Return where Prefect is."""
        return self._client.base_url

    def lacks(self) -> str | None:
        """Say what keeps every run from being started, None where nothing does."""
        try:
            self._look_up()
        except RetryableStartError as error:
            return str(error)
        except httpx.HTTPError as error:
            return f"Prefect does not answer ({type(error).__name__})."
        return None

    def start(self, order: StartRequest) -> str:
        """Create the flow run, or find the one that this key has created before."""
        body = {
            "parameters": {"request": order.request},
            "idempotency_key": order.key,
            "tags": list(order.tags),
            **UNLISTED,
        }
        try:
            answered = self._client.post(f"/deployments/{self._id()}/create_flow_run", json=body)
        except httpx.HTTPError as error:
            raise RetryableStartError(
                f"Prefect does not answer ({type(error).__name__}); tried again later."
            ) from None
        return self._judged(answered, order)

    def _id(self) -> str:
        if self._deployment is None:
            self._deployment = self._look_up()
        return self._deployment

    def _look_up(self) -> str:
        answered = self._client.get(f"/deployments/name/{quote(FLOW)}/{quote(DEPLOYMENT)}")
        if answered.status_code == httpx.codes.NOT_FOUND:
            raise RetryableStartError(
                f"Prefect has no deployment {FLOW}/{DEPLOYMENT} yet; `ringback up` makes it."
            )
        return str(_document(answered)["id"])

    def _judged(self, answered: httpx.Response, order: StartRequest) -> str:
        if answered.status_code == httpx.codes.NOT_FOUND:
            self._deployment = None  # it was deployed anew: the name leads to the new one
            raise RetryableStartError("The deployment is gone; looked up again later.")
        if answered.status_code in _FINAL:
            raise PermanentStartError(
                f"Prefect refused the run ({answered.status_code}): {_reason(answered)}"
            )
        run = _document(answered)
        if str(run.get("status")) in _NOT_STARTED:
            raise RetryableStartError("Prefect answered, and did not start the run; tried again later.")
        fresh = answered.status_code == httpx.codes.CREATED
        state = run.get("state") or {}
        if fresh and state.get("type") in _OVER:
            raise PermanentStartError(
                f"Prefect made the run and ended it at once ({state.get('name')}). Start it by hand."
            )
        if _request(run) != order.request:
            raise PermanentStartError("Prefect answered with the run of another request. Start it by hand.")
        return str(run["id"])


def _document(answered: httpx.Response) -> dict[str, Any]:
    if answered.status_code in {401, 403}:
        raise RetryableStartError(
            "Prefect refuses our credentials; check PREFECT_API_AUTH_STRING. Tried again later."
        )
    if not answered.is_success:
        raise RetryableStartError(f"Prefect answered {answered.status_code}; tried again later.")
    try:
        found = answered.json()
    except ValueError:
        found = None
    if not isinstance(found, dict) or "id" not in found:
        raise RetryableStartError("What answers at PREFECT_API_URL is no Prefect server; tried again later.")
    return found


def _request(run: dict[str, Any]) -> Any:
    """Return our parameter as the run holds it, which shows a key that was used before."""
    return (run.get("parameters") or {}).get("request")


def _reason(answered: httpx.Response) -> str:
    try:
        said = str(answered.json().get("detail", ""))
    except (ValueError, AttributeError):
        said = ""
    # It may repeat parameters, as a validator does.
    return without_numbers(said)[:300] or "without a reason."


def prefect_url() -> str:
    """Return the address of the server that Prefect's own variables name."""
    return os.environ.get("PREFECT_API_URL", "") or "http://127.0.0.1:4200/api"


def prefect_starter() -> PrefectStarter:
    """Return a starter for the server that Prefect's own variables name."""
    return PrefectStarter(prefect_url(), auth=os.environ.get("PREFECT_API_AUTH_STRING", ""))
