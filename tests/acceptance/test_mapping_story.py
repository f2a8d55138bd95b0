"""A platform that is known by a mapping file alone: the same commands as elsewhere, nobody called twice."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.sandbox.client import Sandbox
from deployments.sandbox.scenarios import SCENARIOS
from tests.acceptance.site import PATIENT, ROOT, Completed, OpenSite, Site, until
from tests.invariants import check

EXAMPLE = ROOT / "examples" / "mappings" / "desk.toml"
CREATE = {"on": "POST /rest/v1/jobs", "skip": 1}
"""The first create: before it the source is stopped, under a path that begins alike."""
Open = Callable[..., Site]
WISHES: dict[str, dict[str, Any]] = {"poison": {"contacts": 400}, "invalid-segment": {"contacts": 48}}
"""Enough that a bulk, or a segment, is told from chance."""


def env(site: Site) -> dict[str, Any]:
    """Return what the environment says of the mapping."""
    return {"RINGBACK_PLATFORM": "http", "RINGBACK_PLATFORM_MAPPING": str(site.home / "desk.toml")}


def run(site: Site, *args: str) -> Completed:
    """Run one command."""
    return site.run(*args, "--json", **env(site))


def recover(site: Site, *more: str) -> Completed:
    """Recover the job, without asking unless told otherwise."""
    return run(site, "recover", site.job, "--no-prefect", *(more or ("--yes",)))


def change(site: Site, old: str, new: str) -> None:
    """Change the mapping file of a site."""
    path = site.home / "desk.toml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def without(site: Site, *tables: str) -> None:
    """Take whole tables out of the mapping file of a site."""
    path = site.home / "desk.toml"
    parts = path.read_text().split("\n[")
    kept = [part for part in parts if not part.startswith(tuple(f"{table}]" for table in tables))]
    assert len(kept) == len(parts) - len(tables)
    path.write_text("\n[".join(kept))


def hand_over(site: Site) -> None:
    """Hand over the upload that the job was made of."""
    upload = site.home / "upload.csv"
    headers = {"authorization": f"Bearer {site.world.key}"}
    told = httpx.get(f"{site.world.url}/rest/v1/jobs/{site.job}/upload", headers=headers, timeout=30)
    upload.write_text(told.text)
    taken = run(site, "observe", site.job, "--status", "Running", "--upload", str(upload))
    assert taken.code == 0, taken.stderr


def jobs_of_ours(site: Site) -> list[dict[str, Any]]:
    """Return the jobs that waves have made, by the sandbox's own record."""
    return [one for one in site.history["jobs"] if one["name"].startswith("rb-")]


def breaches(site: Site) -> tuple[Any, ...]:
    """Hold the ledger and what truly happened against the promises."""
    from tasks.ledger.database.engine import make_engine
    from tasks.runtime.keys import load_keys
    from tests.plain_settings import plain_settings

    engine = make_engine(f"sqlite:///{site.ledger}")
    workspace = str(site.ask("select workspace from recovery")[0][0])
    keys = load_keys(plain_settings(home=site.home)).by_id
    try:
        return check(engine, site.history, (workspace, "http", site.job), keys)
    finally:
        engine.dispose()


@pytest.fixture
def opened(open_site: OpenSite) -> Open:
    """Return what opens a world with the example's mapping beside it and the upload handed over."""

    def opening(scenario: str = "dead-dispatcher", *, upload: bool = True, **wishes: Any) -> Site:
        site = open_site(scenario, **wishes)
        shutil.copy(EXAMPLE, site.home / "desk.toml")
        if upload:
            hand_over(site)
        return site

    return opening


def test_a_stalled_job_is_recovered_by_the_same_commands(opened: Open) -> None:
    """Stall named, plan shown, recovery finished: 0 twice, by the platform's own record."""
    site = opened()
    found = run(site, "triage", site.job)
    assert found.json["diagnosis"]["cause"] == "dead_dispatcher", found.stderr
    plan = run(site, "plan", site.job).json
    assert plan["counts"]["redial"] > 5
    told = recover(site)
    assert (told.code, told.json["state"]) == (0, "recovered"), (told.json["next_action"], told.stderr)
    dialled = site.dialled()
    assert dialled
    assert max(dialled.values()) == 1
    assert breaches(site) == ()
    assert run(site, "audit", told.json["recovery_id"], "--verify").json["ok"]


def test_the_audit_and_the_package_say_by_which_evidence(opened: Open) -> None:
    """Abilities, the file's hash and every line of evidence stand where somebody looks afterwards."""
    from hashlib import sha256
    from zipfile import ZipFile

    site = opened("duplicate-job")
    told = recover(site)
    assert told.json["state"] == "escalated", told.stderr
    digest = sha256(EXAMPLE.read_bytes()).hexdigest()
    with ZipFile(told.json["package"]) as package:
        shown = json.loads(package.read("platform.json"))
        assert "SUMMARY.md" in package.namelist()
    assert shown["mapping"]["sha256"] == digest
    assert "lookup.absence" in shown["mapping"]["evidence"]
    assert shown["capabilities"]["find"] == "jobs"


def test_a_lost_answer_is_found_by_its_marker(opened: Open) -> None:
    """The create is cut after it was carried out: the wave is adopted, and nothing is sent again."""
    site = opened()
    site.sandbox.fault(site.world.key, "accept_then_cut", **CREATE)
    told = recover(site)
    assert (told.code, told.json["state"]) == (0, "recovered"), (told.json["next_action"], told.stderr)
    assert site.count("select count(*) from wave where answer like 'adopted%'") == 1
    assert max(site.dialled().values()) == 1
    assert len({one["name"] for one in jobs_of_ours(site)}) == len(jobs_of_ours(site))
    assert breaches(site) == ()


@pytest.mark.parametrize("fault", ["accept_then_cut", "accept_then_500"])
def test_a_lost_answer_holds_where_the_mapping_names_no_look_up(opened: Open, fault: str) -> None:
    """Without a marker to look for a cut, or a 500, is not known to be a no: all in it are held."""
    site = opened()
    without(site, "jobs", "jobs.paging", "lookup", 'evidence."lookup.absence"')
    site.sandbox.fault(site.world.key, fault, **CREATE)
    told = recover(site)
    assert (told.code, told.json["state"]) == (3, "held"), told.stderr
    assert "cannot be told" in told.stderr
    assert told.json["counts"]["unknown"] > 0
    again = recover(site)
    assert again.json["state"] in {"held", "recovered", "healthy"}, again.stderr
    assert max(site.dialled().values()) == 1
    assert breaches(site) == ()


def test_a_500_on_create_is_looked_up_and_never_a_refusal(opened: Open) -> None:
    """A 500 may come after the job was created: here it did, and nobody is called by another one."""
    site = opened()
    site.sandbox.fault(site.world.key, "accept_then_500", **CREATE)
    told = recover(site)
    assert told.json["state"] == "recovered", (told.json["next_action"], told.stderr)
    assert site.count("select count(*) from wave where answer like 'adopted%'") == 1
    assert max(site.dialled().values()) == 1
    assert breaches(site) == ()


def test_a_recovery_that_is_killed_goes_on(opened: Open) -> None:
    """Killed after its first wave was taken, and resumed: everybody once, and the books hold."""
    site = opened("dead-dispatcher", contacts=40, speed=20, policy=PATIENT)
    with site.recovering("--no-prefect", **env(site)) as process:
        until(lambda: site.waves("sample"), "a wave was taken", 60, by=[process])
        process.kill()
    recovery_id = str(site.ask("select id from recovery")[0][0])
    told = run(site, "resume", recovery_id, "--no-prefect")
    assert told.json["state"] == "recovered", (told.json["next_action"], told.stderr)
    assert max(site.dialled().values()) == 1
    assert breaches(site) == ()


def test_a_status_that_is_not_listed_holds(opened: Open) -> None:
    """Of a job in a state that the mapping does not list nobody is redialled, nor is it stopped."""
    site = opened()
    site.sandbox.fault(site.world.key, "unknown_status", count=None)
    told = recover(site)
    assert told.code == 3, told.stdout
    assert told.json["state"] == "held"
    assert jobs_of_ours(site) == []


def test_a_mapping_that_changed_after_the_approval_stops(opened: Open) -> None:
    """The plan was approved under another file: nothing is sent before that is back, and then it goes on."""
    site = opened()
    waiting = recover(site, "--no-prefect")
    assert waiting.json["state"] == "awaiting_approval", waiting.stderr
    recovery_id = waiting.json["recovery_id"]
    assert run(site, "approve", recovery_id, "--by", "Ana", "--reason", "looks right").code == 0
    change(site, "max_rows = 1000", "max_rows = 900")
    told = run(site, "resume", recovery_id, "--no-prefect")
    assert (told.code, told.json["state"]) == (3, "held"), told.stderr
    assert "Put back what the plan was approved with" in told.json["next_action"]
    assert jobs_of_ours(site) == []
    assert site.history["jobs"][0]["status"] != "cancelled"
    change(site, "max_rows = 900", "max_rows = 1000")
    done = run(site, "resume", recovery_id, "--no-prefect")
    assert done.json["state"] == "recovered", (done.json["next_action"], done.stderr)
    assert max(site.dialled().values()) == 1


def test_without_the_upload_nobody_is_redialled(opened: Open) -> None:
    """What the agent is told stands in the upload: until it is handed over every contact is held."""
    site = opened(upload=False)
    plan = run(site, "plan", site.job)
    assert plan.json["counts"]["redial"] == 0
    assert any("upload was not handed over" in one["why"] for one in plan.json["contacts"])
    assert recover(site).code == 3
    assert jobs_of_ours(site) == []


def test_a_mapping_without_create_only_looks(opened: Open) -> None:
    """Every omission takes an ability away: the job is looked at, nobody is redialled, nothing is stopped."""
    site = opened()
    path = Path(site.home / "desk.toml")
    tables = [line.strip("[]") for line in path.read_text().splitlines() if line.startswith("[")]
    gone = [
        one for one in tables if one.startswith(("create", 'evidence."create', "lookup", 'evidence."lookup'))
    ]
    without(site, *gone)
    plan = run(site, "plan", site.job)
    assert plan.code == 0, plan.stderr
    assert plan.json["counts"]["redial"] == 0
    assert recover(site).code == 3
    assert jobs_of_ours(site) == []
    assert site.history["jobs"][0]["status"] == "in_progress"


def test_the_check_shows_how_everything_was_read(opened: Open, sandbox: Sandbox) -> None:
    """Before anything is done: fields, words that nobody has mapped, abilities, evidence, assumptions."""
    site = opened()
    change(site, 'waiting = "not_dialed"\n', "")
    without(site, 'evidence."rows.statuses.waiting"')
    before = sandbox.history(site.world.key)
    told = run(site, "mapping", "check", str(site.home / "desk.toml"), "--job", site.job)
    assert told.code == 0, told.stderr
    shown = told.json
    assert shown["unmapped"] == {"rows.statuses": {"waiting": shown["unmapped"]["rows.statuses"]["waiting"]}}
    assert shown["job"]["status"] == "running"
    assert shown["problems"] == {}
    assert shown["evidence"]["stop"]["source"]
    assert shown["assumptions"]
    assert site.world.key not in told.stdout + told.stderr
    assert not [one for one in site.numbers() if one in told.stdout]
    assert sandbox.history(site.world.key)["dials"] == before["dials"]


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_scenario_ends_as_on_other_platforms(opened: Open, scenario: str) -> None:
    """The same cause leads to the same end, whoever the platform is and by whichever file it is known."""
    site = opened(scenario, **WISHES.get(scenario, {}))
    told = recover(site)
    shown = (told.json["state"], told.json["cause"])
    assert shown == (site.world.expected_state, site.world.expected_cause), told.stderr
    assert max(site.dialled().values(), default=1) == 1
    assert breaches(site) == ()


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_whatever_a_format_leaves_open_nobody_is_called_twice(opened: Open, seed: int) -> None:
    """Names cut, ids new, numbers written otherwise, late listings and stops: held at worst, never twice."""
    wishes: dict[str, Any] = {"adversary": seed, "seed": seed, "policy": {"default_region": '"AU"'}}
    site = opened("dead-dispatcher", **wishes)
    for _ in range(2):
        told = recover(site)
        assert told.json["state"] in {"recovered", "healthy", "held", "escalated"}, told.stderr
    assert max(site.dialled().values(), default=1) == 1
    assert breaches(site) == ()
