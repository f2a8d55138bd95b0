"""Measures how the gateway takes hooks in, beside a bare FastAPI endpoint that answers 202 and keeps nothing.

Both are served by uvicorn in a process of their own. The client speaks HTTP over sockets that stay open and
does little else: first as fast as answers come, then a hundred requests a second. A gateway that is too busy
answers 503, and its sender sends again: such answers are told beside.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Any

from tests.bench.rows import Goal, Row, in_turn

REQUESTS = 400
AT_ONCE = 4
A_SECOND = 100
SECONDS = 5
HERE = "tests.bench.bench_gateway"


def measure(rounds: int) -> list[Row]:
    """Return the rows: hooks a second at full speed, and the slow answers at a hundred a second."""
    with TemporaryDirectory() as folder, _served("gateway", folder) as ours, _served("bare", folder) as bare:
        numbers = iter(range(10**9))
        fast, load = in_turn(
            rounds,
            ours=lambda: asyncio.run(_fast(ours, numbers)),
            rival=lambda: asyncio.run(_fast(bare, numbers)),
        )
        paced, later = in_turn(
            rounds,
            ours=lambda: asyncio.run(_paced(ours, numbers)),
            rival=lambda: asyncio.run(_paced(bare, numbers)),
        )
    beside = {"our refusals %": median(one["refused"] for one in paced["ours"])} | {
        f"{word} median ms": median(one["middle"] for one in paced[name])
        for word, name in (("our", "ours"), ("its", "rival"))
    }
    name = "bare FastAPI endpoint"
    return [
        Row(
            "hooks accepted, as fast as they come",
            "a second",
            fast["ours"],
            name,
            fast["rival"],
            Goal("ratio", "at least", 0.3),
            load,
        ),
        Row(
            f"hooks at {A_SECOND} a second: 99th of 100 answers",
            "ms",
            [one["p99"] for one in paced["ours"]],
            name,
            [one["p99"] for one in paced["rival"]],
            Goal("ours", "at most", 1000),
            later,
            beside,
        ),
    ]


@contextmanager
def _served(what: str, folder: str) -> Iterator[int]:
    server = subprocess.Popen(
        [sys.executable, "-m", HERE, what, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield int(server.stdout.readline())  # type: ignore[union-attr]
    finally:
        server.communicate()


def main() -> None:
    """Serve one of the two until the standard input closes; the port is the first line."""
    import socket

    import uvicorn

    from deployments.sandbox.serve import stop_with_stdin

    stop_with_stdin()
    what, folder = sys.argv[1:]
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(128)  # who asks before the server is ready waits
    print(listener.getsockname()[1], flush=True)
    app = _gateway(folder) if what == "gateway" else _bare()
    config = uvicorn.Config(app, log_level="error", access_log=False, ws="none", timeout_graceful_shutdown=1)
    uvicorn.Server(config).run(sockets=[listener])


def _gateway(folder: str) -> Any:
    from tasks.clock import WallClock
    from tasks.runtime.database import open_ledger
    from tests.bench.bench_plan import KEY
    from tests.gateway_kit import Gate

    clock = WallClock()
    return Gate(open_ledger(f"sqlite:///{folder}/ledger.db", KEY, clock=clock), clock).app  # type: ignore[arg-type]


def _bare() -> Any:
    from fastapi import FastAPI, Request

    app = FastAPI()

    @app.post("/hooks/token", status_code=202)
    async def take(request: Request) -> dict[str, str]:
        return {"job_id": (await request.json())["job_id"]}

    return app


async def _fast(port: int, numbers: Iterator[int]) -> float:
    """Return the answers in a second over some connections that are never idle."""
    begun = time.perf_counter()
    await asyncio.gather(*(_one_by_one(port, numbers, REQUESTS // AT_ONCE) for _ in range(AT_ONCE)))
    return REQUESTS / (time.perf_counter() - begun)


async def _one_by_one(port: int, numbers: Iterator[int], count: int) -> None:
    line = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(count):
        if not await _asked(line, next(numbers)):
            raise SystemExit("a hook was refused at full speed, so it measures nothing")
    line[1].close()


async def _paced(port: int, numbers: Iterator[int]) -> dict[str, float]:
    """Return how long answers take, in ms, when so many are asked for in a second."""
    lines: asyncio.Queue[Any] = asyncio.Queue()
    for _ in range(32):
        lines.put_nowait(await asyncio.open_connection("127.0.0.1", port))
    begun = time.perf_counter()

    async def at(n: int) -> tuple[float, bool]:
        due = begun + n / A_SECOND
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        line = await lines.get()
        taken = await _asked(line, next(numbers))
        lines.put_nowait(line)
        return 1000 * (time.perf_counter() - due), taken

    answers = await asyncio.gather(*(at(n) for n in range(A_SECOND * SECONDS)))
    took = [seconds for seconds, _ in answers]
    refused = 100 * sum(not taken for _, taken in answers) / len(answers)
    while not lines.empty():
        lines.get_nowait()[1].close()
    return {"p99": quantiles(took, n=100)[-1], "middle": median(took), "refused": refused}


async def _asked(line: Sequence[Any], number: int) -> bool:
    """Send a hook of its own and tell whether it was taken."""
    from tests.gateway_kit import SECRET

    reader, writer = line
    body = json.dumps({"ticket_id": f"t{number}", "job_id": f"btcal_{number}", "title": "stuck"}).encode()
    head = (
        f"POST /hooks/token HTTP/1.1\r\nHost: gate\r\nContent-Type: application/json\r\n"
        f"X-Ringback-Token: {SECRET}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    told = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
    length = next(int(one.split(":")[1]) for one in told.split("\r\n") if one.startswith("content-length"))
    await reader.readexactly(length)
    return " 202" in told.split("\r\n", 1)[0]


if __name__ == "__main__":
    main()
