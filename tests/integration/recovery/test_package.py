"""A package tells of everybody, the same as the report, is whole, and names nobody's number."""

import csv
import io
import json
from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest

from flows.triage import check_the_job
from models.masking.phone import phone_token, workspace_key
from models.messages.diagnostics import Diagnostics
from models.package.verify import verify
from models.report.people import PersonEnd
from models.tables.ledger import Recovery
from tasks.context import RunContext
from tasks.ledger import plans, recoveries, waves
from tasks.package.archive import build_package
from tasks.package.diagnostics import diagnostics, whole_numbers
from tasks.package.escalate import package_of_job
from tests.integration.recovery.test_told import ASK, Told, approve
from tests.integration.scenes import KEY
from tests.unit.package.made import files_of

SCENARIOS = (
    "dead-dispatcher",
    "permit-leak",
    "poison",
    "provider-outage",
    "duplicate-upload",
    "invalid-segment",
    "fell-short",
    "finished",
)


def looked(stage: Told) -> RunContext:
    """Return the context of a process that has just looked at the job."""
    ctx = stage.process()
    check_the_job(ctx)
    return ctx


def package(stage: Told, recovery: Recovery | None) -> dict[str, bytes]:
    """Return the files of a package that is made by hand in another process."""
    return files_of(package_of_job(looked(stage), "by hand", recovery.id if recovery else None).path)


def table(data: bytes) -> list[dict[str, str]]:
    """Return the rows of a table."""
    return list(csv.DictReader(io.StringIO(data.decode())))


@pytest.fixture(scope="module", params=SCENARIOS)
def told(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Told, Recovery, dict[str, bytes]]:
    """Return a recovery of each kind of trouble, with the package of its job."""
    stage = Told(tmp_path_factory.mktemp(request.param), request.param)
    ended = stage.run()
    return stage, ended, package(stage, ended)


def test_everybody_has_a_row_and_one_end(told: tuple[Told, Recovery, dict[str, bytes]]) -> None:
    """The rows are the job's people, their ends are the report's, and they add up to the expected total."""
    stage, ended, files = told
    rows, people = table(files["people.csv"]), stage.people(ended)
    assert len(rows) == len(stage.scene.job.rows) == people.expected
    assert Counter(row["end"] for row in rows) == {end.value: people.of(end) for end in people.ends}
    assert json.loads(files["summary.json"])["people"] == {
        "expected": people.expected,
        "ends": {end.value: people.of(end) for end in PersonEnd},
    }


def test_the_package_holds(told: tuple[Told, Recovery, dict[str, bytes]]) -> None:
    """What is checked offline holds: hashes, schemas, counts, the chain, and no whole number."""
    assert verify(told[2]).faults == ()


def test_what_we_did_is_told_of_everybody(told: tuple[Told, Recovery, dict[str, bytes]]) -> None:
    """Wave and answer of whoever was sent, and why of whoever was not, as the ledger has them."""
    stage, ended, files = told
    rows = {row["contact_id"]: row for row in table(files["people.csv"])}
    sent = {wave.n for wave in waves.of(stage.ledger, ended.id) if wave.sent_at}
    for one in plans.contacts(stage.ledger, ended.id):
        row = rows[one.contact_id]
        assert (row["before_means"], row["did"], row["recovery"]) == (one.disposition, one.action, ended.id)
        if one.wave in sent:
            assert (row["wave"], row["answer"]) == (str(one.wave), one.state)
        else:
            assert row["kept_back_because"]


def test_no_number_and_no_secret_of_the_job_is_inside(
    told: tuple[Told, Recovery, dict[str, bytes]],
) -> None:
    """Each number of the job, whole or national, spaced or not, and the key: 0 hits in every file."""
    stage, _, files = told
    numbers = {row.phone for row in stage.scene.job.rows}
    assert len(numbers) > 10
    for name, data in files.items():
        text = data.decode("utf-8", "replace")
        tight = "".join(char for char in text if char not in " ()-./\u00a0")
        hits = [number for number in numbers if number[3:] in tight or number[1:] in tight]
        assert hits == [], name
        assert KEY.secret.decode() not in text
        assert KEY.secret.hex() not in text


def test_a_person_has_one_token_in_every_file(told: tuple[Told, Recovery, dict[str, bytes]]) -> None:
    """The token of a number is the workspace's, the same in the people and in the calls."""
    stage, ended, files = told
    key = workspace_key(KEY.secret, ended.workspace)
    tokens = {phone_token(key, row.phone) for row in stage.scene.job.rows}
    people = {row["contact"] for row in table(files["people.csv"])}
    calls = {row["contact"] for row in table(files["calls.csv"])}
    assert people <= tokens | {"unknown"}
    assert calls <= people
    other = workspace_key(KEY.secret, "another workspace")
    assert not {phone_token(other, row.phone) for row in stage.scene.job.rows} & people


def test_the_second_recovery_tells_of_the_first(tmp_path: Path) -> None:
    """After a fence has overwritten the rows the package still says what had happened before."""
    stage = Told(tmp_path, "dead-dispatcher")
    first = stage.run()
    before = {row["contact_id"]: row for row in table(package(stage, first)["people.csv"])}
    second = stage.run()
    files = package(stage, second)
    rows = table(files["people.csv"])
    assert verify(files).faults == ()
    assert Counter(row["end"] for row in rows) == {
        end.value: stage.people(second).of(end) for end in stage.people(second).ends
    }
    for row in rows:
        was = before[row["contact_id"]]
        names = ("before_status", "before_code", "before_means", "before_calls", "wave", "contact")
        assert {name: row[name] for name in names} == {name: was[name] for name in names}
    assert {row["recovery"] for row in rows if row["redials"] == "1"} == {first.id}


def test_a_job_without_a_recovery_has_its_people_too(tmp_path: Path) -> None:
    """Before anybody has recovered the job, everybody is there with what happened to them."""
    stage = Told(tmp_path, "permit-leak")
    files = package(stage, None)
    rows = table(files["people.csv"])
    assert len(rows) == len(stage.scene.job.rows)
    assert all(row["before_status"] and not row["did"] and not row["recovery"] for row in rows)
    assert verify(files).faults == ()


def test_the_name_of_who_approved_stays_readable(tmp_path: Path) -> None:
    """Engineering reads who approved what, when and why; of an address the domain is masked."""
    stage = Told(tmp_path, "poison", dict(ASK))
    waiting = stage.run()
    recoveries.decide(
        stage.ledger, waiting.id, approved=True, by="kim.lee@acme.example", reason="as +61491570156 asked"
    )
    ended = stage.run()
    files = package(stage, ended)
    (told,) = json.loads(files["summary.json"])["approved"]
    assert told["by"] == "kim.lee@[domain]"
    assert told["plan_hash"] == ended.plan_hash
    page = files["SUMMARY.md"].decode()
    assert "kim.lee@" in page.partition("## Who approved")[2].partition("##")[0]
    assert "acme.example" not in page
    assert "570156" not in page


def made(stage: Told, ctx: RunContext, recovery: Recovery, folder: Path) -> tuple[Diagnostics, str]:
    """Build a package from a look and the ledger as they are, and return what it tells and its hash."""
    found = diagnostics(ctx, recoveries.get(stage.ledger, recovery.id), why="by hand")
    numbers = whole_numbers(ctx, found.people)
    return found, build_package(found, folder, key=KEY.secret, numbers=numbers).sha256


def test_the_same_state_gives_the_same_bytes(tmp_path: Path) -> None:
    """Made again later from the same ledger and look a package has the same hash; a new fact changes it."""
    stage = Told(tmp_path, "poison", dict(ASK))
    approve(stage)
    ended = stage.run()
    ctx = looked(stage)
    found, first = made(stage, ctx, ended, tmp_path / "a")
    stage.clock.sleep(timedelta(hours=3).total_seconds())
    assert made(stage, ctx, ended, tmp_path / "b") == (found, first)
    package_of_job(ctx, "by hand", ended.id)
    assert made(stage, ctx, ended, tmp_path / "c")[1] != first
