"""A package of a large job stays below 10 MB by a rule, and says whatever left it."""

import json
import os
import random
from dataclasses import replace
from pathlib import Path

import pytest

from models.messages.diagnostics import Diagnostics, Screenshot
from models.package.layout import MOST_BYTES
from models.package.people import PeopleTold, PersonRow, fitting
from models.package.verify import verify
from models.report.people import PersonEnd
from tasks.package.archive import build_package
from tasks.package.limits import STEPS, PackageLimits, shrinking
from tests.unit.diagnostics_example import KEY, calls, example, people
from tests.unit.package.made import built, files_of

CONTACTS = 12_000
NUMBERS = tuple(f"+614{n:08d}" for n in range(10_000_000, 10_000_000 + CONTACTS))


LETTERS = "".join(chr(n) for n in range(0x100, 0x180))


def noise(size: int, seed: int) -> str:
    """Return so many letters that no zip makes much smaller: seven bits each."""
    return "".join(random.Random(seed).choices(LETTERS, k=size))


def large(samples: int) -> Diagnostics:
    """Return a job of 12,000 contacts, answers of the platform that no zip makes smaller, and a picture."""
    rows = [
        replace(people().rows[n % 4], row=n + 1, contact_id=noise(190, n), phone=phone)
        for n, phone in enumerate(NUMBERS)
    ]
    made = [
        replace(calls()[n % 4], call_id=f"conv_{os.urandom(12).hex()}", phone=phone)
        for n, phone in enumerate(NUMBERS)
    ]
    answers = {f"failed-{n:02d}": {"body": noise(190_000, n)} for n in range(samples)}
    return example(
        people=PeopleTold(CONTACTS, rows),
        calls=tuple(made),
        total=CONTACTS,
        api_samples=answers,
        screenshot=Screenshot("screenshot.png", b"\x89PNG\r\n\x1a\n" + os.urandom(4_900_000)),
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the package of a job that would have more than 10 MB with all that belongs to it."""
    d = large(samples=20)
    entropy = (20 * 190_000 + CONTACTS * 190) * 7 // 8 + len(d.screenshot.data if d.screenshot else b"")
    assert entropy > MOST_BYTES
    made = build_package(d, tmp_path_factory.mktemp("large"), key=KEY, numbers=frozenset(NUMBERS))
    assert made.bytes == made.path.stat().st_size < MOST_BYTES
    return files_of(made.path)


def test_what_leaves_first_is_the_platform_s_answers(files: dict[str, bytes]) -> None:
    """By the rule the answers shrink before calls, picture or people do; nobody is left out for them."""
    manifest = json.loads(files["manifest.json"])
    assert "screenshot.png" in files
    assert manifest["people_left_out"] == {}
    assert files["people.csv"].count(b"\n") == CONTACTS + 1
    assert [words for words in manifest["left_out"] if words.startswith("api_samples/failed-00.json: ")]


def test_what_leaves_is_said_in_three_places(files: dict[str, bytes]) -> None:
    """The manifest, the summary and the table itself say what is left out, and the check agrees."""
    manifest, summary = json.loads(files["manifest.json"]), files["SUMMARY.md"].decode()
    words = "calls.csv: 2000 of 12000 calls, those that reached nobody kept first"
    assert words in manifest["left_out"]
    assert words in summary.partition("## Left out")[2]
    assert words in files["calls.csv"].decode().splitlines()[-1]
    assert verify(files).faults == ()


def test_people_leave_last_and_add_up(tmp_path: Path) -> None:
    """Where nothing else is left to leave out, those done with leave, and the counts still add up."""
    d = large(samples=1)
    made = build_package(d, tmp_path, key=KEY, numbers=frozenset(NUMBERS), most_bytes=2_000_000)
    assert made.bytes < 2_000_000
    files = files_of(made.path)
    manifest = json.loads(files["manifest.json"])
    assert manifest["people_left_out"] == {"reached_before": 9000, "failed": 1000}
    assert "people.csv: 10000 of 12000 people, those done with first" in manifest["left_out"]
    assert "screenshot.png: 4900008 bytes are too many" in manifest["left_out"]
    assert "screenshot.png" not in files
    assert verify(files).faults == ()


def test_the_facts_never_leave(tmp_path: Path) -> None:
    """However small a package must be, what the runbook requires stands in it."""
    made = built(tmp_path, most_bytes=1)
    files = files_of(made.path)
    whole = files_of(built(tmp_path / "whole").path)
    for name in ("summary.json", "reasons.csv", "checks.json", "chart.png", "versions.json"):
        assert files[name] == whole[name]
    assert verify(files).faults == ()


def test_the_rule_only_shrinks() -> None:
    """No step of the rule gives back what an earlier one took, and each of them takes something."""
    before = PackageLimits()
    assert len(list(shrinking(before))) == len(STEPS)
    for _, after in shrinking(before):
        pairs = [(getattr(before, name), getattr(after, name)) for name in PackageLimits.__slots__]
        assert all(old >= new for old, new in pairs)
        assert any(old > new for old, new in pairs)
        before = after


def test_whoever_is_done_with_leaves_first() -> None:
    """Of those whom somebody has to ask about nobody leaves before the last who was reached."""
    ends = (PersonEnd.KEPT_BACK, PersonEnd.REACHED_BEFORE, PersonEnd.NO_ANSWER, PersonEnd.FAILED)
    rows = [PersonRow(n, f"c{n}", None, end) for n, end in enumerate(ends * 2)]
    kept = fitting(rows, 5)
    assert [row.row for row in kept.rows] == [0, 2, 3, 4, 7]
    assert kept.left_out == {"no_answer": 1, "reached_before": 2}
    assert fitting(rows, 8).left_out == {}
