"""A bare machine: ringback starts a Prefect server of its own, shares it, and leaves none behind."""

import json

import psutil
import pytest

from deployments.prefect_server import DEFAULT_URL, is_healthy
from tests.acceptance.site import Completed, OpenSite, Site, finished, until


def server_of(site: Site) -> psutil.Process | None:
    """Return the server that runs for a home, None where there is none."""
    told = site.home / "prefect" / "server.json"
    try:
        return psutil.Process(int(json.loads(told.read_text())["pid"]))
    except (OSError, ValueError, psutil.NoSuchProcess):
        return None


def test_two_recoveries_share_one_server_that_ends_with_the_last(open_site: OpenSite):
    """Two recoveries at once start one server, the first to end leaves it to the other, the last ends it."""
    if is_healthy(DEFAULT_URL):
        pytest.skip("another Prefect server answers on port 4200, and ringback would use that one")
    quick = open_site("finished", contacts=12)
    long = open_site("permit-leak", home=quick.home, speed=40)
    with quick.recovering() as first, long.recovering() as second:
        until(lambda: server_of(quick), "a server was started")
        server = server_of(quick)
        assert server
        one = finished(first)
        assert second.poll() is None
        assert server.is_running()
        family = [server, *server.children(recursive=True)]
        other = finished(second)
    _well(one, "healthy")
    _well(other, "recovered")
    assert sum("starting Prefect" in done.stderr for done in (one, other)) == 1
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    assert not (quick.home / "prefect" / "server.json").exists()
    assert long.breaches() == ()


def _well(done: Completed, state: str) -> None:
    assert (done.code, done.json["state"]) == (0, state), done.stderr
