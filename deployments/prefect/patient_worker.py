"""Prefect's process worker, told to end: it takes no more runs, and waits for those it has."""

import asyncio
import signal
import time
import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
from prefect.logging import get_logger
from prefect.workers.process import ProcessWorker

from deployments.up.children import CLEAN_SECONDS, end, tell

LOOK_SECONDS = 0.2
STOPPING = "Stopping: no more runs are taken, and recoveries take back what does not ring yet."
log = get_logger("worker.ringback")


# It stands in for Prefect's own in this process, which is meant.
warnings.filterwarnings("ignore", message="Type 'PatientWorker'", category=UserWarning)


class PatientWorker(ProcessWorker):
    """A worker that can be told to take no more runs."""

    leaving = False

    async def get_and_submit_flow_runs(self) -> list[Any]:
        """Take what is due, unless it is about to leave."""
        return [] if self.leaving else list(await super().get_and_submit_flow_runs())


def work(pool: str, name: str, limit: int, *, health: bool = False) -> int:
    """Work until SIGTERM or Ctrl-C and return the exit code; a second signal ends all at once."""
    worker = PatientWorker(work_pool_name=pool, name=name, limit=limit)
    asyncio.run(_work(worker, health))
    return 0


async def _work(worker: PatientWorker, health: bool) -> None:
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    working = asyncio.ensure_future(worker.start(with_healthcheck=health, printer=log.info))
    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, _hear, told)
    waiting = asyncio.ensure_future(told.wait())
    await asyncio.wait({working, waiting}, return_when=asyncio.FIRST_COMPLETED)
    if not working.done():
        worker.leaving = True
        await let_end(_runs)
        working.cancel()
    with suppress(asyncio.CancelledError):
        await working


def _hear(told: asyncio.Event) -> None:
    if told.is_set():
        end(_runs())
    told.set()


async def let_end(alive: Callable[[], list[psutil.Process]]) -> None:
    """Tell processes to end once they listen, and wait for those that are still alive; then end them all."""
    log.info(STOPPING)
    until, heard = time.monotonic() + CLEAN_SECONDS, set[psutil.Process]()
    while (runs := alive()) and time.monotonic() < until:
        ready = [run for run in runs if run not in heard and _hears(run)]
        tell(ready)
        heard.update(ready)
        await asyncio.sleep(LOOK_SECONDS)
    if runs:
        log.warning("%s runs have not ended; a sweep goes on with what is left.", len(runs))
        end(runs)


def _runs() -> list[psutil.Process]:
    found: list[psutil.Process] = psutil.Process().children(recursive=True)
    return found


def _hears(run: psutil.Process) -> bool:
    """Tell whether a process has come so far that it listens to SIGTERM, which would else end it at once."""
    try:
        status = Path(f"/proc/{run.pid}/status").read_text()
    except OSError:
        return True  # a system that does not tell, or a process that has just ended
    caught = int(status.partition("SigCgt:")[2].split()[0], 16)
    return bool(caught >> (signal.SIGTERM - 1) & 1)
