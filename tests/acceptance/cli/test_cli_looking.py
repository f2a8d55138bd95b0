"""Commands that only look: triage and plan, what they print and what they hide."""

import csv
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.site import Completed, OpenSite, Site, whole

CHECKS = ["health", "permits", "duplicates", "strategy", "config", "contacts"]
LOOKS = {
    "triage": ("triage", "--json"),
    "plan": ("plan", "--json"),
    "open": ("plan", "--json", "--show-numbers"),
    "plain": ("plan", "--rows"),
    "short": ("plan",),
}


@dataclass(frozen=True)
class Looked:
    """A site that was only looked at."""

    site: Site
    done: dict[str, Completed]
    jobs: list[dict[str, object]]

    def __getitem__(self, name: str) -> Completed:
        """Return what one command left behind."""
        return self.done[name]


@pytest.fixture(scope="module")
def looked(open_site: OpenSite, crew: ThreadPoolExecutor) -> Looked:
    """Return a site where four commands have looked at once, the first ever in this home."""
    site = open_site("permit-leak")
    jobs = site.history["jobs"]
    done = crew.map(lambda args: site.run(args[0], site.job, *args[1:]), LOOKS.values())
    return Looked(site, dict(zip(LOOKS, done, strict=True)), jobs)


def test_triage_prints_findings_and_a_diagnosis(looked: Looked) -> None:
    """`triage --json` names symptom, cause, path and next action, and what each check saw in its order."""
    found = looked["triage"].json
    assert looked["triage"].code == 0
    assert found["job_id"] == looked.site.job
    assert set(found["diagnosis"]) == {"symptom", "cause", "path", "words", "next_action"}
    assert (found["diagnosis"]["cause"], found["diagnosis"]["path"]) == ("permits", "recover")
    assert [finding["check"] for finding in found["findings"]] == CHECKS
    for finding in found["findings"]:
        assert {"check", "severity", "cause", "words", "evidence"} <= set(finding)


def test_plan_accounts_for_every_row(looked: Looked) -> None:
    """`plan --json` gives each row of the upload one disposition, one action and a reason."""
    plan = looked["plan"].json
    rows = plan["contacts"]
    assert [one["row"] for one in rows] == list(range(1, len(looked.site.history["truth"]) + 1))
    keys = {"row", "phone", "disposition", "action", "why", "not_before"}
    assert all(set(one) == keys for one in rows)
    assert all(one["why"] for one in rows)
    assert Counter(one["action"] for one in rows) == {k: n for k, n in plan["counts"].items() if n}


@pytest.mark.parametrize("name", ["triage", "plan", "plain"])
def test_numbers_are_masked(looked: Looked, name: str) -> None:
    """Nobody's whole number is printed unless it is asked for."""
    shown = looked[name].stdout + looked[name].stderr
    assert whole(looked.site.numbers(), shown) == set()
    assert name == "triage" or "•••" in shown


def test_a_plan_is_one_screen(looked: Looked) -> None:
    """A plan lists nobody but whom a person decides about, and says how to see everybody."""
    shown, counts = looked["short"].stdout, looked["plan"].json["counts"]
    assert "•••" not in shown
    assert len(shown.splitlines()) < 24
    for action, head in (("redial", "to redial"), ("drop", "done or out"), ("hold", "kept back")):
        assert (f"{counts[action]}  {head}" in shown) is bool(counts[action])
    assert f"ringback plan {looked.site.job} --rows" in looked["short"].stderr


def test_a_plan_goes_into_a_file(looked: Looked) -> None:
    """`--csv` writes everybody, masked, for their owner only, and never over a file that is there."""
    path = looked.site.home / "people.csv"
    done = looked.site.run("plan", looked.site.job, "--csv", str(path))
    assert done.code == 0, done.stderr
    rows = list(csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines()))
    assert [one["row"] for one in rows] == [str(one["row"]) for one in looked["plan"].json["contacts"]]
    assert whole(looked.site.numbers(), path.read_text(encoding="utf-8-sig")) == set()
    assert path.stat().st_mode & 0o077 == 0
    before = path.read_bytes()
    again = looked.site.run("plan", looked.site.job, "--csv", str(path))
    assert again.code == 2
    assert "is there already, and nothing is written over" in again.stderr
    assert path.read_bytes() == before


def test_whole_numbers_are_shown_on_demand(looked: Looked) -> None:
    """`--show-numbers` prints the numbers as they are, of the same plan."""
    rows = looked["open"].json["contacts"]
    assert {one["phone"] for one in rows} == looked.site.numbers()
    assert looked["open"].json["plan_hash"] == looked["plan"].json["plan_hash"]


def test_looking_changes_nothing(looked: Looked) -> None:
    """Looking neither stops nor starts a job, and opens no recovery."""
    assert looked.site.history["jobs"] == looked.jobs
    assert looked.site.ask("select count(*) from recovery") == [(0,)]


def test_the_dry_run_is_the_plan_that_recover_makes(looked: Looked) -> None:
    """The hash of `plan` is the plan_hash of a `recover` that follows: what was read is what is asked for."""
    waiting = looked.site.run("recover", looked.site.job, "--no-prefect", "--json")
    assert waiting.json["plan_hash"] == looked["plan"].json["plan_hash"]


def test_no_colour_where_there_is_no_terminal(looked: Looked) -> None:
    """Tables and sentences carry no control codes into a file or a pipe."""
    assert looked["plain"].code == 0
    assert "\x1b" not in "".join(one.stdout + one.stderr for one in looked.done.values())


def test_a_plain_terminal_shows_what_it_can(looked: Looked) -> None:
    """A terminal or file that has no sign for a mask's dots gets another sign, not an error."""
    done = looked.site.run("plan", looked.site.job, "--json", PYTHONIOENCODING="ascii")
    assert done.code == 0, done.stderr
    assert done.json["plan_hash"] == looked["plan"].json["plan_hash"]
    assert "???" in done.json["contacts"][0]["phone"]


def test_a_plan_for_the_people_of_a_file(looked: Looked, tmp_path: Path) -> None:
    """`plan --contacts FILE` redials who is in the file, holds the others, and counts strangers."""
    whole_plan = looked["open"].json
    redialled = [one["phone"] for one in whole_plan["contacts"] if one["action"] == "redial"]
    file = tmp_path / "some.csv"
    file.write_text("phone\n" + "\n".join([*redialled[:2], "+61491570159"]) + "\n")
    done = looked.site.run("plan", looked.site.job, "--contacts", str(file), "--json", "--show-numbers")
    plan = done.json
    assert [one["phone"] for one in plan["contacts"] if one["action"] == "redial"] == redialled[:2]
    held = [one for one in plan["contacts"] if one["phone"] in redialled[2:]]
    assert {one["action"] for one in held} == {"hold"}
    assert all("not in the file some.csv" in one["why"] for one in held)
    assert plan["plan_hash"] != whole_plan["plan_hash"]
    assert "2 of 3 people in some.csv are in the job; 1 is not, and nobody calls them" in done.stderr
    refused = looked.site.run("recover", looked.site.job, "--contacts", str(tmp_path / "none.csv"), "--json")
    assert (refused.code, "none.csv" in refused.json["error"]) == (2, True)
