"""`ringback up` in a world that moves: a create that outlasts our patience, and a second ledger."""

from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tasks.prefect_api.rest import Row
from tests.acceptance.site import Completed
from tests.acceptance.up.up_site import ENDS, MANY_SECONDS, UpSite

pytestmark = pytest.mark.timeout(1200)

MOST_OF_A_WAVE = 20
"""People of the largest wave here: two ledgers at one moment may cost one wave between them, no more."""


@dataclass(frozen=True)
class Told:
    """Both runs at their end, and what the other user's command said."""

    slowly: Row
    shared: Row
    other: Completed


@pytest.fixture(scope="module")
def told(up: UpSite, asked: object, tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Start both; a second user of the host recovers the shared job at her command line, with her ledger."""
    runs = {name: str(up.ask(name, approval="auto")["id"]) for name in ("slowly", "shared")}
    site = up.sites["shared"]
    up.wait(lambda: site.waves("sample", "watch", "ramp"), "the shared job is dialled", MANY_SECONDS)
    home: Path = tmp_path_factory.mktemp("another-user")
    (home / "policy.toml").write_text("poll_seconds = 0.05\nvisibility_seconds = 0.3\nstall_seconds = 60\n")
    other = replace(site, home=home).recover()
    ended = {name: up.until(run_id, *ENDS) for name, run_id in runs.items()}
    return Told(ended["slowly"], ended["shared"], other)


def test_a_create_that_outlasts_our_patience_is_found(up: UpSite, told: Told) -> None:
    """The client gives up, the wave appears later: it is found by its marker, and nobody is called twice."""
    assert told.slowly["state_name"] in {"Recovered", "Held"}, told.slowly["state"]["message"]
    assert set(up.sites["slowly"].dialled().values()) == {1}
    assert up.sites["slowly"].breaches() == ()


def test_a_second_ledger_stops_and_says_so(up: UpSite, told: Told) -> None:
    """The younger one takes back what does not ring and names the other; at most one wave is called twice."""
    assert told.other.code in {3, 4}, told.other.stdout
    said = told.other.stdout + told.other.stderr
    assert "another home, user or database" in said or "another ledger" in said.lower()
    people = Counter(up.sites["shared"].dialled())
    assert sum(times - 1 for times in people.values() if times > 1) <= MOST_OF_A_WAVE
    assert max(people.values()) <= 2
