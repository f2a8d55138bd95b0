"""The command line in a world that moves: a create that outlasts our patience, and a second ledger."""

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

from tests.acceptance.conftest import AUTO, SLOW, SLOW_CREATE
from tests.acceptance.site import OpenSite, finished, until

MOST_OF_A_WAVE = 20
"""People of the largest wave here: two ledgers at one moment may cost one wave between them, no more."""


def test_a_create_that_outlasts_our_patience_is_found(open_site: OpenSite) -> None:
    """The client gives up after thirty seconds, the wave appears later: nobody is called twice."""
    site = open_site("permit-leak", faults=[SLOW_CREATE], policy={"absence_seconds": 60, "stall_seconds": 60})
    done = site.run("recover", site.job, "--yes", "--no-prefect", "--json", timeout=300)
    assert done.json["state"] in {"recovered", "held"}, done.stdout
    assert set(site.dialled().values()) == {1}
    assert site.breaches() == ()


def test_a_second_ledger_in_between_stops_and_says_so(open_site: OpenSite, tmp_path: Path) -> None:
    """A second user begins while the first one dials: at most one wave is called twice, and it is said."""
    site = open_site(**SLOW, policy=AUTO)
    (tmp_path / "policy.toml").write_text((site.home / "policy.toml").read_text())
    other = replace(site, home=tmp_path)
    with site.recovering("--no-prefect") as first:
        until(lambda: site.waves("sample", "watch", "ramp"), "the first one dials", by=[first])
        second = other.recover()
        ended = json.loads(finished(first).stdout)
    assert second.code in {3, 4}, second.stdout
    assert "another home, user or database" in second.stdout + second.stderr
    assert ended["state"] in {"recovered", "held", "escalated"}
    people = Counter(site.dialled())
    assert sum(times - 1 for times in people.values() if times > 1) <= MOST_OF_A_WAVE
    assert max(people.values()) <= 2


def test_a_second_ledger_afterwards_calls_nobody(open_site: OpenSite, tmp_path: Path) -> None:
    """A second user recovers the job after the first one has: hers holds, and the sentence says why."""
    site = open_site("permit-leak")
    assert site.recover().json["state"] == "recovered"
    called = site.dialled()
    (tmp_path / "policy.toml").write_text((site.home / "policy.toml").read_text())
    second = replace(site, home=tmp_path).recover()
    assert second.code in {3, 4}, second.stdout
    assert site.dialled() == called
    assert "ledger" in second.stdout + second.stderr


def test_a_ledger_put_back_calls_nobody_again(open_site: OpenSite) -> None:
    """The copy was made while the plan waited; approved and resumed a second time, it holds."""
    site = open_site("permit-leak")
    waiting = site.run("recover", site.job, "--no-prefect", "--json").json["recovery_id"]
    assert site.run("backup", "b.zip").code == 0
    approval = ("approve", waiting, "--by", "Ida", "--reason", "read the plan", "--json")
    assert site.run(*approval).code == 0
    assert site.run("resume", waiting, "--no-prefect", "--json").json["state"] == "recovered"
    called = site.dialled()
    assert site.run("restore", "b.zip", "--over").code == 0
    site.run(*approval)
    again = site.run("resume", waiting, "--no-prefect", "--json")
    assert again.code in {3, 4}, again.stdout
    assert site.dialled() == called
