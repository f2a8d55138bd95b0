"""Prefect's process worker, more patient: with its runs when told to end, and with a server that is away."""

import asyncio
import signal
import time
import warnings
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psutil
from prefect.client.schemas.objects import FlowRun
from prefect.logging import get_logger
from prefect.workers.process import ProcessWorker, ProcessWorkerResult

from deployments.up.children import CLEAN_SECONDS, end, tell
from tasks.prefect_api.rest import PrefectRefusedError, PrefectRest
from tasks.prefect_api.stale_runs import tell_ends

LOOK_SECONDS = 0.2
STOPPING = "Stopping: no more runs are taken, and recoveries take back what does not ring yet."
log = get_logger("worker.ringback")


# It stands in for Prefect's own in this process, which is meant.
warnings.filterwarnings("ignore", message="Type 'PatientWorker'", category=UserWarning)


class PatientWorker(ProcessWorker):
    """A worker that can be told to take no more runs, and that tells of their ends until it is heard."""

    leaving = False

    def __init__(self, *args: Any, **more: Any) -> None:
        """Set up like Prefect's own."""
        super().__init__(*args, **more)
        self.untold: set[UUID] = set()
        """Runs whose processes ended badly, which the server may not have heard."""

    async def run(self, flow_run: FlowRun, *args: Any, **more: Any) -> ProcessWorkerResult:
        """Carry out a run as Prefect does, and keep in mind that it has ended badly."""
        self.untold.discard(flow_run.id)
        result = await super().run(flow_run, *args, **more)
        if result.status_code:
            self.untold.add(flow_run.id)
        return result

    async def get_and_submit_flow_runs(self) -> list[Any]:
        """Take what is due, unless it is about to leave, and tell of ends that were not heard."""
        if self.leaving:
            return []
        if ended := [*self.untold]:  # before one of them is taken anew
            url = str(self.client.api_url).rstrip("/")
            if await asyncio.to_thread(_are_told, url, self.name, ended):
                self.untold.difference_update(ended)
        return list(await super().get_and_submit_flow_runs())


def _are_told(url: str, worker: str, ended: Sequence[UUID]) -> bool:
    # Prefect's worker says it once, and what it says to a server whose database is away is lost.
    with suppress(httpx.HTTPError, PrefectRefusedError), PrefectRest(url) as api:
        tell_ends(api, worker, [str(run_id) for run_id in ended])
        return True
    return False


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
