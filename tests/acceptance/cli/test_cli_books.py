"""Commands that read the books: status, audit with its chain, policy, and the package by hand."""

import hashlib
import json
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import pytest
from PIL import Image

from tasks.runtime.wiring import who
from tests.acceptance.site import Completed, Site, whole
from tests.acceptance.stories import Told


@pytest.fixture(scope="module")
def read(approved: Told, crew: ThreadPoolExecutor) -> dict[str, Completed]:
    """Return what the reading commands print of a recovery that has ended, run side by side."""
    site, recovery_id = approved.site, approved.recovery_id
    commands = {
        "list": ("status", "--json"),
        "one": ("status", recovery_id, "--json"),
        "plain": ("status", recovery_id),
        "audit": ("audit", recovery_id, "--json"),
        "verify": ("audit", recovery_id, "--verify", "--json", "--export-head", str(site.home / "head.json")),
        "policy": ("policy", "--json"),
        "escalate job": ("escalate", site.job, "--json"),
        "escalate recovery": ("escalate", recovery_id, "--json"),
        "watch": ("watch", recovery_id),
        "watched": ("watch", recovery_id, "--json"),
    }
    done = crew.map(lambda args: site.run(*args), commands.values())
    return dict(zip(commands, done, strict=True))


def test_status_lists_recoveries(read: dict[str, Completed], approved: Told) -> None:
    """`status` lists every recovery with its job, state and next action."""
    (row,) = read["list"].json["recoveries"]
    assert (row["recovery_id"], row["job_id"]) == (approved.recovery_id, approved.site.job)
    assert (row["state"], read["list"].code) == ("recovered", 0)
    assert row["next_action"] == approved["resume"].json["next_action"]


def test_status_of_one_lists_everybody_kept_back(read: dict[str, Completed], approved: Told) -> None:
    """`status RECOVERY` is the report with everybody it keeps back, masked and with why."""
    one = read["one"].json
    kept, restored, decisions = (one.pop(key) for key in ("contacts_kept_back", "restored", "decisions"))
    assert restored is None
    assert decisions["recovery_id"] == one["recovery_id"]
    assert {row["row"] for row in decisions["people"]} <= {row["row"] for row in kept}
    assert one == approved["resume"].json
    assert len(kept) == one["counts"]["kept_back"] + one["counts"]["failed_again"] > 0
    assert all("•••" in contact["phone"] and contact["why"] for contact in kept)
    assert all(contact["phone"] in read["plain"].stdout for contact in kept)
    assert "\x1b" not in read["plain"].stdout


def test_a_watch_ends_with_the_recovery(read: dict[str, Completed], approved: Told) -> None:
    """What has ended is shown once, as one line or as JSON with the counts of the report."""
    counts, view = read["one"].json["counts"], read["watched"].json
    assert (read["watch"].code, read["watched"].code) == (0, 0)
    assert (view["said"], view["is_over"], view["counts"]) == ("recovered", True, counts)
    assert view["sample"]["verdict"] == "go"
    (line,) = read["watch"].stdout.splitlines()
    said = f"{approved.recovery_id} recovered, {counts['redialled']} of {counts['planned']} called"
    assert line.startswith(f"{said}, {counts['reached']} reached")


def test_no_book_holds_a_whole_number(read: dict[str, Completed], approved: Told) -> None:
    """Nobody's whole number stands in anything that these commands print."""
    shown = "".join(done.stdout + done.stderr for done in read.values())
    assert whole(approved.site.numbers(), shown) == set()


def test_audit_tells_who_did_what(read: dict[str, Completed]) -> None:
    """`audit` prints the chain in order: the claim, the plan, the approval by name, the waves, the end."""
    entries = read["audit"].json["entries"]
    assert [entry["seq"] for entry in entries] == list(range(1, len(entries) + 1))
    kinds = [entry["kind"] for entry in entries]
    assert kinds.index("planned") < kinds.index("approved") < kinds.index("wave_intent")
    assert kinds.index("wave_intent") < kinds.index("wave_answer") < kinds.index("ended")
    approval = entries[kinds.index("approved")]["body"]
    assert (approval["by"], approval["reason"]) == ("Ana", "checked with the campaign's owner")
    # Anybody could have typed the name; the user of the system is what is known.
    assert approval["via"] == f"command line as {who()}, the name as it was given"


def test_an_untouched_chain_verifies(read: dict[str, Completed]) -> None:
    """`audit --verify` of a chain that nobody has touched finds every entry in place and exits 0."""
    verified = read["verify"]
    assert verified.code == 0
    assert verified.json["ok"] is True
    assert verified.json["entries"] == len(read["audit"].json["entries"])
    assert verified.json["problems"] == []


def spoilt(site: Site, folder: Path, sql: str) -> Site:
    """Return a copy of a site in whose ledger somebody has changed something by hand."""
    home = folder / "home"
    shutil.copytree(site.home, home)
    with closing(sqlite3.connect(home / "ledger.db")) as ledger, ledger:
        assert ledger.execute(sql).rowcount == 1
    return replace(site, home=home)


def test_an_edited_entry_is_named(read: dict[str, Completed], approved: Told, tmp_path: Path) -> None:
    """An entry that was edited in the database is named by its number, with exit code 1."""
    edited = "update audit set body = json_set(body, '$.redial', 99) where kind = 'planned'"
    site = spoilt(approved.site, tmp_path, edited)
    seq = next(entry["seq"] for entry in read["audit"].json["entries"] if entry["kind"] == "planned")
    done = site.run("audit", approved.recovery_id, "--verify", "--json")
    assert done.code == 1
    assert (done.json["ok"], [problem["seq"] for problem in done.json["problems"]]) == (False, [seq])
    told = site.run("audit", approved.recovery_id, "--verify")
    assert told.code == 1
    assert f"Row {seq} was edited" in told.stderr


def test_a_cut_end_is_found_by_the_exported_head(
    read: dict[str, Completed], approved: Told, tmp_path: Path
) -> None:
    """A chain whose newest entries were cut off verifies by itself, and not against a head kept elsewhere."""
    head = approved.site.home / "head.json"
    last = len(read["audit"].json["entries"])
    assert json.loads(head.read_text())["seq"] == last
    whole_chain = approved.site.run("audit", approved.recovery_id, "--verify", "--head", str(head), "--json")
    assert whole_chain.code == 0
    site = spoilt(approved.site, tmp_path, f"delete from audit where seq = {last}")
    done = site.run("audit", approved.recovery_id, "--verify", "--head", str(head), "--json")
    assert done.code == 1
    assert [problem["seq"] for problem in done.json["problems"]] == [last]


def test_policy_tells_where_each_value_comes_from(read: dict[str, Completed], approved: Told) -> None:
    """`policy` shows every key with its value and its source, and what it means."""
    rows = {row["key"]: row for row in read["policy"].json["policy"]}
    assert rows["stall_seconds"]["value"] == 3
    assert rows["stall_seconds"]["from"] == str(approved.site.home / "policy.toml")
    assert rows["sample_max"]["from"] == "default"
    assert all(row["means"] for row in rows.values())


@pytest.mark.parametrize("name", ["escalate job", "escalate recovery"])
def test_a_package_is_built_by_hand(read: dict[str, Completed], approved: Told, name: str) -> None:
    """`escalate` of a job or of a recovery builds a zip that opens, with a manifest and without numbers."""
    told = read[name].json
    assert read[name].code == 0
    assert (told["job_id"], told["recovery_id"]) == (approved.site.job, approved.recovery_id)
    path = Path(told["package"])
    assert hashlib.sha256(path.read_bytes()).hexdigest() == told["sha256"]
    checked = approved.site.run("package", "verify", told["package"], "--json")
    assert (checked.code, checked.json["problems"]) == (0, [])
    assert checked.json["sha256"] == told["sha256"]
    with ZipFile(path) as package:
        assert package.testzip() is None
        assert any("manifest" in name for name in package.namelist())
        content = "".join(_text(package, name) for name in package.namelist())
    assert whole(approved.site.numbers(), content) == set()
    assert approved.site.world.key not in content


def test_a_screenshot_is_put_into_the_package(approved: Told, tmp_path: Path) -> None:
    """`--screenshot` adds the person's picture and says that nothing in it is masked, or refuses it."""
    picture = tmp_path / "page.jpeg"
    Image.new("RGB", (8, 8), "red").save(picture)
    done = approved.site.run("escalate", approved.recovery_id, "--screenshot", str(picture))
    assert done.code == 0
    assert "it masks none" in done.stderr
    path = next(line.split()[-1] for line in done.stdout.splitlines() if line.startswith("package"))
    with ZipFile(path) as package:
        assert package.read("screenshot.jpg").startswith(b"\xff\xd8\xff")
    picture.write_text("no picture")
    refused = approved.site.run("escalate", approved.recovery_id, "--screenshot", str(picture), "--json")
    assert refused.code == 2
    assert "neither a PNG nor a JPEG" in refused.json["error"]


def test_a_package_that_cannot_be_written_is_told(approved: Told, tmp_path: Path) -> None:
    """Where the package cannot be written, one sentence says where and what to do."""
    site = replace(approved.site, home=tmp_path / "home")
    shutil.copytree(approved.site.home, site.home, ignore=shutil.ignore_patterns("packages"))
    (site.home / "packages").write_text("a file, no folder")
    done = site.run("escalate", approved.recovery_id, "--json")
    assert done.code == 1
    assert f"could not be written to {site.home / 'packages'}" in done.json["error"]
    assert "nothing of the recovery is lost" in done.json["error"]


def _text(package: ZipFile, name: str) -> str:
    return package.read(name).decode("utf-8", "replace")
