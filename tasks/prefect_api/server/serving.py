"""`python -m tasks.prefect_api.server.serving`: the prefect command, its server behind a door."""

import sys
from typing import Any

import uvicorn
from prefect.cli import app as prefect

from tasks.prefect_api.server.garbage import collect_aside
from tasks.prefect_api.server.origin_guard import OriginGuard, named_hosts


def guard() -> None:
    """Put the door before the server that this process starts.

    Around the whole app, and not among its middleware: Prefect's own services ask it by a name in memory.
    """
    bare = uvicorn.run

    def run(app: Any, **more: Any) -> None:
        if isinstance(app, str):
            sys.exit("A server of several workers is not behind ringback's door: start it with one.")
        bare(OriginGuard(app, named_hosts()), **more)

    # Prefect's command takes no app of ours, and calls this by its name.
    uvicorn.run = run


if __name__ == "__main__":
    collect_aside()
    guard()
    prefect()
