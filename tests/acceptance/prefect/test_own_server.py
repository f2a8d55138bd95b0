"""A bare machine: ringback starts a Prefect server of its own, shares it, and leaves none behind."""

import json
from signal import SIGTERM

import psutil
import pytest

from tasks.prefect_api.server.process import DEFAULT_URL, is_healthy
from tests.acceptance.site import PATIENT, OpenSite, Site, finished, until

SENDING = "select count(distinct recovery_id) from wave where state in ('accepted', 'settled')"


def server_of(site: Site) -> psutil.Process | None:
    """Return the server that runs for a home, None where there is none."""
    told = site.home / "prefect" / "server.json"
    try:
        return psutil.Process(int(json.loads(told.read_text())["pid"]))
    except (OSError, ValueError, psutil.NoSuchProcess):
        return None


def only_where_ours_is_used() -> None:
    """Skip where ringback would use a server that is not its own."""
    if is_healthy(DEFAULT_URL):
        pytest.skip("another Prefect server answers on port 4200, and ringback would use that one")


def test_two_recoveries_share_one_server_that_ends_with_the_last(open_site: OpenSite) -> None:
    """Two recoveries at once start one server; the first to end, here by SIGTERM, leaves it to the other."""
    only_where_ours_is_used()
    told = open_site("dead-dispatcher", contacts=200, speed=20, policy=PATIENT)
    last = open_site("permit-leak", home=told.home, speed=6, policy=PATIENT)
    with told.recovering() as first, last.recovering() as second:
        both = (first, second)
        until(lambda: told.count(SENDING) == len(both), "both recoveries send waves", 240, by=both)
        server = server_of(told)
        assert server
        first.send_signal(SIGTERM)
        one = finished(first)
        assert second.poll() is None
        assert server.is_running()
        family = [server, *server.children(recursive=True)]
        other = finished(second)
    assert (one.code, one.json["state"]) == (3, "held"), one.stderr
    assert (other.code, other.json["state"]) == (0, "recovered"), other.stderr
    assert sum("starting Prefect" in done.stderr for done in (one, other)) == 1
    _, alive = psutil.wait_procs(family, timeout=10)
    assert alive == []
    assert not (told.home / "prefect" / "server.json").exists()
    assert last.breaches() == ()


def test_a_server_that_does_not_start_is_told(open_site: OpenSite) -> None:
    """Where no server can be started, a sentence names its log; nobody is called, the job is let go of."""
    only_where_ours_is_used()
    site = open_site("permit-leak")
    with site.recovering(PREFECT_API_DATABASE_CONNECTION_URL="nonsense://nowhere") as process:
        done = finished(process)
    assert done.code == 1
    assert "did not start" in done.json["error"]
    assert str(site.home / "prefect" / "server.log") in done.json["error"]
    assert server_of(site) is None
    assert site.dialled() == {}
    assert site.recover().json["state"] == "recovered"
