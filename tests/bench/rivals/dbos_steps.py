"""A workflow of DBOS whose steps do nothing: each is written down once it is done, in a commit of its own.

It runs in the rivals' environment, so nothing of ringback is imported here.
"""

import time

from dbos import DBOS

WARM = 20
"""Steps before those that count: the first ones connect and compile."""


def steps(count: int, url: str) -> dict[str, float]:
    """Return the milliseconds of CPU and of wall that one step costs; `url` is DBOS's system database."""
    DBOS(config={"name": "bench", "system_database_url": url, "log_level": "ERROR"})

    @DBOS.step()  # type: ignore[untyped-decorator]
    def nothing(n: int) -> int:
        return n

    @DBOS.workflow()  # type: ignore[untyped-decorator]
    def all_of_them(many: int) -> dict[str, float]:
        cpu, wall = time.process_time(), time.perf_counter()
        for n in range(many):
            nothing(n)
        each = 1000 / many
        return {"cpu": (time.process_time() - cpu) * each, "wall": (time.perf_counter() - wall) * each}

    DBOS.launch()
    all_of_them(WARM)
    found: dict[str, float] = all_of_them(count)
    DBOS.destroy()
    return found
