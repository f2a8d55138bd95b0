"""One life of a recovery in a forked process: it ends by itself, or dies by SIGKILL and leaves its world."""

import os
import signal
import traceback
from collections import Counter
from collections.abc import Callable
from json import dumps, loads
from pathlib import Path

from tasks import fault_points
from tests.chaos.kills.child import COPIED, LEDGER, save
from tests.conformance.suite.faces import Face
from tests.conformance.suite.site import Site

WORLD, PASSED, HOME = "world.pickle", "passed.json", "home"
BEFORE, AFTER = "create.before", "create.after"
"""A create has arrived and nothing was done about it; it was carried out and nobody has heard of it."""


Befall = Callable[[Site], None]
"""Lets adversity strike at a site."""


def _nothing(_site: Site) -> None:
    """Let everything happen as it does."""


def begin(face: Face, folder: Path, seed: int, contacts: int) -> None:
    """Begin a world with a stalled job that has been handed over."""
    (folder / HOME).mkdir()
    site = Site(face, folder / HOME, wishes={"seed": seed, "contacts": contacts})
    keep(site, folder)
    site.close()


def load(face: Face, folder: Path) -> Site:
    """Go on with a world."""
    return Site(face, folder / HOME, kept=(folder / WORLD).read_bytes())


def live(face: Face, folder: Path, fault: str = "", copy: str = "", befall: Befall = _nothing) -> bool:
    """Run the recovery in a process of its own, which dies at a fault `point:n`; True where it did.

    The ledger is copied at the passing `copy`; `befall` lets adversity strike at the site.
    """
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            _obey(face, folder, fault, copy, befall)
            code = 0
        except BaseException:  # noqa: BLE001  nobody else is there to tell of it
            traceback.print_exc()
        finally:
            os._exit(code)
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    if os.WEXITSTATUS(status):
        raise AssertionError(f"A life of {face.name} that was to die at {fault or 'nothing'} broke off.")
    return False


def passed(folder: Path) -> dict[str, int]:
    """Return how often the last life that came to rest passed each point."""
    found: dict[str, int] = loads((folder / PASSED).read_text())
    return found


def _obey(face: Face, folder: Path, fault: str, copy: str, befall: Befall) -> None:
    site = load(face, folder)
    befall(site)
    passings: Counter[str] = Counter()

    def strike(point: str) -> None:
        passings[point] += 1
        passing = f"{point}:{passings[point]}"
        if passing == copy:
            save(folder / HOME / LEDGER, folder / COPIED)
        if passing == fault:
            keep(site, folder)
            os.kill(os.getpid(), signal.SIGKILL)

    site.here.before = lambda _body: strike(BEFORE)
    site.here.after = lambda _body: strike(AFTER)
    fault_points.arm(strike)
    site.recover()
    fault_points.arm(None)
    keep(site, folder)
    (folder / PASSED).write_text(dumps(passings))
    site.close()


def put_back(folder: Path) -> bool:
    """Put a copy of the ledger back where one was made; True where there was one."""
    copy, ledger = folder / COPIED, folder / HOME / LEDGER
    if not copy.exists():
        return False
    for log in ("-wal", "-shm"):
        ledger.with_name(f"{LEDGER}{log}").unlink(missing_ok=True)
    copy.replace(ledger)
    return True


def keep(site: Site, folder: Path) -> None:
    """Keep what is true for whoever goes on."""
    (folder / WORLD).write_bytes(site.here.kept(site.carried))
