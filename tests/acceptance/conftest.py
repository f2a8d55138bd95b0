"""What acceptance tests stand on: sites to run commands at, room for two at once, one Prefect server."""

import os
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from deployments.sandbox.client import Sandbox
from tasks.context import Silent
from tasks.prefect_api.rest import Row
from tasks.prefect_api.server.process import START_SECONDS, free_port, start, stop
from tests.acceptance import site, stories
from tests.acceptance.prefect.prefect_api import PrefectApi
from tests.acceptance.site import PATIENT, OpenSite, Site
from tests.acceptance.stories import Tell, Told
from tests.acceptance.tickets.helpdesk import Helpdesk
from tests.acceptance.up.up_site import MANY_SECONDS, Asked, Lost, UpSite, freeze, open_worlds

collect_ignore = [] if os.environ.get("RINGBACK_UP_KILLS") else ["up/test_up_killed.py"]
"""Minutes of power cuts, each with a server's restart, are `make chaos-up` and no part of the test run.

One cut of the whole tree is in test_up.py.
"""


@pytest.fixture(scope="session")
def open_site(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> OpenSite:
    """Return what opens a site: a world of a scenario with a home of its own."""

    def opened(
        scenario: str,
        *,
        home: Path | None = None,
        policy: Mapping[str, Any] | None = None,
        **wishes: Any,
    ) -> Site:
        # The factory's own mktemp is not safe where stories run side by side.
        place = home or Path(mkdtemp(prefix=f"{scenario}-", dir=tmp_path_factory.getbasetemp()))
        return site.open_site(sandbox, place, scenario, policy or {}, wishes)

    return opened


@pytest.fixture(scope="session")
def crew() -> Iterator[ThreadPoolExecutor]:
    """Return hands that run stories side by side: most of a story is waiting."""
    hands = ThreadPoolExecutor(3)
    yield hands
    hands.shutdown(cancel_futures=True)


@pytest.fixture(scope="session")
def told(open_site: OpenSite, crew: ThreadPoolExecutor, _prefect_start: object) -> Tell:
    """Return what tells a story by its name; all of them are told side by side."""
    running = {story.__name__: crew.submit(story, open_site) for story in stories.ALL}
    return lambda name: running[name].result()


@pytest.fixture(scope="session")
def approved(told: Tell) -> Told:
    """Return the story of a plan that waited, was approved and executed."""
    return told("approved")


@pytest.fixture(scope="session", autouse=True)
def _bytecode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    # Where the surroundings forbid bytecode, each of many processes would compile for seconds.
    with pytest.MonkeyPatch.context() as patch:
        if sys.dont_write_bytecode:
            patch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
            patch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))
        yield


@pytest.fixture(scope="session")
def _prefect_start(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, _bytecode: None
) -> Iterator[Future[PrefectApi] | None]:
    # A server takes up to a minute to start: it does so while the stories are told.
    if not any(item.get_closest_marker("prefect") for item in request.session.items):
        yield None
        return
    home = tmp_path_factory.mktemp("prefect")
    with ThreadPoolExecutor(1) as hand:
        yield hand.submit(lambda: PrefectApi(start(home, free_port(), Silent()), home))
    stop(home)


@pytest.fixture(scope="session")
def prefect(_prefect_start: Future[PrefectApi]) -> Iterator[PrefectApi]:
    """Return the session's Prefect server, which has a database of its own."""
    server = _prefect_start.result(START_SECONDS)
    yield server
    server.close()


SLOW: dict[str, Any] = {"scenario": "dead-dispatcher", "contacts": 40, "speed": 20}
"""A recovery that lasts long enough to be disturbed."""
SLOW_CREATE = {"name": "slow_create", "seconds": 33, "count": 1, "skip": 1}
AUTO = {**PATIENT, "approval": '"auto"'}
WAITING_COPY = "waiting.zip"
"""The copy of the ledger that is made while the plans wait."""
WAITING = ("approved", "declined", "late", "killed")
"""Workspaces whose plans wait for a person, for longer than Prefect waits for a heartbeat."""
UP_WORLDS: dict[str, dict[str, Any]] = {
    "seen": {},
    "approved": {},
    "declined": {},
    "late": {"policy": {"approval_seconds": 120}},
    "opened": {"policy": {"sweep": '"propose"'}},
    "killed": {**SLOW, "policy": PATIENT},
    # Its lease outlasts the two minutes after which Prefect misses it: until then no sweep may go on with it.
    "frozen": {**SLOW, "policy": {**AUTO, "lease_seconds": 150}},
    "crashed": {**SLOW, "policy": AUTO},
    "ticket": {},
    "doubled": {"scenario": "duplicate-job"},
    # Its platform takes longer over one create than our client waits for the answer.
    "slowly": {"faults": [SLOW_CREATE], "policy": {**AUTO, "absence_seconds": 60}},
    "shared": {**SLOW, "policy": AUTO},
}
"""The workspaces of the one `ringback up`; in each a job that has stalled."""


@pytest.fixture(scope="session")
def helpdesk() -> Iterator[Helpdesk]:
    """Return the ticket system of the one `ringback up`."""
    with Helpdesk() as running:
        yield running


@pytest.fixture(scope="session")
def up(open_site: OpenSite, helpdesk: Helpdesk, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpSite]:
    """Return a running `ringback up` over some workspaces; starting it takes up to a minute."""
    home = tmp_path_factory.mktemp("up")
    running = UpSite(home, open_worlds(open_site, UP_WORLDS, home))
    hooks = {name: running.workspace(name) for name in ("ticket", "doubled")}
    with (home / "ringback.toml").open("a") as settings:
        settings.write(helpdesk.tables(**hooks))
    try:
        running.start()
        yield running
    finally:
        if running.process and running.process.poll() is None:
            running.stop()


def job_of(run: Row) -> str:
    """Return the job that a run was asked to recover."""
    return str(run["parameters"]["request"].get("job_id"))


@pytest.fixture(scope="session")
def asked(up: UpSite) -> Asked:
    """Ask for four recoveries, cut the power while three wait and one dials, and start again."""
    ids = {name: str(up.ask(name, ticket="zendesk:4711")["id"]) for name in WAITING}
    before = {name: up.until(run_id, "PAUSED", seconds=MANY_SECONDS) for name, run_id in ids.items()}
    # The sweep of the start opens one too, and its run is not to die half-way here.
    opened = up.sites["opened"].job
    up.wait(lambda: opened in map(job_of, up.waiting()), "a sweep has opened a recovery", MANY_SECONDS)
    assert up.command("backup", WAITING_COPY).code == 0
    up.decide("approve", before["killed"])
    up.wait(lambda: up.sites["killed"].waves("sample", "watch", "ramp"), "the approved one dials")
    up.kill()
    up.start()
    return Asked(before, {name: up.run(ids[name]) for name in WAITING})


@pytest.fixture(scope="session")
def lost(up: UpSite, asked: Asked) -> dict[str, Lost]:
    """Freeze the process of one run while it dials, and kill that of another.

    Prefect misses the first after two minutes, so it is done early.
    """
    found = {}
    for name in (
        "frozen",
        "crashed",
    ):  # one after the other: on a busy machine one ends while the other begins
        found[name] = up.dialling(name, up.ask(name, approval="auto"))
        freeze(found[name].process)
    found["crashed"].process.kill()
    return found
