"""A stop, wherever it is pressed: nothing new within a poll, what does not ring comes back, a clean end."""

import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from signal import SIGINT, SIGTERM, Signals
from subprocess import Popen
from typing import Any

import pytest

from tasks.runs.stop_signals import LEAST_SECONDS
from tests.acceptance.prefect.prefect_api import PrefectApi, Row
from tests.acceptance.site import OURS, PATIENT, Completed, OpenSite, Site, finished, until
from tests.sure import sure

pytestmark = pytest.mark.timeout(1200)

SLOW: dict[str, Any] = {"contacts": 60, "speed": 25, "policy": PATIENT}
"""Calls of seconds: there is somebody to take back."""
MACHINE = 1.5
"""Seconds that a busy machine of two cores may add to a question and its answer."""
PRESSED = {"Cancelling": "CANCELLING", "Cancelled": "CANCELLED", "Paused": "PAUSED", "Suspended": "PAUSED"}


@dataclass(frozen=True)
class Stopped:
    """A recovery that was stopped half-way: when, what its command left behind, its run in Prefect."""

    site: Site
    at: float
    done: Completed
    run: Row | None = None


def assert_at_rest(it: Stopped, state: str) -> None:
    """Hold a stopped recovery against its promises, by what truly happened."""
    assert it.done.json["state"] == state, it.done.stderr
    ours = [job for job in it.site.history["jobs"] if job["name"].startswith(OURS)]
    assert max(job["created_at"] for job in ours) <= it.at + LEAST_SECONDS + MACHINE
    assert {job["status"] for job in ours} <= {"cancelled", "completed"}
    counts = it.done.json["counts"]
    assert it.site.dialled().total() == counts["redialled"] < counts["planned"]
    assert it.site.breaches() == ()


def assert_nobody_lost(it: Stopped) -> None:
    """Recover again: whoever was taken back is called now, and whoever was called is not."""
    before = it.site.dialled()
    again = it.site.recover()
    assert again.json["state"] == "recovered", again.stderr
    after = it.site.dialled()
    assert max(after.values()) == 1
    assert after.total() > before.total()
    assert it.site.breaches() == ()


def on_its_way(site: Site, process: Popen[str]) -> None:
    """Wait until a site's recovery has sent a wave."""
    until(lambda: site.waves("sample", "watch", "ramp"), "a wave was accepted", 400, by=(process,))


@pytest.mark.parametrize("number", [SIGINT, SIGTERM])
def test_a_signal_ends_a_plain_recovery_cleanly(open_site: OpenSite, number: Signals) -> None:
    """Ctrl-C and SIGTERM hold the recovery with what never rang taken back; the next one calls the rest."""
    site = open_site("dead-dispatcher", **SLOW)
    with site.recovering("--no-prefect") as process:
        on_its_way(site, process)
        process.send_signal(number)
        it = Stopped(site, time.time(), finished(process))
    assert it.done.code == (130 if number is SIGINT else 3)
    assert ("Interrupted after" in it.done.stderr) is (number is SIGINT)
    assert_at_rest(it, "held")
    assert "Run recover again for the rest" in it.done.json["next_action"]
    assert "Stopping:" in it.done.stderr
    assert_nobody_lost(it)


def test_a_signal_before_the_plan_stands_calls_nobody(open_site: OpenSite) -> None:
    """Who is told to end while still looking ends held, with nobody called, and can be run again."""
    site = open_site("dead-dispatcher", **SLOW)
    with site.recovering("--no-prefect") as process:
        until(site.recoveries, "the job is claimed")
        process.send_signal(SIGTERM)
        done = finished(process)
    assert (done.code, site.dialled()) == (3, {}), done.stderr
    assert site.recover().json["state"] == "recovered"


def test_a_second_ctrl_c_ends_at_once_and_loses_nothing(open_site: OpenSite) -> None:
    """Who cannot wait for the clean end presses again: the decision stands, and resume carries it out."""
    site = open_site("dead-dispatcher", contacts=60, speed=10, policy=PATIENT | {"visibility_seconds": 20})
    with site.recovering("--no-prefect") as process:
        on_its_way(site, process)
        process.send_signal(SIGINT)
        until(lambda: site.count("select count(*) from audit where kind = 'decided'"), "the stop is decided")
        process.send_signal(SIGINT)
        pressed = time.time()
        done = finished(process)
    assert (done.code, time.time() - pressed < 10) == (130, True)
    (recovery_id,) = site.ask("select id from recovery")[0]
    assert done.json["error"].startswith("Interrupted after")
    assert f"Go on: ringback resume {recovery_id}   Take back: ringback cancel" in done.json["error"]
    resumed = site.run("resume", recovery_id, "--no-prefect", "--json", timeout=200)
    assert (resumed.code, resumed.json["state"]) == (3, "held"), resumed.stderr
    assert max(site.dialled().values()) == 1
    assert site.breaches() == ()


def test_a_signal_ends_the_whole_sweep(open_site: OpenSite) -> None:
    """A sweep that recovers by itself stops the recovery that runs, and opens no further one."""
    site = open_site(
        "permit-leak", **SLOW | {"policy": PATIENT | {"approval": '"auto"', "sweep": '"recover"'}}
    )
    with site.running("sweep", "--act", "recover", "--json") as process:
        on_its_way(site, process)
        process.send_signal(SIGTERM)
        it = Stopped(site, time.time(), finished(process))
    assert it.done.code == 3
    ((state, recovery_id),) = site.ask("select state, id from recovery")
    told = site.run("status", recovery_id, "--json")
    assert state == "held"
    assert_at_rest(Stopped(site, it.at, told), "held")


@pytest.fixture(scope="module")
def stopped(open_site: OpenSite, prefect: PrefectApi, crew: ThreadPoolExecutor) -> Mapping[str, Stopped]:
    """Return recoveries that `ringback recover` has started, each stopped in Prefect in its own way."""

    def stop(name: str) -> Stopped:
        site = open_site("dead-dispatcher", **SLOW)
        with site.recovering(**prefect.env) as process:
            on_its_way(site, process)
            ((recovery_id,),) = site.ask("select id from recovery")
            (run,) = [one for one in prefect.runs(recovery_id) if one["parent_task_run_id"] is None]
            prefect.press(run["id"], PRESSED[name], name)
            at = time.time()
            done = finished(process)
        return Stopped(site, at, done, prefect.get(f"/flow_runs/{run['id']}"))

    return dict(zip(PRESSED, crew.map(stop, PRESSED), strict=True))


@pytest.mark.prefect
@pytest.mark.parametrize("name", PRESSED)
def test_a_stop_in_prefect_is_heard_by_a_run_of_the_command_line(
    stopped: Mapping[str, Stopped], name: str
) -> None:
    """Each of Prefect's stops takes back what never rang, and the run ends in a state that says so."""
    it = stopped[name]
    cancels = name in {"Cancelling", "Cancelled"}
    assert_at_rest(it, "cancelled" if cancels else "held")
    assert it.done.code == (0 if cancels else 3)
    ended = (sure(it.run)["state_type"], sure(it.run)["state_name"])
    assert ended == (("CANCELLED", "Cancelled") if cancels else ("FAILED", "Held"))
    assert f"{name}, set on its run in Prefect" in it.done.stderr


@pytest.mark.prefect
@pytest.mark.parametrize("name", PRESSED)
def test_after_a_stop_in_prefect_the_rest_is_called_by_the_next_recovery(
    stopped: Mapping[str, Stopped], name: str
) -> None:
    """Nobody is lost to a stop, and nobody is called twice by what comes after it."""
    assert_nobody_lost(stopped[name])
