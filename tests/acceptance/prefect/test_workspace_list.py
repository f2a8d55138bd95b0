"""The list of workspaces in the forms of a server, and requests for one that is not in it yet."""

from collections.abc import Iterator

import httpx
import pytest

from tests.acceptance.prefect.deployed import Deployed
from tests.acceptance.prefect.prefect_api import PrefectApi
from tests.acceptance.site import OpenSite

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(600)]
MORE = """
[workspaces.acme]
platform_key = "xi_0123456789abcdef"
"""


@pytest.fixture
def it(open_site: OpenSite, prefect: PrefectApi) -> Iterator[Deployed]:
    """Return the deployments of a home with two workspaces."""
    site = open_site("healthy", contacts=6)
    (site.home / "ringback.toml").write_text(MORE)
    made = Deployed(site, prefect)
    yield made
    made.take_away()


def test_a_person_chooses_and_a_program_is_not_kept_out(it: Deployed, prefect: PrefectApi) -> None:
    """The form offers what the settings name; a newer one that a program names is the flow's to refuse."""
    own = it.site.world.workspace_id
    with it.api() as api:
        deployment = str(api.deployment_id())
    schema = prefect.get(f"/deployments/{deployment}")["parameter_openapi_schema"]
    listed = schema["definitions"]["RecoveryRequest"]["properties"]["workspace"]
    assert (listed["enum"], listed["default"]) == ([own, "", "acme"], own)

    url = f"{prefect.url}/deployments/{deployment}/create_flow_run"
    asked = {"parameters": {"request": {"job_id": it.site.job, "workspace": "newer"}}}
    answer = httpx.post(url, json=asked, auth=prefect.auth, timeout=60)
    assert answer.status_code == 409
    assert "acme" in answer.text

    run = it.execute_run(it.make("by a program", workspace="newer"))
    assert (run["state_name"], run["state_type"]) == ("Refused", "FAILED")
    assert "There is no workspace 'newer' in the settings." in run["state"]["message"]
    assert it.site.recoveries() == 0


def test_to_list_a_workspace_changes_no_sweep(it: Deployed, prefect: PrefectApi) -> None:
    """Registered anew without options, sweeps do what they did: one that only reports opens no recovery."""
    it.execute("-m", "deployments.prefect.register")
    sweep = prefect.get("/deployments/name/Sweep for stalled jobs/sweep")
    assert sweep["parameters"] == {"request": {"act": "report"}}
    assert [one["schedule"]["interval"] for one in sweep["schedules"]] == [86400]
