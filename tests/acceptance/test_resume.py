"""A recovery that is killed in the relaunch and goes on: the same ledger as one that nobody disturbed."""

from dataclasses import dataclass

import pytest

from tasks.ledger.database.engine import make_engine
from tests.acceptance.prefect.prefect_api import PrefectApi
from tests.acceptance.site import OURS, PATIENT, Completed, OpenSite, Site, finished, until
from tests.invariants import same_ledger

CONTACTS = 50
SPEED = 60
"""Slow enough that calls of the first wave of the relaunch are still in the air when the process dies."""


@pytest.fixture(scope="module")
def undisturbed(open_site: OpenSite) -> Site:
    """Return a site where the same recovery ran to its end in one go."""
    site = open_site("dead-dispatcher", contacts=CONTACTS)
    assert site.recover().json["state"] == "recovered"
    return site


@dataclass(frozen=True)
class Killed:
    """A recovery whose process was killed in the relaunch."""

    site: Site
    recovery_id: str


def killed(site: Site, *more: str, **changes: str) -> Killed:
    """Recover until the platform has taken the first wave of the relaunch, then kill the process."""
    with site.recovering(*more, **changes) as process:
        until(lambda: site.waves("watch", "ramp"), "a wave of the relaunch was accepted", 120)
        process.kill()
        assert finished(process).code == -9
    ((recovery_id, state),) = site.ask("select id, state from recovery")
    assert state == "running"
    return Killed(site, recovery_id)


def assert_the_same(site: Site, undisturbed: Site, done: Completed) -> None:
    """Hold the ledger of a resumed recovery against that of one that ran in one go."""
    assert (done.code, done.json["state"]) == (0, "recovered"), done.stderr
    assert site.breaches() == ()
    assert max(site.dialled().values()) == 1
    assert site.dialled().keys() == undisturbed.dialled().keys()
    engines = [make_engine(f"sqlite:///{one.ledger}") for one in (site, undisturbed)]
    assert same_ledger(*engines) == ()
    for engine in engines:
        engine.dispose()


def test_a_killed_recovery_goes_on_where_it_was(open_site: OpenSite, undisturbed: Site) -> None:
    """After SIGKILL in the relaunch, `resume` ends with the ledger of an undisturbed run, nobody twice."""
    cut = killed(open_site("dead-dispatcher", contacts=CONTACTS, speed=SPEED), "--no-prefect")
    done = cut.site.run("resume", cut.recovery_id, "--no-prefect", "--json")
    assert "Continuing recovery" in done.stderr
    assert_the_same(cut.site, undisturbed, done)


def test_a_killed_recovery_can_be_cancelled(open_site: OpenSite) -> None:
    """After SIGKILL in the relaunch, `cancel` takes back what the dead process left on the platform."""
    site = open_site("dead-dispatcher", contacts=CONTACTS, speed=25, policy=PATIENT)
    cut = killed(site, "--no-prefect")
    done = site.run("cancel", cut.recovery_id, "--json")
    assert (done.code, done.json["state"]) == (0, "cancelled"), done.stderr
    ours = {job["status"] for job in site.history["jobs"] if job["name"].startswith(OURS)}
    assert ours <= {"cancelled", "completed"}
    assert site.dialled().total() == done.json["counts"]["redialled"] < done.json["counts"]["planned"]
    assert site.breaches() == ()


def test_a_full_disk_loses_nothing(open_site: OpenSite, undisturbed: Site) -> None:
    """A disk that fills up in the middle is said in a sentence, and with room again the recovery goes on."""
    site = open_site("dead-dispatcher", contacts=CONTACTS)
    site.run("status")
    room = site.ledger.stat().st_size + 100_000
    full = site.recover(most_bytes=room)
    assert full.code == 1
    assert "disk of the ledger is full or failing" in full.json["error"]
    assert site.ask("select state from recovery") == [("running",)]
    assert_the_same(site, undisturbed, site.recover())


@pytest.mark.prefect
def test_prefect_shows_a_killed_run_as_crashed(
    open_site: OpenSite, undisturbed: Site, prefect: PrefectApi
) -> None:
    """Under Prefect too; the run of the killed process, which stays Running for ever, is shown as Crashed."""
    site = open_site("dead-dispatcher", contacts=CONTACTS, speed=SPEED)
    cut = killed(site, **prefect.env)
    before = prefect.runs(cut.recovery_id)
    assert {run["state_type"] for run in before if run["parent_task_run_id"] is None} == {"RUNNING"}
    done = site.run("resume", cut.recovery_id, "--json", **prefect.env)
    assert_the_same(site, undisturbed, done)
    stale = {run["id"] for run in before if run["state_type"] == "RUNNING"}
    after = {run["id"]: run["state_type"] for run in prefect.runs(cut.recovery_id)}
    assert {after[run] for run in stale} == {"CRASHED"}
    assert "RUNNING" not in after.values()
    assert [run["state_name"] for run in prefect.shown(cut.recovery_id).top] == ["Crashed", "Recovered"]
