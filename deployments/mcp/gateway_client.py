"""One request to the gateway and its answer: every tool is one, so that every rule of the API holds."""

from typing import Any

import httpx

from models.errors import EXIT_USAGE, RingbackError

SECONDS = 30.0


class GatewayAnswerError(RingbackError):
    """The gateway refused a request or could not be asked; the message says why."""

    exit_code = EXIT_USAGE
    next_action = "Do what the message says; nothing was changed by the request that was refused."


class GatewayClient:
    """The gateway's API under one token."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http

    async def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Return what stands at a place; parameters without a value are left out."""
        return await self._ask("GET", path, params={k: v for k, v in query.items() if v not in (None, "")})

    async def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Send a body and return the answer."""
        return await self._ask("POST", path, json=body)

    async def _ask(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        try:
            response = await self._http.request(method, path, **given)
            told: Any = response.json()
        except httpx.HTTPError as error:
            # Its text may hold the address with a password: its kind says enough.
            raise GatewayAnswerError(
                f"The gateway at {self._where} does not answer ({type(error).__name__}). Is `ringback up` or "
                "`ringback gateway` running there?"
            ) from None
        except ValueError:
            raise GatewayAnswerError(
                f"What answers at {self._where} is no gateway of ringback: it sent no JSON."
            ) from None
        if response.is_success and isinstance(told, dict):
            return told
        raise GatewayAnswerError(_said(response.status_code, told))

    @property
    def _where(self) -> str:
        return f"{self._http.base_url.host}:{self._http.base_url.port or ''}".rstrip(":")


def _said(status: int, told: Any) -> str:
    problem = told if isinstance(told, dict) else {}
    fields = "; ".join(f"{one.get('field')}: {one.get('message')}" for one in problem.get("errors") or [])
    said = str(problem.get("detail") or f"The gateway answered {status}.")
    return f"{said} ({fields})" if fields else said
