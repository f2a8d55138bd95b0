"""Recoveries under Prefect: what the command prints, what Prefect shows, and what it never gets to see."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import pytest

from tests.acceptance.contract import broken
from tests.acceptance.prefect.prefect_api import PrefectApi, Row, Shown
from tests.acceptance.site import Completed, OpenSite, Site, until, whole

pytestmark = pytest.mark.prefect

STORIES = {"recovered": "permit-leak", "held": "provider-outage", "escalated": "duplicate-job"}
CONTACTS = {"recovered": 60}
TRIAGE = (
    "Look at the job, its contacts and its surroundings",
    "Confirm job health and stage",
    "Validate permit and dispatch behaviour",
    "Check duplicate prevention",
    "Determine the retry strategy",
    "Recheck configuration and contacts",
    "Name the cause",
)


@dataclass(frozen=True)
class Told:
    """One recovery as its command told it and as Prefect shows it."""

    site: Site
    done: Completed
    shown: Shown

    @property
    def run(self) -> Row:
        """Return its flow run."""
        (run,) = self.shown.top
        return run


@pytest.fixture(scope="module")
def told(open_site: OpenSite, prefect: PrefectApi, crew: ThreadPoolExecutor) -> dict[str, Told]:
    """Return three recoveries that one Prefect server has conducted side by side."""

    def tell(name: str) -> Told:
        site = open_site(STORIES[name], contacts=CONTACTS.get(name, 24))
        done = site.run("recover", site.job, "--yes", "--json", **prefect.env)
        return Told(site, done, prefect.shown(done.json["recovery_id"]))

    return dict(zip(STORIES, crew.map(tell, STORIES), strict=True))


def test_the_locked_server_starts(prefect: PrefectApi) -> None:
    """The Prefect server of the lock starts on a machine without one, with the FastAPI of the lock."""
    assert prefect.get("/health") is True
    assert prefect.get("/admin/version") == version("prefect") == "3.9.1"
    assert version("fastapi") == "0.150.0"


def test_recover_prints_the_contract_and_nothing_else(told: dict[str, Told]) -> None:
    """`recover --json` prints one JSON document with every key of the contract and exits 0."""
    done = told["recovered"].done
    assert (done.code, done.json["state"]) == (0, "recovered"), done.stderr
    assert broken(done.json) == []
    assert done.json["counts"]["planned"] == done.json["counts"]["accepted"] > 20
    assert told["recovered"].site.breaches() == ()


@pytest.mark.parametrize(("name", "code"), [("held", 3), ("escalated", 4)])
def test_an_end_that_needs_a_person_is_told(told: dict[str, Told], name: str, code: int) -> None:
    """A recovery that is held or escalated keeps the contract too and exits as the contract says."""
    done = told[name].done
    assert (done.code, done.json["state"]) == (code, name), done.stderr
    assert broken(done.json) == []
    assert told[name].site.breaches() == ()


def test_one_flow_run_with_the_levels_in_it(told: dict[str, Told]) -> None:
    """A recovery is one flow run named after its job, and the levels of the runbook are runs within it."""
    it = told["recovered"]
    assert it.run["name"] == f"recover {it.site.job} · {it.site.world.workspace_id}"
    assert it.shown.levels == [
        "Triage: the four operational checks",
        "Level 1: retry a small sample",
        "Level 2: relaunch and watch",
    ]
    assert told["escalated"].shown.levels[-1] == "Level 3: escalate to engineering"


@pytest.mark.parametrize("name", STORIES)
def test_the_flow_run_ends_in_the_state_of_the_recovery(told: dict[str, Told], name: str) -> None:
    """Prefect shows how the recovery ended in the name of the run's state, and what is next beside it.

    An end that needs a person does not look like success.
    """
    state = told[name].run["state"]
    kind = "COMPLETED" if name == "recovered" else "FAILED"
    assert (state["type"], state["name"]) == (kind, name.capitalize())
    done = told[name].done.json
    assert state["message"] == f"{done['next_action']} (recovery {done['recovery_id']})"


def test_each_step_is_a_task_and_no_contact_is(told: dict[str, Told]) -> None:
    """Each step is a task under a name that a support agent understands; their number is that of waves."""
    shown = told["recovered"].shown
    names = [task["name"].rsplit("-", 1)[0] for task in shown.tasks]
    assert tuple(name for name in names if name in TRIAGE) == TRIAGE
    assert {"Freeze the plan", "Sample: send one small wave and watch it", "Write down the end"} <= {*names}
    waves = len(told["recovered"].site.ask("select n from wave"))
    assert len(names) <= 20 + 2 * waves


def test_what_a_support_agent_reads_is_an_artifact(told: dict[str, Told]) -> None:
    """Findings, plan, looks and report stand beside the run, and package and picture where there are some."""
    it = told["recovered"]
    recovery, job = (it.done.json[name].replace("_", "-") for name in ("recovery_id", "job_id"))
    keys = {artifact["key"] for artifact in it.shown.artifacts}
    assert keys == {f"findings-{job}", f"plan-{job}", f"sample-{job}", f"report-{recovery}"}
    report = next(a for a in it.shown.artifacts if a["key"].startswith("report"))
    assert it.done.json["next_action"] in report["data"]
    escalated = {artifact["key"].split("-")[0] for artifact in told["escalated"].shown.artifacts}
    assert {"package", "chart", "report"} <= escalated


def announced(prefect: PrefectApi, recovery_id: str, count: int) -> list[Row]:
    """Return what a recovery has announced, once the server has written down so many events of it."""
    until(lambda: len(prefect.events(recovery_id)) >= count, "the server has written it down")
    return prefect.events(recovery_id)


def test_each_change_of_state_is_an_event(prefect: PrefectApi, told: dict[str, Told]) -> None:
    """People can hang automations on a recovery: each state and its verdict are announced once, masked."""
    it = told["recovered"]
    expected = ["running", "verdict", "recovered"]
    found = announced(prefect, it.done.json["recovery_id"], len(expected))
    assert [one["event"].removeprefix("ringback.recovery.") for one in found] == expected
    assert found[1]["payload"]["verdict"] == "go"
    assert found[-1]["payload"]["next_action"] == it.done.json["next_action"]
    (flow_run,) = [one["prefect.resource.id"] for one in found[-1]["related"] if "role" in str(one)][:1]
    assert flow_run == f"prefect.flow-run.{it.run['id']}"
    other = told["escalated"].done.json["recovery_id"]
    ended = "ringback.recovery.escalated"
    until(lambda: any(one["event"] == ended for one in prefect.events(other)), "its end is written down")
    assert whole(it.site.numbers(), str(found)) == set()


def test_an_end_that_is_decided_outside_of_prefect_is_an_event_too(
    open_site: OpenSite, prefect: PrefectApi
) -> None:
    """A plan that is declined at the command line is announced as held, once, though no run works on it."""
    site = open_site("permit-leak")
    waits = site.run("recover", site.job, "--json", **prefect.env).json
    assert waits["state"] == "awaiting_approval"
    because = ("--by", "Ana", "--reason", f"call {min(site.numbers())} first", "--json")
    assert site.run("decline", waits["recovery_id"], *because, **prefect.env).json["state"] == "held"
    told = ["running", "awaiting_approval", "held"]
    found = announced(prefect, waits["recovery_id"], len(told))
    assert [one["event"].removeprefix("ringback.recovery.") for one in found] == told
    assert "Declined by Ana" in found[-1]["payload"]["next_action"]
    assert whole(site.numbers(), str(found)) == set()


MAKE = """
import os
from tasks.prefect_api.blocks import WorkspaceCredentials
WorkspaceCredentials(url=os.environ["URL"], key=os.environ["KEY"]).save("acme-key")
"""


def test_a_recovery_takes_its_key_from_a_block(open_site: OpenSite, prefect: PrefectApi) -> None:
    """A block that Prefect itself has made is the workspace's key; Prefect keeps it where nobody reads it."""
    site = open_site("permit-leak")
    world = {"URL": site.world.url, "KEY": site.world.key}
    subprocess.run(
        [sys.executable, "-c", MAKE], env=site.env(**prefect.env, **world), check=True, timeout=120
    )
    bare: dict[str, Any] = {"RINGBACK_PLATFORM_KEY": None, "RINGBACK_PLATFORM_URL": None, **prefect.env}
    args = ("recover", site.job, "--yes", "--json")
    missing = site.run(*args, **bare, RINGBACK_KEY_BLOCK="no-such-block")
    assert (missing.code, site.dialled(), site.recoveries()) == (2, {}, 0)
    assert "the Prefect server has no such block" in missing.json["error"]
    done = site.run(*args, **bare, RINGBACK_KEY_BLOCK="acme-key")
    assert (done.code, done.json["state"]) == (0, "recovered"), done.stderr
    assert site.breaches() == ()
    assert site.world.key not in prefect.stored() + done.stdout + done.stderr


def test_runs_are_found_by_the_words_of_the_runbook(told: dict[str, Told], prefect: PrefectApi) -> None:
    """Whoever looks for what is held finds it by that name, over the API and at Prefect's command line."""
    held = told["held"].run
    found = prefect.runs_named("Held")
    assert held["id"] in {one["id"] for one in found}
    assert {one["state_name"] for one in found} == {"Held"}
    listed = prefect.command("flow-run", "ls", "--state", "Held", "--output", "json")
    assert held["id"] in {one["id"] for one in json.loads(listed)}
    assert told["recovered"].run["id"] not in listed


@pytest.mark.parametrize("name", STORIES)
def test_prefect_is_told_no_number_and_no_key(told: dict[str, Told], name: str) -> None:
    """No parameter, name, state, log line or artifact holds the platform's key or anybody's whole number."""
    it = told[name]
    asked = it.run["parameters"]["request"]
    assert (asked["job_id"], asked["workspace"]) == (it.site.job, it.site.world.workspace_id)
    assert it.shown.logs
    assert it.shown.states
    assert whole(it.site.numbers(), it.shown.text()) == set()
    assert it.site.world.key not in it.shown.text()


def test_the_servers_database_holds_no_number_and_no_key(told: dict[str, Told], prefect: PrefectApi) -> None:
    """Nobody's number and no key lies anywhere in Prefect's database, whatever its API shows."""
    stored = prefect.stored()
    for it in told.values():
        assert it.site.job in stored
        assert whole(it.site.numbers(), stored) == set()
        assert it.site.world.key not in stored
        assert whole(it.site.numbers(), it.done.stdout + it.done.stderr) == set()
