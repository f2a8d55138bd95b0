"""Garbage that holds a database never stops the thread that has to let go of it."""

import subprocess
import sys
from pathlib import Path

import pytest

STORY = """
import gc, sqlite3, sys, threading
from tasks.prefect_api.server.garbage import collect_aside

def opened():
    return sqlite3.connect(sys.argv[1], isolation_level=None, check_same_thread=False, timeout=3)

class Knot:
    pass

first, second = opened(), opened()
first.execute("create table said (word unique)")
first.execute("insert into said values ('one')")
gc.collect()
gc.disable()
knot = Knot()
knot.itself, knot.cursor = knot, second.cursor()
try:
    knot.cursor.execute("insert into said values ('one')")
except sqlite3.IntegrityError:
    pass  # the cursor keeps its statement
first.execute("begin immediate")

said = []
def wait_for_the_lock():
    try:
        second.execute("insert into said values ('two')")
        said.append("written")
    except sqlite3.OperationalError as error:
        said.append(str(error))

def naps():
    with open(f"/proc/self/task/{waiting.native_id}/status") as told:
        return int(next(line for line in told if line.startswith("voluntary")).split()[1])

waiting = threading.Thread(target=wait_for_the_lock)
waiting.start()
before = naps()
while naps() < before + 5:  # inside SQLite it naps between two looks at the lock
    waiting.join(0.01)
del knot
if sys.argv[2] == "aside":
    ended = collect_aside(0.01)
else:
    gc.enable()
kept = [[] for _ in range(200_000)]  # whoever allocates may have to collect
first.execute("commit")
waiting.join()
print(*said)
"""


def told(folder: Path, who: str) -> str:
    """Return how it ends for the one that waits for a lock which the allocating thread holds."""
    command = [sys.executable, "-c", STORY, str(folder / "said.db"), who]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def test_who_holds_a_lock_is_not_made_to_collect(tmp_path: Path) -> None:
    """With a thread of its own for garbage, the lock is let go of at once and the other writes."""
    assert told(tmp_path, "aside") == "written"


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="since 3.12 a failed statement is let go of")
def test_without_it_both_stand_still(tmp_path: Path) -> None:
    """What the thread is for: Python's own way ends the other's patience."""
    assert told(tmp_path, "python") == "database is locked"
