"""A run that waits for a person to stop the source: its form, answers that are not taken, and the way on."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from deployments.sandbox.client import Sandbox
from tasks.prefect_api.rest import Row
from tests.acceptance.prefect.deployed import Deployed
from tests.acceptance.prefect.prefect_api import PrefectApi
from tests.acceptance.site import OpenSite, Site, until
from tests.acceptance.test_voqo_story import (
    POLICY,
    REASONS,
    Courier,
    calls,
    download,
    env,
    gateway,
    observe,
    run,
)  # fmt: skip

NUMBER = "+61491570156"
"""Typed where a name belongs."""
pytestmark = [pytest.mark.prefect, pytest.mark.timeout(600)]


class Run(Deployed):
    """One run of the deployment, executed as a worker does: its process exits where the run is suspended."""

    def __init__(self, site: Site, prefect: PrefectApi) -> None:
        super().__init__(site, prefect, **env(site))
        self.id = self.make(site.job, approval="auto")

    def go(self) -> Row:
        """Execute the run until its process exits, and return it as the server shows it then."""
        return self.execute_run(self.id)

    def form(self) -> str:
        """Return what stands above the form that the run is suspended with."""
        asked = self.prefect.get(f"/flow_runs/{self.id}")["state"]["state_details"]["run_input_keyset"]
        return str(self.prefect.get(f"/flow_runs/{self.id}/input/{asked['description']}"))

    def answer(self, form: Mapping[str, Any]) -> bool:
        """Fill the form and press Resume."""
        return self.resume(self.id, form)

    def recovery(self) -> Row:
        """Return the job's recovery as `status` shows it."""
        ((found,),) = self.site.ask("select id from recovery")
        told: Row = run(self.site, "status", found).json
        return told


@pytest.fixture
def it(site: Site, prefect: PrefectApi) -> Iterator[Run]:
    """Return a run for the stalled job."""
    made = Run(site, prefect)
    yield made
    made.take_away()


@pytest.fixture
def site(open_site: OpenSite) -> Site:
    """Return a job that has stalled in Voqo and was handed over, in a workspace that approves by itself."""
    policy = POLICY | {"approval": "'auto'"}
    made = open_site("dead-dispatcher", contacts=18, speed=60, policy=policy)
    (made.home / "reasons.csv").write_text(REASONS)
    files = ("--upload", download(made, "upload"), "--report", download(made, "report"))
    assert observe(made, *files, "--agent", made.world.agent_id).code == 0
    until(lambda: observe(made).code == 0 and _stalled(made), "the stall is named", 30)
    return made


def _stalled(site: Site) -> bool:
    return bool(run(site, "triage", site.job).json["diagnosis"]["cause"] == "dead_dispatcher")


def test_a_person_says_in_the_form_that_the_job_is_stopped(it: Run, site: Site, sandbox: Sandbox) -> None:
    """Suspended with what to do; a wrong counter is asked about again; a right one lets the calls begin."""
    held = it.go()
    assert (held["state_type"], held["state_name"]) == ("PAUSED", "Suspended")
    assert f"Pause or delete job {site.job}" in it.form()
    assert (it.recovery()["state"], calls(site).total()) == ("held", 0)

    assert not it.answer({"said": "stopped", "processed": 3})  # Prefect itself refuses a form without a name
    assert it.answer({"said": "stopped", "name": NUMBER, "processed": 3})
    assert it.go()["state_type"] == "PAUSED"
    assert "was not taken" in it.form()
    assert NUMBER not in f"{it.form()} {it.site.ask('select body from audit')}"
    shown = sandbox.voqo_files(site.world.key)["processed"]
    assert it.answer({"said": "stopped", "name": "Ben", "processed": shown - 1})
    assert it.go()["state_type"] == "PAUSED"
    assert "was not taken" in it.form()
    assert (it.recovery()["state"], calls(site).total()) == ("held", 0)

    sandbox.do(site.world.key, "cancel_job")
    assert it.answer({"said": "stopped", "name": "Ben", "processed": shown})
    with gateway(site) as address, Courier(site, address).at_work():
        ended = it.go()
    assert ended["state_name"] == "Recovered", ended["state"]["message"]
    assert max(calls(site).values()) == 1
    ((found,),) = site.ask("select id from recovery")
    told = [
        one["body"]["by"] for one in run(site, "audit", found).json["entries"] if one["kind"] == "stopped"
    ]
    assert len(told) == 1
    assert told[0].startswith("Ben (Prefect form")


def test_a_second_run_waits_for_the_same_form_and_another_door_wakes_it(
    it: Run, site: Site, sandbox: Sandbox, prefect: PrefectApi
) -> None:
    """Whoever asks for the job again is told where it waits; a stop said elsewhere lets that run go on."""
    assert it.go()["state_type"] == "PAUSED"
    with it.api() as api:
        form = {"request": {"job_id": site.job, "approval": "auto"}}
        second = str(api.create_run(str(api.deployment_id()), form, f"{site.job} again")["id"])
    it.execute("-m", "prefect", "flow-run", "execute", second)
    assert prefect.get(f"/flow_runs/{second}")["state_name"] == "Awaiting a stop"

    sandbox.do(site.world.key, "cancel_job")
    ((found,),) = site.ask("select id from recovery")
    with gateway(site) as address:
        made = run(site, "token", "add", "--name", "robot", "--scope", "read,approve", "--workspace", "*")
        headers = {"Authorization": f"Bearer {made.json['token']}"}
        processed = str(sandbox.voqo_files(site.world.key)["processed"])
        fields = {"by": (None, "Ben"), "processed": (None, processed)}
        url = f"{address}/v1/recoveries/{found}/stopped"
        assert httpx.post(url, files=fields, headers=headers, timeout=60).status_code == 200
        with it.api() as api:  # as the gateway's worker wakes it, where Prefect runs beside it
            from tasks.prefect_api.stop_asked import HEARD, asks_for_stop

            (waits,) = [one for one in api.runs_of(found) if asks_for_stop(one)]
            assert api.resume(waits["id"], HEARD)
        with Courier(site, address).at_work():
            ended = it.go()
    assert ended["state_name"] == "Recovered", ended["state"]["message"]
    assert max(calls(site).values()) == 1
