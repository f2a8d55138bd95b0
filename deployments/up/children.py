"""Child processes that are kept alive: started again with a growing pause, and none left behind."""

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from models.backoff import stepped
from tasks.context import Reporter

MARK = "RINGBACK_UP"
"""The environment variable by which everything that one `ringback up` has started is known again."""
PAUSES = (1, 2, 5, 15, 30, 60)
"""Seconds before a child that died is started again, the longer the more often it dies."""
STEADY_SECONDS = 120
"""Who has run for so long has earned the shortest pause again."""
CLEAN_SECONDS = 45
"""How long runs may take to end by themselves; systemd waits for 90 s before it kills."""
PATIENCE = 8
"""Seconds that a child has to end itself before it is killed."""


@dataclass
class Child:
    """One program that is to run all the time, with its own log file."""

    name: str
    command: Sequence[str]
    env: Mapping[str, str]
    log: Path
    deaths: int = 0
    due: float = 0.0
    begun: float = 0.0
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        """Start it, away from the terminal: Ctrl-C is for us, and we end it in its turn."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603  our own interpreter and modules
                self.command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.env),
                start_new_session=True,
            )
        self.begun = time.monotonic()

    def tend(self, reporter: Reporter) -> bool:
        """Start it again where it has died and its pause is over; tell whether that was now."""
        now = time.monotonic()
        if self.process is not None:
            code = self.process.poll()
            if code is None:
                return False
            self._has_died(code, now, reporter)
        if now < self.due:
            return False
        self.start()
        return True

    def _has_died(self, code: int, now: float, reporter: Reporter) -> None:
        self.deaths = 1 if now - self.begun > STEADY_SECONDS else self.deaths + 1
        pause = stepped(self.deaths, PAUSES)
        self.process, self.due = None, now + pause
        reporter.say(f"{self.name} ended ({_said(code)}); it starts again in {pause} s. Its log: {self.log}")

    def offspring(self) -> list[psutil.Process]:
        """Return the processes that it has started."""
        with suppress(psutil.NoSuchProcess):
            return psutil.Process(self.process.pid).children(recursive=True) if self.process else []
        return []

    def stop(self) -> None:
        """End it and all that it has started."""
        if self.process is None:
            return
        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self.process.pid)
            end([process, *process.children(recursive=True)])
        self.process.wait()


def _said(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def tell(processes: Sequence[psutil.Process]) -> None:
    """Ask processes to end."""
    for process in processes:
        with suppress(psutil.NoSuchProcess):
            process.send_signal(signal.SIGTERM)


def end(processes: Sequence[psutil.Process]) -> None:
    """Ask processes to end, and kill those that have not after a while."""
    tell(processes)
    _, alive = psutil.wait_procs(processes, timeout=PATIENCE)
    for process in alive:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=PATIENCE)


def left_behind(mark: str) -> list[psutil.Process]:
    """Return the processes that a `ringback up` of this home has started and that still run."""
    return [process for process in _marked(mark) if process.pid != os.getpid()]


def _marked(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with suppress(psutil.Error, OSError):
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark:
                yield process
