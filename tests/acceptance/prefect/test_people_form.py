"""The form of `recover` for the people of a file: a key, never a number, and nobody else is called."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tasks.prefect_api.rest import Row
from tests.acceptance.prefect.deployed import Deployed
from tests.acceptance.prefect.prefect_api import PrefectApi
from tests.acceptance.site import OpenSite, Site

PLAN = ("Plan a recovery (dry run)", "plan")
pytestmark = [pytest.mark.prefect, pytest.mark.timeout(600)]


@pytest.fixture
def it(open_site: OpenSite, prefect: PrefectApi) -> Iterator[Deployed]:
    """Return a stalled job whose plans wait for a person."""
    made = Deployed(open_site("dead-dispatcher", contacts=18, policy={"approval": "'ask'"}), prefect)
    yield made
    made.take_away()


def undialled(site: Site) -> list[str]:
    """Return the numbers that a recovery of everybody would redial."""
    plan = site.run("plan", site.job, "--show-numbers", "--json").json
    return [one["phone"] for one in plan["contacts"] if one["action"] == "redial"]


def handed(site: Site, numbers: list[str], job: str) -> str:
    """Hand a file of numbers over for a job at the command line, and return its key."""
    (site.home / "people.csv").write_text("phone\n" + "\n".join(numbers) + "\n")
    told = site.run("contacts", "people.csv", "--for", job, "--json")
    assert told.code == 0, told.stderr
    return str(told.json["contacts"])


def shown(prefect: PrefectApi, run: Row) -> str:
    """Return what stands beside a run."""
    asked = {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}}
    answer = httpx.post(f"{prefect.url}/artifacts/filter", json=asked, auth=prefect.auth, timeout=60)
    return "\n".join(str(one["data"]) for one in answer.json())


def test_a_run_calls_the_people_of_its_key_alone(it: Deployed, prefect: PrefectApi) -> None:
    """Bound before the plan is shown; a changed file and another job's: refused; Prefect sees no number."""
    site = it.site
    wanted = undialled(site)
    chosen = wanted[:3]
    key = handed(site, chosen, site.job)
    planned = it.execute_run(it.make("planned", PLAN, contacts=key))
    assert planned["state_name"] == "Planned"
    assert "not in the file people.csv" in shown(prefect, planned)
    first = it.make("first", contacts=key)
    assert it.execute_run(first)["state_name"] == "Suspended"

    changed = it.execute_run(it.make("changed", contacts=handed(site, wanted[:4], site.job)))
    assert (changed["state_name"], changed["state_type"]) == ("Refused", "FAILED")
    assert "bound to the people of people.csv" in changed["state"]["message"]
    other_key = handed(site, chosen, "btcal_other")
    assert it.execute_run(it.make("plan of other", PLAN, contacts=other_key))["state_name"] == "Refused"
    other = it.execute_run(it.make("other", contacts=other_key))
    assert other["state_name"] == "Refused"
    assert "was handed over for job btcal_other" in other["state"]["message"]
    assert site.recoveries() == 1
    assert not site.dialled()

    assert it.resume(first, {"decision": "approve", "name": "Kim", "reason": "read it"})
    it.execute_run(first)
    assert site.dialled() == dict.fromkeys(chosen, 1)
    ((asked,),) = site.ask("select body from audit where kind = 'requested'")
    assert json.loads(asked)["contacts"] == key
    assert not [number for number in wanted if number[3:] in prefect.stored()]
