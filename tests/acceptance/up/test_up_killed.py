"""The whole tree of `ringback up` dies at random moments while recoveries are under way.

`make chaos-up` kills it ten times during ten (KILLS, RECOVERIES and SEED change that) and prints what came of
it; it takes six minutes and more, so it is no part of the test run.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.site import OpenSite
from tests.acceptance.up.power_cuts import Story, moments, worlds
from tests.acceptance.up.up_site import UpSite, open_worlds

KILLS = int(os.environ.get("RINGBACK_UP_KILLS", "10"))
RECOVERIES = int(os.environ.get("RINGBACK_UP_RECOVERIES", "10"))
SEED = int(os.environ.get("RINGBACK_UP_SEED", "1"))

pytestmark = pytest.mark.timeout(600 + 120 * KILLS)


@pytest.fixture(scope="module")
def story(open_site: OpenSite, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    """Return the recoveries that came through the power cuts."""
    home: Path = tmp_path_factory.mktemp("killed")
    up = UpSite(home, open_worlds(open_site, worlds(RECOVERIES), home))
    told = Story(up, lambda words: print(words, flush=True))
    try:
        told.tell(moments(KILLS, SEED))
        for name, figure in told.summary().items():
            print(f"{name}: {figure}", flush=True)
        yield told
    finally:
        if up.process and up.process.poll() is None:
            up.stop()


def test_every_kill_meets_recoveries(story: Story) -> None:
    """No kill hits a tree that has nothing to lose."""
    assert len(story.cuts) == KILLS
    assert min(cut.in_flight for cut in story.cuts) > 0


def test_all_of_them_end(story: Story) -> None:
    """Every job that was asked for has one recovery, and it has come to the end it would have come to."""
    jobs = sorted(site.job for site in story.up.sites.values())
    assert sorted(story.ended()) == jobs
    assert set(story.ended().values()) == {"recovered"}
    assert sorted(story.any_site.ask("select job_id from recovery")) == [(job,) for job in jobs]


def test_no_request_is_lost(story: Story) -> None:
    """Whatever was answered with 202 has become a run, once, however early the gateway died after it."""
    assert len(story.requests) == RECOVERIES
    assert story.lost() == []
    kept = story.any_site.ask("select id from inbox where act = 'recover'")
    assert sorted(kept) == sorted((request,) for request in story.requests.values())


def test_nobody_is_called_twice(story: Story) -> None:
    """The platform's own count has nobody twice, and every ledger and history keeps the promises."""
    assert story.called_twice() == 0
    assert all(site.dialled() for site in story.up.sites.values())
    assert [site.breaches() for site in story.up.sites.values()] == [()] * RECOVERIES
