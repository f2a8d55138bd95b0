"""Stops under `ringback up`: Prefect's buttons on a run that dials, and the end of the whole tree."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest

from deployments.children import left_behind
from deployments.hearing import LEAST_SECONDS
from deployments.prefect_rest import Row
from tests.acceptance.site import OURS, PATIENT, OpenSite, Site
from tests.acceptance.up_site import ENDS, MANY_SECONDS, UpSite, open_worlds

pytestmark = pytest.mark.timeout(1200)

SLOW: dict[str, Any] = {
    "scenario": "dead-dispatcher",
    "contacts": 60,
    "speed": 10,
    "policy": {**PATIENT, "approval": '"auto"'},
}
PRESSED = {"Cancelling": "CANCELLING", "Suspended": "PAUSED"}
MACHINE = 20.0
"""Seconds that Prefect may take to bring a cancel to its worker, which then tells the process."""


@dataclass(frozen=True)
class Stopped:
    """A run of the deployment that was stopped while it dialled."""

    site: Site
    at: float
    run: Row


@pytest.fixture(scope="module")
def up(open_site: OpenSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpSite]:
    """Return a `ringback up` of its own: it is stopped here while a recovery runs."""
    home = tmp_path_factory.mktemp("up")
    running = UpSite(home, open_worlds(open_site, dict.fromkeys((*PRESSED, "ended"), SLOW), home))
    try:
        running.start()
        yield running
    finally:
        if running.process and running.process.poll() is None:
            running.stop()


@pytest.fixture(scope="module")
def stopped(up: UpSite) -> Mapping[str, Stopped]:
    """Press each button on a run that dials, and let all of them end."""
    asked = {name: up.ask(name, approval="auto") for name in PRESSED}
    pressed = {}
    for name, run in asked.items():
        up.dialling(name, run)
        up.press(str(run["id"]), PRESSED[name], name)
        pressed[name] = time.time()
    return {
        name: Stopped(up.sites[name], pressed[name], up.until(run["id"], *ENDS, seconds=MANY_SECONDS))
        for name, run in asked.items()
    }


def at_rest(site: Site, at: float) -> str:
    """Return how a stopped recovery has ended, with its promises held by what truly happened."""
    sql = "select state from recovery where job_id = ?"
    ((state,),) = site.ask(sql, site.job)
    ours = [job for job in site.history["jobs"] if job["name"].startswith(OURS)]
    assert max(job["created_at"] for job in ours) <= at + LEAST_SECONDS + MACHINE
    assert {job["status"] for job in ours} <= {"cancelled", "completed"}
    dialled = site.dialled()
    assert max(dialled.values()) == 1
    planned = "select count(*) from planned join recovery on recovery.id = recovery_id"
    sql = f"{planned} where job_id = ? and action = 'redial'"
    assert dialled.total() < site.count(sql, site.job)
    return str(state)


@pytest.mark.parametrize(
    ("name", "state", "shown"),
    [
        ("Cancelling", "cancelled", ("CANCELLED", "Cancelled")),
        ("Suspended", "held", ("COMPLETED", "Held")),
    ],
)
def test_a_button_stops_a_run_of_the_worker(
    up: UpSite, stopped: Mapping[str, Stopped], name: str, state: str, shown: tuple[str, str]
) -> None:
    """Cancel and Suspend take back what does not ring, and the run ends in a state that says so."""
    it = stopped[name]
    up.wait(lambda: at_rest(it.site, it.at) == state, f"the recovery is {state}", MANY_SECONDS)
    assert (it.run["state_type"], it.run["state_name"]) == shown
    assert it.site.breaches() == ()


def test_the_end_of_up_takes_back_what_does_not_ring(up: UpSite, stopped: object) -> None:
    """SIGTERM to `ringback up` holds the recovery that dials, cleanly, and leaves no process behind."""
    site = up.sites["ended"]
    up.dialling("ended", up.ask("ended", approval="auto"))
    at = time.time()
    assert up.stop() == 0
    assert at_rest(site, at) == "held"
    assert left_behind(str(up.home)) == []
    said = up.log.read_text()
    assert "take back what does not ring" in said
    assert json.loads((up.home / "up.json").read_text())["password"]
    assert site.breaches() == ()
