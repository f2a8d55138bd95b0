"""`ringback up` where a process dies or stands still: what goes on by itself, and a clean stop.

This file comes last of those that share one `ringback up`: it stops it.
"""

import json
from dataclasses import dataclass

import psutil
import pytest

from deployments.prefect.automations import GOES_ON, MISSED
from deployments.up.children import left_behind
from tasks.prefect_api.rest import Row
from tasks.prefect_api.server.process import is_healthy
from tasks.prefect_api.stale_runs import MISSED_SECONDS
from tests.acceptance.site import run_cli
from tests.acceptance.up.up_site import ENDS, Lost, UpSite
from tests.sure import sure

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
    """Wait until Prefect shows both runs as crashed and their recoveries have recovered without them.

    The frozen one goes on with the first sweep after its lease, which is longer than Prefect's patience.
    """
    runs = {name: up.until(one.run_id, "CRASHED", seconds=MISSED_SECONDS * 2) for name, one in lost.items()}
    up.wait(lambda: recovered(up, "crashed"), "the crashed one has recovered")
    up.wait(lambda: swept(up) and recovered(up, "frozen"), "the frozen one has recovered", MISSED_SECONDS)
    return {name: Told(run, books(up, name)) for name, run in runs.items()}


def recovered(up: UpSite, name: str) -> bool:
    """Tell whether a workspace's job has one recovery, at its good end."""
    return [state for state, _ in books(up, name)] == ["recovered"]


def swept(up: UpSite) -> Row:
    """Sweep the workspace of the frozen run once."""
    return up.until(up.sweep_of("frozen")["id"], *ENDS)


def test_a_process_that_dies_is_followed_by_a_sweep(up: UpSite, told: dict[str, Told]) -> None:
    """The crash of a run starts a sweep, and its recovery goes on with nobody asked."""
    assert "no heartbeat" not in told["crashed"].run["state"]["message"]
    assert GOES_ON in started_by(up)


def test_a_process_that_stands_still_is_missed(up: UpSite, told: dict[str, Told]) -> None:
    """Heartbeats that stop start a sweep, which shows the run as crashed."""
    assert "no heartbeat" in told["frozen"].run["state"]["message"]
    assert MISSED in started_by(up)


def started_by(up: UpSite) -> set[str]:
    """Return the automations that have started a sweep."""
    made = [one["created_by"] for one in up.sweeps() if one["created_by"]]
    return {str(by["display_value"]) for by in made if by["type"] == "AUTOMATION"}


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


def test_places_of_which_the_server_has_lost_count_come_back(up: UpSite, told: dict[str, Told]) -> None:
    """A count of sweeps that outlives them, as after a crash of the database, keeps none away for good."""
    up.take_all_places()

    assert up.wait(lambda: swept(up)["state_name"] == "Swept", "a sweep sweeps again")


def test_its_one_document_says_where_everything_is(up: UpSite) -> None:
    """`up --json` prints the addresses once all is up, and nothing besides, for programs that start it."""
    said = json.loads((up.home / "up.json").read_text())
    folder = up.home / "prefect"
    addresses = {"prefect": up.site_url, "gateway": up.gateway_url, "logs": str(folder)}
    assert said == addresses | {"password": str(folder / "password")}
    assert up.password not in (up.home / "up.json").read_text() + up.log.read_text()


def test_a_second_up_is_refused_in_words(up: UpSite) -> None:
    """Another `ringback up` for this home says that one runs; for another home, that the port is taken."""
    assert "runs for" in up.command("up", "--port", str(up.ports[0])).stderr
    elsewhere = up.env() | {"RINGBACK_HOME": str(up.home / "elsewhere")}
    done = run_cli(("up", "--port", str(up.ports[0])), elsewhere, up.home)
    assert done.code == 2
    assert f"port {up.ports[0]}" in done.stderr


@pytest.mark.parametrize("name", ["server", "worker"])
def test_a_child_that_dies_is_started_again(up: UpSite, name: str) -> None:
    """Another one takes its place without a person, and a sweep goes on with what ended meanwhile."""
    before = {run["id"] for run in up.sweeps()}
    killed = sure(_child(up, name))
    killed.kill()
    up.wait(lambda: (found := _child(up, name)) and found.pid != killed.pid, f"a new {name} runs", 30)
    assert f"{name} ended (SIGKILL)" in up.log.read_text()
    up.wait(lambda: is_healthy(f"{up.site_url}/api"), "the server answers", 60)
    asked = {"created_by": None, "auto_scheduled": False}
    up.wait(
        lambda: [run for run in _newer(up, before) if asked.items() <= run.items()], "a sweep follows", 30
    )


def _newer(up: UpSite, before: set[str]) -> list[Row]:
    return [run for run in up.sweeps() if run["id"] not in before]


def _child(up: UpSite, name: str) -> psutil.Process | None:
    found = [p for p in left_behind(str(up.home)) if {name, "start"} <= {*p.cmdline()}]
    return found[0] if found else None


def test_a_stop_leaves_nothing_behind(up: UpSite, told: dict[str, Told]) -> None:
    """SIGTERM ends every process of the tree, with exit code 0, and the ledger is whole."""
    assert up.stop() == 0
    assert left_behind(str(up.home)) == []
    assert not (up.home / "prefect" / "server.json").exists()
    assert all(up.sites[name].breaches() == () for name in ("approved", "killed", "crashed", "frozen"))
