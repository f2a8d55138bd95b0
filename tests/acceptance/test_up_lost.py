"""`ringback up` where a process dies or stands still: what goes on by itself, and a clean stop.

This file comes last of those that share one `ringback up`: it stops it.
"""

from dataclasses import dataclass

import psutil
import pytest

from deployments.children import left_behind
from deployments.prefect_rest import Row
from tests.acceptance.site import run_cli
from tests.acceptance.up_site import Lost, UpSite

pytestmark = pytest.mark.timeout(1200)


@dataclass(frozen=True)
class Told:
    """The run that lost its process, and the books of its job when its recovery had ended without it."""

    run: Row
    books: list[tuple[str, int]]
    """State and length of the audit of each recovery of the job."""


BOOKS = """select recovery.state, count(audit.seq) from recovery join audit on recovery_id = recovery.id
where job_id = ? group by recovery.id"""


def books(up: UpSite, name: str) -> list[tuple[str, int]]:
    """Return state and length of the audit of each recovery of a workspace's job."""
    return [(str(state), int(rows)) for state, rows in up.sites[name].ask(BOOKS, up.sites[name].job)]


@pytest.fixture(scope="module")
def told(up: UpSite, lost: dict[str, Lost]) -> dict[str, Told]:
    """Wait until Prefect shows both runs as crashed and their recoveries have recovered; ask for no sweep."""
    found = {}
    for name in ("crashed", "frozen"):
        run = up.until(lost[name].run_id, "CRASHED")
        up.wait(lambda n=name: [state for state, _ in books(up, n)] == ["recovered"], f"{name} has recovered")
        found[name] = Told(run, books(up, name))
    return found


def test_a_process_that_dies_is_followed_by_a_sweep(up: UpSite, told: dict[str, Told]) -> None:
    """Each crash of a run starts a sweep, and its recovery goes on with nobody asked."""
    made = [one for one in up.sweeps() if (one["created_by"] or {}).get("type") == "AUTOMATION"]
    assert len(made) >= len(told)


def test_a_process_that_stands_still_is_missed(told: dict[str, Told]) -> None:
    """A run that stands still is shown as crashed: for want of heartbeats, or by a sweep that came before."""
    words = told["frozen"].run["state"]["message"]
    assert "no heartbeat" in words or "The process ended" in words


def test_it_neither_dials_nor_writes_when_it_wakes(
    up: UpSite, lost: dict[str, Lost], told: dict[str, Told]
) -> None:
    """The process that comes back has lost its lease: it ends, and ledger and platform are as they were."""
    before = up.sites["frozen"].dialled()
    lost["frozen"].process.resume()
    assert psutil.wait_procs([lost["frozen"].process], timeout=120)[1] == []
    assert books(up, "frozen") == told["frozen"].books
    assert up.sites["frozen"].dialled() == before


@pytest.mark.parametrize("name", ["crashed", "frozen"])
def test_everybody_was_called_once(up: UpSite, told: dict[str, Told], name: str) -> None:
    """Ledger and true history keep every promise through the loss of a process."""
    assert set(up.sites[name].dialled().values()) == {1}
    assert up.sites[name].breaches() == ()


def test_a_second_up_is_refused_in_words(up: UpSite) -> None:
    """Another `ringback up` for this home says that one runs; for another home, that the port is taken."""
    assert "runs for" in up.command("up", "--port", str(up.ports[0])).stderr
    elsewhere = up.env() | {"RINGBACK_HOME": str(up.home / "elsewhere")}
    done = run_cli(("up", "--port", str(up.ports[0])), elsewhere, up.home)
    assert done.code == 2
    assert f"port {up.ports[0]}" in done.stderr


def test_a_child_that_dies_is_started_again(up: UpSite) -> None:
    """When the worker is killed, another one takes its place without a person."""
    worker = _worker(up)
    worker.kill()
    up.wait(lambda: (found := _worker(up)) and found.pid != worker.pid, "a new worker runs", 30)
    assert "worker ended (SIGKILL)" in up.log.read_text()


def _worker(up: UpSite) -> psutil.Process | None:
    found = [p for p in left_behind(str(up.home)) if {"worker", "start"} <= {*p.cmdline()}]
    return found[0] if found else None


def test_a_stop_leaves_nothing_behind(up: UpSite, told: dict[str, Told]) -> None:
    """SIGTERM ends every process of the tree, with exit code 0, and the ledger is whole."""
    assert up.stop() == 0
    assert left_behind(str(up.home)) == []
    assert not (up.home / "prefect" / "server.json").exists()
    assert all(up.sites[name].breaches() == () for name in ("approved", "killed", "crashed", "frozen"))
