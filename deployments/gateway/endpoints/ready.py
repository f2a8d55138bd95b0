"""GET /livez and /readyz, for whoever keeps the gateway running: no token, no secret, no long wait."""

import time
from collections.abc import Mapping
from threading import Lock, Thread
from typing import Any

from fastapi import APIRouter

from deployments.gateway.forms import Alive
from deployments.gateway.openapi import errors
from deployments.gateway.parts import Lacks, Parts
from deployments.gateway.problems import RETRY_SECONDS, ProblemError
from models.errors import RingbackError

SECONDS = 3.0
"""How long an answer is waited for; Docker and Kubernetes wait longer, or can be told to."""


class Probe:
    """Asks one thing in a thread of its own; one that hangs is not asked a second time beside it."""

    def __init__(self, name: str, ask: Lacks) -> None:
        self._name, self._ask, self._lock = name, ask, Lock()
        self._thread: Thread | None = None
        self._said: str | None = None

    def begin(self) -> Thread:
        """Ask, or return the thread that still does."""
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = Thread(target=self._answer, name=f"ringback asks {self._name}", daemon=True)
                self._thread.start()
            return self._thread

    def end(self, seconds: float) -> str | None:
        """Return what was said within some seconds: a sentence, or None where nothing is missing."""
        thread = self.begin() if self._thread is None else self._thread
        thread.join(max(0.0, seconds))
        return f"{self._name} has not answered in {SECONDS:.0f} s." if thread.is_alive() else self._said

    def _answer(self) -> None:
        try:
            self._said = self._ask()
        except RingbackError as error:
            self._said = str(error)
        except Exception as error:  # noqa: BLE001  its words may hold an address with a password
            self._said = f"{self._name} cannot be asked ({type(error).__name__})."


def missing(probes: Mapping[str, Probe], seconds: float = SECONDS) -> list[str]:
    """Ask all at once and return what is missing, in sentences."""
    until = time.monotonic() + seconds
    for probe in probes.values():
        probe.begin()
    said = [probe.end(until - time.monotonic()) for probe in probes.values()]
    return [sentence for sentence in said if sentence]


def make_router(parts: Parts) -> APIRouter:
    """Return the door."""
    router = APIRouter(tags=["health"])
    probes = {name: Probe(name, ask) for name, ask in parts.lacks.items()}

    @router.get("/livez", summary="Tell whether the process lives", response_model=Alive)
    async def alive() -> Any:
        """Answer 200 and touch nothing: a ledger that is away is no reason to start the gateway again."""
        return {"status": "alive"}

    @router.get(
        "/readyz", summary="Tell whether it can do its work", response_model=Alive, responses=errors(503)
    )
    def ready() -> Any:
        """Answer 200 where ledger, schema and Prefect are there, else 503 with what is missing, in 3 s."""
        if said := missing(probes):
            raise ProblemError(503, " ".join(said), {"Retry-After": RETRY_SECONDS})
        return {"status": "ready"}

    return router
