"""A starter in memory with Prefect's manners, for trying the gateway without a Prefect server."""

from dataclasses import dataclass, field
from threading import Lock

from deployments.gateway.starter import PermanentStartError, RetryableStartError
from models.hooks.order import StartRequest


@dataclass
class FakeStarter:
    """Keeps runs by idempotency key; a key seen before answers with the run it made, as Prefect does."""

    runs: dict[str, StartRequest] = field(default_factory=dict)
    asked: int = 0
    """How often `start` was called, repetitions and refusals included."""
    is_down: bool = False
    refuses: str = ""
    """Not empty: the sentence that every order is refused with for good."""
    loses_answers: bool = False
    """True: runs are started, and whoever asked never hears of it."""
    _lock: Lock = field(default_factory=Lock, repr=False)

    def start(self, order: StartRequest) -> str:
        """Start a run, or return the one of this key."""
        with self._lock:
            self.asked += 1
            if self.is_down:
                raise RetryableStartError("Prefect does not answer; tried again later.")
            if self.refuses:
                raise PermanentStartError(self.refuses)
            run = self.runs.setdefault(order.key, order)
            number = list(self.runs).index(order.key) + 1
        if self.loses_answers:
            raise RetryableStartError("Prefect does not answer; tried again later.")
        if run.request != order.request:
            raise PermanentStartError("Prefect answered with the run of another request. Start it by hand.")
        return f"run-{number}"
