"""Calling hours from the command line: what the plan shows, who waits, who opted out, who loosened what."""

import json
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from models.calling.clock import opens
from models.calling.rule import Facts, gates_of
from models.calling.zones import zones_of_number
from models.policy.policy import Policy
from tests.acceptance.site import ROOT, OpenSite, Site, until

AU_MOBILE = "+61491570006"
SOON = timedelta(minutes=10)
GAP = "minimum gap after the last attempt"


def closed_now() -> dict[str, str]:
    """Return a stricter window of half a day that is closed now in Australia and opens later."""
    for hours in ("09:00-15:00", "14:00-20:00"):
        knobs = {"calling_window": "au", "open_weekdays": hours, "open_saturday": "closed"}
        chosen = Policy.model_validate(knobs)
        gates = gates_of(Facts(zones_of_number(AU_MOBILE), "AU"), chosen)
        now = datetime.now(UTC)
        opening = opens(gates, now, chosen.call_seconds)
        if opening and opening > now + SOON:
            return knobs
    raise AssertionError("one of two halves of a day is always closed")


@pytest.fixture(scope="module")
def evening(open_site: OpenSite) -> Site:
    """Return a job that fell short where nobody may be called now; one that only stands still would sleep."""
    knobs = {name: json.dumps(value) for name, value in closed_now().items()}
    return open_site("fell-short", policy={**knobs, "wait_hours": 400})


def test_a_recovery_waits_for_the_hours_and_says_so(evening: Site) -> None:
    """The plan names the moment, recover waits for it, status tells; kill and cancel call nobody."""
    plan = evening.run("plan", evening.job, "--json").json
    groups = {one["why"]: one for one in plan["groups"]}
    group = groups["outside calling hours"]
    redials = [one["not_before"] for one in plan["contacts"] if one["action"] == "redial"]
    later = [moment for moment in redials if moment != group["not_before"]]
    # Where the hours begin sooner than four hours after a first attempt, that contact waits for its gap.
    assert groups.keys() == {group["why"], *([GAP] if later else [])}
    assert sum(one["contacts"] for one in groups.values()) == len(redials) == plan["counts"]["redial"]
    assert len(later) == (groups[GAP]["contacts"] if later else 0)
    assert min(redials) == group["not_before"]
    waits = "select count(*) from recovery where waits_until is not null"
    with evening.recovering("--no-prefect") as process:
        until(lambda: evening.count(waits), "it waits for calling hours")
        (recovery_id,) = evening.ask("select id from recovery")[0]
        told = evening.run("status", recovery_id, "--json").json
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert told["state"] == "running"
    assert datetime.fromisoformat(told["waits_until"]) == datetime.fromisoformat(group["not_before"])
    assert "calling goes on by itself" in told["next_action"]
    assert told["counts"]["accepted"] == 0
    assert evening.run("sweep", "--act", "recover", "--json").json["resumed"] == {}
    ended = evening.run("cancel", recovery_id, "--json").json
    assert ended["state"] == "cancelled"
    assert not evening.dialled()
    assert evening.breaches() == ()


def test_who_opted_out_is_dropped(open_site: OpenSite) -> None:
    """Suppressed by number, by file and by a file that settings name; lists are masked, bad ones hold."""
    site = open_site("dead-dispatcher")
    one, two, three = sorted(site.numbers())[:3]
    (site.home / "some.csv").write_text(f"phone,why\n{two},asked\n")
    (site.home / "standing.txt").write_text(f"{three}\n")
    assert site.run("suppress", one, "--why", "asked by mail", "--json").json == {"added": 1}
    done = site.run(
        "suppress", "--file", str(site.home / "some.csv"), "--why", "import", "--list", "--json"
    ).json
    assert done["added"] == 1
    assert (done["file"]["numbers"], done["file"]["column"], done["file"]["not_taken"]) == (1, "phone", [])
    assert two not in str(done["file"]["examples"])
    assert [row["why"] for row in done["suppressed"]] == ["import", "asked by mail"]
    assert not {one, two} & {row["phone"] for row in done["suppressed"]}
    named: dict[str, Any] = {"RINGBACK_SUPPRESSION": str(site.home / "standing.txt")}
    plan = site.run("plan", site.job, "--show-numbers", "--json", **named).json
    gone = {row["phone"] for row in plan["contacts"] if "suppression list" in row["why"]}
    assert gone == {one, two, three}
    missing = site.run("plan", site.job, "--json", RINGBACK_SUPPRESSION=str(site.home / "gone.txt"))
    assert missing.code == 3
    assert "cannot be read" in missing.json["error"]
    for args in (("suppress",), ("suppress", one), ("suppress", "12", "--why", "x")):
        assert site.run(*args).code == 2


LOOSE = 'calling_window = "au"\npurpose = "research"\nopen_sunday = "08:00-18:00"\n'
BECAUSE = '[because.open_sunday]\nby = "Ida Berg"\nreason = "members asked for Sundays"\n'


def test_a_policy_is_loosened_by_name_only(open_site: OpenSite) -> None:
    """Wider hours without a name are refused in one sentence; with one, policy and audit show who and why."""
    site = open_site("dead-dispatcher")
    own = site.home / "own.toml"
    own.write_text(LOOSE)
    refused = site.run("policy", "--json", RINGBACK_POLICY=str(own))
    assert refused.code == 2
    assert "[because.open_sunday]" in refused.json["error"]
    own.write_text(LOOSE + BECAUSE)
    told = site.run("policy", "--json", RINGBACK_POLICY=str(own)).json
    rows = {row["key"]: row for row in told["policy"]}
    assert (rows["open_sunday"]["from"], rows["open_sunday"]["by"]) == (str(own), "Ida Berg")
    assert (rows["open_weekdays"]["value"], rows["open_weekdays"]["from"]) == (
        "09:00-20:30",
        "preset au (research)",
    )
    assert rows["min_gap_hours"]["value"] == 4
    assert rows["sample_max"]["from"] == "default"
    assert "donotcall.gov.au" in told["sources"]["au"]
    assert any("suppression list" in rule for rule in told["hard_rules"])
    run = site.run("policy", "--purpose", "debt", "--json", RINGBACK_POLICY=str(own)).json
    assert {row["key"]: row["from"] for row in run["policy"]}["purpose"] == "run parameter"
    waiting = site.run("recover", site.job, "--no-prefect", "--json", RINGBACK_POLICY=str(own)).json
    chain = site.run("audit", waiting["recovery_id"], "--json").json["entries"]
    (said,) = [entry["body"] for entry in chain if entry["kind"] == "loosened"]
    assert said == {
        "open_sunday": {"by": "Ida Berg", "reason": "members asked for Sundays", "value": "08:00-18:00"}
    }


def test_who_calls_at_any_hour_loads_no_calendar() -> None:
    """With the window off neither holidays nor time zones of numbers are loaded."""
    look = (
        "import sys; import deployments.cli.app, tasks.dispatch.calling_hours, tasks.triage.checks; "
        "from tests.unit.look_example import judge, row; from models.enums import ContactStatus as S; "
        "assert judge([row(1, S.NOT_DIALED)]); "
        "print([m for m in ('holidays', 'phonenumbers.timezone') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == "[]"
