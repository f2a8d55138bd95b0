"""The script that anybody would write in an afternoon: read the upload, ask for a call each, so many at once.

It keeps no ledger, looks at nothing, and asks nobody: run twice, it calls everybody twice.
"""

import asyncio
import csv
import time
from pathlib import Path
from typing import Any

import httpx


def called(upload: str, url: str, key: str, job: dict[str, str], at_once: int) -> dict[str, float]:
    """Call everybody of an upload; returns the seconds, the seconds of CPU and the calls.

    `job` is what every call needs besides: the agent and the number to call from.
    """
    cpu, wall = time.process_time(), time.perf_counter()
    count = asyncio.run(_all_of_them(Path(upload), url, key, job, at_once))
    return {"cpu": time.process_time() - cpu, "wall": time.perf_counter() - wall, "calls": count}


async def _all_of_them(upload: Path, url: str, key: str, job: dict[str, str], at_once: int) -> int:
    with upload.open(newline="") as file:
        people = list(csv.DictReader(file))
    free = asyncio.Semaphore(at_once)
    async with httpx.AsyncClient(base_url=url, headers={"xi-api-key": key}, timeout=30) as client:

        async def call(person: dict[str, Any]) -> None:
            body = {
                "call_name": f"call {person['name']}",
                "recipients": [{"phone_number": person["phone_number"]}],
                **job,
            }
            async with free:
                answer = await client.post("/v1/convai/batch-calling/submit", json=body)
            answer.raise_for_status()

        await asyncio.gather(*map(call, people))
    return len(people)
