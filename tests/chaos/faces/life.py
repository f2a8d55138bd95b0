"""One life of a recovery in a forked process: it ends by itself, or dies by SIGKILL and leaves its world."""

import os
import signal
import traceback
from collections import Counter
from json import dumps, loads
from pathlib import Path

from tasks import fault_points
from tests.conformance.suite.faces import Face
from tests.conformance.suite.site import Site

WORLD, PASSED, HOME = "world.pickle", "passed.json", "home"
BEFORE, AFTER = "create.before", "create.after"
"""A create has arrived and nothing was done about it; it was carried out and nobody has heard of it."""


def begin(face: Face, folder: Path, seed: int, contacts: int) -> None:
    """Begin a world with a stalled job that has been handed over."""
    (folder / HOME).mkdir()
    site = Site(face, folder / HOME, wishes={"seed": seed, "contacts": contacts})
    _keep(site, folder)
    site.close()


def load(face: Face, folder: Path) -> Site:
    """Go on with a world."""
    return Site(face, folder / HOME, kept=(folder / WORLD).read_bytes())


def live(face: Face, folder: Path, fault: str = "") -> bool:
    """Run the recovery in a process of its own, which dies at a fault `point:n`; True where it did."""
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            _obey(face, folder, fault)
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


def _obey(face: Face, folder: Path, fault: str) -> None:
    site = load(face, folder)
    passings: Counter[str] = Counter()

    def strike(point: str) -> None:
        passings[point] += 1
        if f"{point}:{passings[point]}" == fault:
            _keep(site, folder)
            os.kill(os.getpid(), signal.SIGKILL)

    site.here.before = lambda _body: strike(BEFORE)
    site.here.after = lambda _body: strike(AFTER)
    fault_points.arm(strike)
    site.recover()
    fault_points.arm(None)
    _keep(site, folder)
    (folder / PASSED).write_text(dumps(passings))
    site.close()


def _keep(site: Site, folder: Path) -> None:
    (folder / WORLD).write_bytes(site.here.kept(site.carried))
