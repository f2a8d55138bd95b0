"""Several machines, set up as docs/deploy.md says: whatever happens, nobody is lost or called twice."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.prefect_api.stale_runs import UNHEARD
from tests.acceptance.site import OpenSite
from tests.acceptance.up.up_site import open_worlds
from tests.acceptance.workers.debian import NEEDED, REQUIRED, newest
from tests.acceptance.workers.machines import SECRET, Machines
from tests.acceptance.workers.story import MACHINES, WORLDS, Story
from tests.sure import sure

pytestmark = [
    pytest.mark.timeout(900),
    pytest.mark.skipif(newest() is None and not REQUIRED, reason=NEEDED),
]


@pytest.fixture(scope="module")
def story(open_site: OpenSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Return what became of recoveries that were met by all that happens to machines."""
    folder: Path = tmp_path_factory.mktemp("machines")
    machines = Machines(folder, open_worlds(open_site, WORLDS, folder))
    try:
        told = Story(machines)
        told.tell()
        yield told
    finally:
        machines.close()


def test_the_page_works_as_typed(story: Story) -> None:
    """Database, server, registration and three workers come up by the page's lines, and share the work."""
    assert {*story.shares.values()} == {*MACHINES}


def test_a_worker_that_is_told_to_end_leaves_no_call_behind(story: Story) -> None:
    """SIGTERM: its recoveries end held before it does, with exit code 0, and others are left alone."""
    assert story.exit_code == 0
    assert {*story.held.values()} <= {"held", "recovered"}
    assert "held" in story.held.values()


def test_each_of_it_met_recoveries(story: Story) -> None:
    """Nothing happened while nothing was under way, which would prove nothing."""
    assert min(story.met.values()) > 0
    assert story.killed != story.told_to_end


def test_the_gateway_says_what_is_missing(story: Story) -> None:
    """While Postgres is away the gateway lives, is not ready, and says that the ledger is missing."""
    ready, alive = sure(story.ready), sure(story.alive)
    assert (ready.status_code, alive.status_code) == (503, 200)
    assert "ledger" in ready.json()["detail"]
    assert SECRET not in ready.text


def test_all_recoveries_end(story: Story) -> None:
    """Each job has one recovery, and it has recovered, unless its worker was told to end."""
    states = story.at.states()
    assert sorted(states) == sorted(WORLDS)
    assert {states[name] for name in set(WORLDS) - set(story.held)} == {"recovered"}


def test_a_dead_machine_is_taken_over_from(story: Story) -> None:
    """What the dead machine had begun was continued on another one, which its audit says."""
    sql = "select job_id from recovery join audit on recovery_id = recovery.id where kind = :kind"
    continued = {job for (job,) in story.at.ask_ledger(sql, kind="continued")}
    lost = {story.at.sites[name].job for name, where in story.shares.items() if where == story.killed}
    assert lost
    assert lost <= continued


def test_an_end_that_nobody_heard_is_told_later(story: Story) -> None:
    """What ended while Prefect's database was away is shown as crashed by its worker once it is back."""
    assert UNHEARD in story.at.last_words()


@pytest.mark.parametrize("name", sorted(WORLDS))
def test_nobody_is_called_twice(story: Story, name: str) -> None:
    """By the platform's own record each person was called once at the most, and every promise was kept."""
    assert set(story.at.sites[name].dialled().values()) == {1}
    assert story.at.breaches(name) == ()


def test_a_worker_logs_in_lines_of_json(story: Story) -> None:
    """What a worker's runs say of a recovery names it, its job and its workspace, one object a line."""
    lines = [line for one in story.at.workers.values() for line in one.log.read_text().splitlines()]
    told = [json.loads(line) for line in lines if line.startswith("{")]
    waves = [one for one in told if one["message"].startswith("Wave ")]
    assert waves
    assert all(one["recovery"] and one["job"] and one["workspace"] for one in waves)
    numbers = {number for site in story.at.sites.values() for number in site.numbers()}
    assert [number for number in numbers if any(number in line for line in lines)] == []
