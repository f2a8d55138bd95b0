"""Prefect's REST API as far as the doors need it, without importing Prefect, which takes seconds."""

import json
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote
from uuid import uuid4

import httpx

from models.errors import RingbackError
from tasks.prefect_api.server.process import BUSY_SECONDS, auth_of_environment, is_healthy, let_in
from tasks.runtime.settings.settings import Settings

FLOW, DEPLOYMENT = "Recover a batch job", "recover"
SWEEP_FLOW, SWEEP = "Sweep for stalled jobs", "sweep"
HEARTBEAT = "prefect.flow-run.heartbeat"
TAG = "recovery:"
"""How the tag of a run begins that names its recovery."""
ENDS = ("COMPLETED", "FAILED", "CANCELLED", "CRASHED")
TRIES = 20
"""Runs of one key that may end without having done their work before it is left to a person."""
PAUSES = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 15.0)
"""Seconds between two tries at a server that is too busy."""
SECONDS = httpx.Timeout(75, connect=10)
"""A Prefect server on SQLite that we have not started can stand still for 60 s, see
`tasks.prefect_api.server.garbage`."""
PEEK_SECONDS = 3.0
"""How long a question may take that is asked again after a poll."""
_CONFLICT, _NOT_FOUND, _INVALID = 409, 404, 422
Row = dict[str, Any]


class PrefectRefusedError(RingbackError):
    """Prefect does not take a request; the message is its own, with the field's name."""

    next_action = "Correct the field that Prefect names."


UNLISTED = {"enforce_parameter_schema": False}
"""What a program says of its request, which it has checked: its workspace may be newer than the form's list.

The flow checks it again, and refuses in words what is none.
"""


class PrefectRest:
    """One Prefect server; use it as a context manager. Raises httpx.HTTPError where it does not answer."""

    def __init__(
        self,
        url: str,
        transport: httpx.BaseTransport | None = None,
        *,
        auth: tuple[str, str] | None = None,
    ) -> None:
        """Ask as the environment says, or by another user and password."""
        self.url = url
        self._http = httpx.Client(
            base_url=url, timeout=SECONDS, auth=auth or auth_of_environment(), transport=transport
        )

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let go of the connection."""
        self._http.close()

    def deployment_id(self, flow: str = FLOW, name: str = DEPLOYMENT) -> str | None:
        """Return the id of a deployment, None where the server has no such one."""
        answer = self._send("GET", f"/deployments/name/{quote(flow)}/{quote(name)}")
        if answer.status_code == _NOT_FOUND:
            return None
        return str(self._body(answer)["id"])

    def create_run(self, deployment_id: str, parameters: Mapping[str, Any], key: str) -> Row:
        """Start a run of a deployment; a key that was used before returns the run that it has started."""
        body = {"parameters": dict(parameters), "idempotency_key": key, **UNLISTED}
        return self._row(self._send("POST", f"/deployments/{deployment_id}/create_flow_run", body))

    def start_once(self, deployment_id: str, parameters: Mapping[str, Any], key: str) -> Row | None:
        """Start a run under a key unless one that has not ended is there; None where too many ended in vain.

        However many starters ask at once, all of them get the same run.
        """
        for turn in range(TRIES):
            run = self.create_run(deployment_id, parameters, f"{key}:{turn}")
            if run["state_type"] not in ENDS:
                return run
        return None

    def runs_of(self, recovery_id: str) -> list[Row]:
        """Return the runs of a recovery that no other run has started, newest first."""
        tags = {"tags": {"all_": [f"{TAG}{recovery_id}"]}, "parent_task_run_id": {"is_null_": True}}
        return self.runs(tags, limit=50)

    def runs(self, wanted: Row, *, limit: int = 200) -> list[Row]:
        """Return flow runs by a filter, newest first."""
        body = {"flow_runs": wanted, "sort": "EXPECTED_START_TIME_DESC", "limit": limit}
        return list(self._body(self._send("POST", "/flow_runs/filter", body)))

    def peek(self, run_id: str) -> Row:
        """Return the state of a run as one quick question shows it, {} where the server knows no such run."""
        answer = self._http.get(f"/flow_runs/{run_id}", timeout=PEEK_SECONDS)
        if answer.status_code == _NOT_FOUND:
            return {}
        found: Row = answer.raise_for_status().json().get("state") or {}
        return found

    def heartbeat_age(self, run_id: str) -> float | None:
        """Return how many seconds ago the server has heard a run's newest heartbeat; None where it never has.

        Both moments are the server's own, whatever the clocks of other machines say.
        """
        wanted = {"event": {"name": [HEARTBEAT]}, "resource": {"id": [f"prefect.flow-run.{run_id}"]}}
        answer = self._send("POST", "/events/filter", {"filter": {**wanted, "order": "DESC"}, "limit": 1})
        found = self._body(answer)["events"]
        if not found:
            return None
        now = parsedate_to_datetime(answer.headers["date"])
        return (now - datetime.fromisoformat(found[0]["received"])).total_seconds()

    def resume(self, run_id: str, answers: Mapping[str, Any]) -> bool:
        """Resume a suspended run with a filled form; the status decides, a 200 may be a refusal."""
        answer = self._send("POST", f"/flow_runs/{run_id}/resume", {"run_input": dict(answers)})
        return str(self._body(answer).get("status")) == "ACCEPT"

    def set_state(self, run_id: str, kind: str, name: str, message: str) -> bool:
        """Put a run into a state, whatever the rules of orchestration say."""
        state = {"type": kind, "name": name, "message": message}
        body = {"state": state, "force": True}
        return (
            str(self._body(self._send("POST", f"/flow_runs/{run_id}/set_state", body))["status"]) == "ACCEPT"
        )

    def emit(self, event: Row) -> None:
        """Emit an event now; the server takes it, and nothing more is known."""
        now = datetime.now(UTC).isoformat()
        told = [{**event, "occurred": now, "id": str(uuid4()), "related": []}]
        self._send("POST", "/events", told).raise_for_status()

    def block(self, kind: str, name: str) -> Row | None:
        """Return what a block holds, its secrets in clear text; None where the server has no such block."""
        path = f"/block_types/slug/{quote(kind)}/block_documents/name/{quote(name)}?include_secrets=true"
        answer = self._send("GET", path)
        if answer.status_code == _NOT_FOUND:
            return None
        held: Row = answer.raise_for_status().json()["data"]
        return held

    def make_pool(self, name: str, at_once: int) -> None:
        """Create the process work pool for so many runs at once; one that is there stays as people set it."""
        words = "Runs of ringback, as processes of a worker."
        body = {"name": name, "type": "process", "description": words, "concurrency_limit": at_once}
        answer = self._send("POST", "/work_pools/", body)
        if answer.status_code != _CONFLICT:
            self._body(answer)

    def workers(self, pool: str) -> list[Row]:
        """Return the workers of a pool that Prefect has heard of lately."""
        body = {"workers": {"status": {"any_": ["ONLINE"]}}}
        return list(self._body(self._send("POST", f"/work_pools/{quote(pool)}/workers/filter", body)))

    def _send(self, method: str, path: str, body: Row | list[Row] | None = None) -> httpx.Response:
        # SQLite answers 503 where it is too busy to begin; nothing has happened then.
        for pause in PAUSES:
            answer = self._http.request(method, path, json=body)
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE:
                return answer
            time.sleep(pause)
        return self._http.request(method, path, json=body)

    def _row(self, answer: httpx.Response) -> Row:
        row: Row = self._body(answer)
        return row

    def _body(self, answer: httpx.Response) -> Any:
        if answer.status_code in {_CONFLICT, _INVALID}:
            raise PrefectRefusedError(_reason(answer))
        return answer.raise_for_status().json()


def _reason(answer: httpx.Response) -> str:
    try:
        told = answer.json()
    except json.JSONDecodeError:
        return f"Prefect answered {answer.status_code}"
    return str(told.get("detail") or told.get("exception_message") or told)


def server_of(settings: Settings) -> str | None:
    """Return the Prefect server that runs our deployments: the named one, or the one of `ringback up`.

    None where there is none, or it does not answer.
    """
    url = os.environ.get("PREFECT_API_URL", "").rstrip("/") or _of_up(settings)
    if not url or not is_healthy(url, BUSY_SECONDS):
        return None
    let_in(settings.folder / "prefect", url)
    return url


def _of_up(settings: Settings) -> str | None:
    try:
        told = json.loads((settings.folder / "prefect" / "server.json").read_text())
    except (OSError, ValueError):
        return None
    return str(told.get("url"))
