"""Starts a sandbox as a process of its own and speaks to its control endpoints."""

import subprocess
import sys
from dataclasses import dataclass
from json import loads
from selectors import EVENT_READ, DefaultSelector
from tempfile import TemporaryFile
from types import TracebackType
from typing import Any, BinaryIO, Self

import httpx

from models.errors import RingbackError
from models.invariants import given

_COMMAND = (sys.executable, "-m", "deployments.sandbox", "--port", "0", "--json", "--with-stdin")
_READY_SECONDS = 60.0
_STOP_SECONDS = 10.0


class SandboxFailedError(RingbackError):
    """The sandbox process did not start, or refused a control request."""

    next_action = "Read what the sandbox has printed, then start it again."


@dataclass(frozen=True, slots=True)
class WorldInfo:
    """One open world: where it is, its key, its source job, and the end to expect."""

    url: str
    key: str
    scenario: str
    job_id: str
    agent_id: str
    phone_number_id: str
    workspace_id: str
    campaign_id: str | None
    upload_id: str | None
    permits: int
    expected_state: str
    expected_cause: str


class Sandbox:
    """A running sandbox process on a free loopback port; use it as a context manager."""

    url: str

    def __enter__(self) -> Self:
        """Start the process and wait until it takes requests."""
        self._errors: BinaryIO = TemporaryFile()
        self._process = subprocess.Popen(  # noqa: S603  our own module
            _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._errors
        )
        self.url = self._ready()
        # A connection that lay idle may be closed by the server just when it is used again.
        fresh = httpx.Limits(max_keepalive_connections=0)
        self._http = httpx.Client(base_url=self.url, timeout=30, limits=fresh)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop the process."""
        self._http.close()
        self.stop()

    @property
    def pid(self) -> int:
        """Return the process id of the server."""
        return self._process.pid

    def world(self, scenario: str, seed: int = 1, **wishes: Any) -> WorldInfo:
        """Open a world; wishes are contacts, speed, permits and faults."""
        told = self._post("/sandbox/worlds", {"scenario": scenario, "seed": seed, **wishes})
        expected = told.pop("expected")
        return WorldInfo(
            url=self.url, expected_state=expected["state"], expected_cause=expected["cause"], **told
        )

    def history(self, key: str) -> dict[str, Any]:
        """Return everything that truly happened in a world (see `history.history`)."""
        return self._told(self._http.get(f"/sandbox/worlds/{key}/history"))

    def voqo_files(self, key: str) -> dict[str, Any]:
        """Return what an operator sees of a world's source job in Voqo: state, counters and files."""
        return self._told(self._http.get(f"/sandbox/worlds/{key}/voqo/files"))

    def voqo_webhooks(self, key: str, secret: str) -> list[dict[str, Any]]:
        """Return a signed webhook of Voqo for every call that has ended, to be carried to a gateway."""
        told = self._told(self._http.get(f"/sandbox/worlds/{key}/voqo/webhooks", params={"secret": secret}))
        found: list[dict[str, Any]] = told["webhooks"]
        return found

    def twilio_keys(self, key: str) -> dict[str, str]:
        """Return what reads a world's calls at its carrier: account_sid, auth_token, api_key, api_secret."""
        return self._told(self._http.get(f"/sandbox/worlds/{key}/twilio"))

    def vapi_version_1(self, key: str) -> None:
        """Have a world's source job be a campaign of Vapi's version 1."""
        self._post(f"/sandbox/worlds/{key}/vapi/version-1", {})

    def retell_batch(self, key: str) -> dict[str, Any]:
        """Return what an operator sees of a world's source batch in Retell: state, counters and upload."""
        return self._told(self._http.get(f"/sandbox/worlds/{key}/retell/batch"))

    def retell_aside(self, key: str, **wanted: Any) -> dict[str, Any]:
        """Put numbers on the workspace's own do-not-call list, or keep lines for inbound calls."""
        return self._post(f"/sandbox/worlds/{key}/retell/aside", wanted)

    def fault(self, key: str, name: str, **options: Any) -> None:
        """Arm one more fault in a world (see `faults.Fault` for the options)."""
        self._post(f"/sandbox/worlds/{key}/faults", {"name": name, **options})

    def do(self, key: str, what: str, job_id: str | None = None, **options: Any) -> str:
        """Make a move in a world (see `moves.MOVES`); returns the id of the job concerned."""
        wanted = {"what": what, "job_id": job_id, **options}
        return str(self._post(f"/sandbox/worlds/{key}/do", wanted)["job_id"])

    def stop(self) -> int:
        """Stop the process and return its exit code."""
        self._process.terminate()
        try:
            code = self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout, self._errors):
            if pipe:
                pipe.close()
        return code

    def _ready(self) -> str:
        said = given(self._process.stdout, "the sandbox is started with a pipe")
        with DefaultSelector() as selector:
            selector.register(said, EVENT_READ)
            line = said.readline() if selector.select(_READY_SECONDS) else b""
        if not line:
            self._process.kill()
            self._errors.seek(0)
            raise SandboxFailedError(f"The sandbox did not start: {self._errors.read().decode()[-2000:]}")
        return str(loads(line)["url"])

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._told(self._http.post(path, json=body))

    @staticmethod
    def _told(answer: httpx.Response) -> dict[str, Any]:
        if answer.is_error:
            raise SandboxFailedError(f"The sandbox refused a control request: {answer.text}")
        told: dict[str, Any] = answer.json()
        return told
