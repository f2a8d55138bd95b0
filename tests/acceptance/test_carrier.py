"""A job whose platform says failed and whose carrier says answered: by processes, as people are told."""

import csv
import io
import json
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from models.enums import Disposition
from tests.acceptance.site import OpenSite, Site, whole

HIDDEN = 4
"""People whom the platform calls failed for a passing reason, and who have talked."""
FORGED = "a-token-that-nobody-has-0123456789"


@pytest.fixture
def site(open_site: OpenSite) -> Site:
    """Return a job that fell short, of whose failed people some had answered."""
    site = open_site("fell-short", contacts=60)
    site.sandbox.fault(site.world.key, "twilio_sids")
    site.sandbox.do(site.world.key, "answered_503", n=HIDDEN)
    return site


def keys(site: Site, **more: str) -> dict[str, Any]:
    """Return the settings that read the world's calls at its carrier."""
    told = site.sandbox.twilio_keys(site.world.key)
    return {
        "RINGBACK_TWILIO_ACCOUNT_SID": told["account_sid"],
        "RINGBACK_TWILIO_AUTH_TOKEN": told["auth_token"],
        "RINGBACK_TWILIO_URL": site.world.url,
        **more,
    }


def talked(site: Site) -> set[str]:
    """Return the numbers of those who had answered a call that the platform calls failed."""
    return {one["phone"] for one in site.history["dials"] if one["outcome"] == "answered_503"}


def planned(site: Site, env: dict[str, Any]) -> dict[str, Any]:
    """Return the plan as a program reads it, with whole numbers."""
    done = site.run("plan", site.job, "--json", "--show-numbers", **env)
    assert done.code == 0, done.stderr
    found: dict[str, Any] = done.json
    return found


def actions(plan: dict[str, Any], people: set[str]) -> Counter[tuple[str, str]]:
    """Return what a plan does with some people, and as what it has them."""
    mine = (one for one in plan["contacts"] if one["phone"] in people)
    return Counter((one["action"], one["disposition"]) for one in mine)


def finding(plan: dict[str, Any], check: str = "strategy") -> dict[str, Any]:
    """Return what one check of a plan saw."""
    return next(one for one in plan["findings"] if one["check"] == check)


@pytest.mark.timeout(300)
def test_whom_the_carrier_has_heard_answer_is_held_and_never_called(site: Site) -> None:
    """Without the carrier they would be redialled; with it they are kept back for a person, and shown why."""
    people, env = talked(site), keys(site)
    assert len(people) == HIDDEN
    assert actions(planned(site, {}), people) == {("redial", "transient"): HIDDEN}
    plan = planned(site, env)
    assert actions(plan, people) == {("hold", "ambiguous"): HIDDEN}
    whys = {one["why"] for one in plan["contacts"] if one["phone"] in people}
    assert all("the carrier that it was answered (completed, answered by human" in why for why in whys)
    assert plan["relies_on"]["carrier"] == "twilio"
    assert finding(plan)["evidence"]["carrier"]["completed"] == HIDDEN

    done = site.run("recover", site.job, "--yes", "--no-prefect", "--json", **env)
    assert done.json["state"] == "recovered", (done.json["next_action"], done.stderr)
    dialled = site.dialled()
    assert len(dialled) > 10
    assert not people & dialled.keys()
    assert max(dialled.values()) == 1
    assert site.breaches() == ()
    _kept_raw(site, people)
    _shown_to_engineering(site, env, done.json["recovery_id"])
    notes = site.run("audit", done.json["recovery_id"], "--json").json["entries"]
    assert next(one for one in notes if one["kind"] == "planned")["body"]["bound"]["carrier"] == "twilio"


def _kept_raw(site: Site, people: set[str]) -> None:
    """Hold that the ledger has the carrier's own word on the source's call, and on our own."""
    rows = site.ask("select phone, disposition, seen from planned")
    seen = {phone: (kind, json.loads(told)) for phone, kind, told in rows}
    for phone in people:
        kind, told = seen[phone]
        assert kind == Disposition.AMBIGUOUS.value
        assert (told["carrier"]["status"], told["carrier"]["answered_by"]) == ("completed", "human")
        assert told["carrier"]["seconds"] > 0
    ours = [told["redial_carrier"]["status"] for _, told in seen.values() if "redial_carrier" in told]
    assert ours
    assert set(ours) <= {"busy", "no-answer", "failed"}


def _shown_to_engineering(site: Site, env: dict[str, Any], recovery_id: str) -> None:
    """Hold that the package has the raw word beside the platform's, and no number."""
    assert site.run("escalate", recovery_id, "--json", **env).code in {0, 4}
    (path,) = site.home.glob("packages/*.zip")
    with zipfile.ZipFile(path) as package:
        texts = {
            Path(name).name: package.read(name).decode("utf-8", "replace")
            for name in package.namelist()
            if "." in name
        }
    calls = list(csv.DictReader(io.StringIO(texts["calls.csv"])))
    told = Counter(one["carrier_status"] for one in calls if one["disposition"] == "ambiguous")
    assert told["completed"] == HIDDEN
    assert any(one["carrier_status"] in {"busy", "no-answer"} and "wave" in one["status"] for one in calls)
    assert json.loads(texts["platform.json"])["carrier"] == "twilio"
    assert whole(site.numbers(), " ".join(texts.values())) == set()
    assert env["RINGBACK_TWILIO_AUTH_TOKEN"] not in " ".join(texts.values())


def test_a_refused_key_is_said_and_loosens_nothing(site: Site) -> None:
    """The plan is the one that there is without the carrier, and says that the carrier was not heard."""
    plain = planned(site, {})
    done = site.run("plan", site.job, "--json", **keys(site, RINGBACK_TWILIO_AUTH_TOKEN=FORGED))
    said = finding(done.json)
    assert "Twilio refused the key (401" in said["words"]
    assert "RINGBACK_TWILIO_ACCOUNT_SID" in said["words"]
    assert said["severity"] == finding(plain)["severity"]
    assert [one["action"] for one in done.json["contacts"]] == [one["action"] for one in plain["contacts"]]
    assert "refused the key (401" in done.stderr
    assert FORGED not in done.stdout + done.stderr


@pytest.mark.parametrize("word", ["other_call", "other_number", "gone", "html", "huge", "types"])
def test_an_answer_that_is_none_changes_nobody_and_is_said(site: Site, word: str) -> None:
    """Whatever the carrier does wrong, the plan is that of the platform alone, and no number is shown."""
    site.sandbox.fault(site.world.key, "carrier_answers", word=word)
    plain = planned(site, {})
    done = site.run("plan", site.job, "--json", **keys(site))
    assert done.json["counts"] == plain["counts"]
    assert "Not everything could be asked of the carrier" in finding(done.json)["words"]
    assert whole(site.numbers() | {"+15005550006"}, done.stdout + done.stderr) == set()


def test_a_call_that_the_carrier_still_has_is_waited_for(site: Site) -> None:
    """Failed on the platform, ringing at the carrier: nobody of them is called, and nobody is done with."""
    site.sandbox.fault(site.world.key, "carrier_answers", word="open")
    plain, plan = planned(site, {}), planned(site, keys(site))
    assert plain["counts"]["wait"] == 0
    assert plan["counts"]["wait"] >= HIDDEN
    assert actions(plan, talked(site)) == {("wait", "in_flight"): HIDDEN}


def test_doctor_says_whether_the_carriers_keys_work(site: Site) -> None:
    """A line like its neighbours; nothing of the account is shown, and without keys there is no line."""
    told = site.sandbox.twilio_keys(site.world.key)
    pair = {"RINGBACK_TWILIO_API_KEY": told["api_key"], "RINGBACK_TWILIO_API_SECRET": told["api_secret"]}
    for env, said in ((keys(site), "takes the token"), (keys(site, **pair), "takes the API key")):
        (line,) = carriers(site, env)
        assert (line["is_ok"], said in line["said"]) == (True, True)
    (wrong,) = carriers(site, keys(site, RINGBACK_TWILIO_AUTH_TOKEN=FORGED))
    assert not wrong["is_ok"]
    assert "RINGBACK_TWILIO_ACCOUNT_SID" in wrong["said"]
    assert FORGED not in wrong["said"]
    assert carriers(site, {}) == []


def carriers(site: Site, env: dict[str, Any]) -> list[dict[str, Any]]:
    """Return what doctor says of carriers; everything else is right."""
    done = site.run("doctor", "--json", **env)
    found = [one for one in done.json["checks"] if one["what"].startswith("carrier of")]
    assert done.code == int(not all(one["is_ok"] for one in found)), done.stdout
    return found


def test_half_a_pair_is_refused_in_a_sentence(site: Site) -> None:
    """Whoever has set up half of it is told which half is missing, before anything is asked."""
    done = site.run("plan", site.job, RINGBACK_TWILIO_AUTH_TOKEN=FORGED)
    assert done.code == 2
    assert "RINGBACK_TWILIO_ACCOUNT_SID is not set" in done.stderr
    assert FORGED not in done.stdout + done.stderr
