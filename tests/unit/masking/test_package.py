"""The package is whole, reproducible, small, and has no whole phone number in it."""

import csv
import errno
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.chart.incident import incident_of
from models.enums import Check, Symptom
from models.masking.redaction import phone_token
from models.messages.diagnostics import Diagnostics, Missing
from models.messages.symptoms import SYMPTOMS
from models.package.layout import MOST_BYTES
from tasks.package.archive import (
    AUDIT_NOTE,
    PackageFile,
    PackageNotWrittenError,
    _not_written,
    build_package,
)
from tasks.package.picture import ChartMargin, draw
from tasks.package.tables import safe_cell, thinned
from tests.unit.diagnostics_example import KEY, NUMBERS, START, calls, example, timeline

STUCK = SYMPTOMS[Symptom.STUCK]
OWN = frozenset(NUMBERS)


def build(tmp_path: Path, d: Diagnostics | None = None) -> PackageFile:
    """Build the package of the example."""
    return build_package(d or example(), tmp_path, key=KEY, numbers=OWN)


def contents(package: PackageFile) -> dict[str, bytes]:
    """Return the files of a package."""
    with zipfile.ZipFile(package.path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def table(data: bytes) -> list[dict[str, str]]:
    """Read a CSV file."""
    return list(csv.DictReader(io.StringIO(data.decode())))


def test_the_layout_is_fixed(tmp_path: Path) -> None:
    """The summary comes first, the manifest last, and every part is there under its name."""
    package = build(tmp_path)
    assert package.path.name == "recovery-diag-btcal_01jxyz-20260302T000000Z.zip"
    assert (
        list(contents(package))
        == list(package.files)
        == [
            "SUMMARY.md",
            "summary.json",
            "people.csv",
            "timeline.csv",
            "reasons.csv",
            "calls.csv",
            "contacts_quality.json",
            "checks.json",
            "actions.jsonl",
            "api_samples/failed-1.json",
            "chart.png",
            "chart.svg",
            "versions.json",
            "platform.json",
            "manifest.json",
        ]
    )


def test_no_number_of_the_job_is_inside(tmp_path: Path) -> None:
    """No file and no file name holds a number of the job, national or not, spaced or not."""
    d = example(
        job_id=f"job of {NUMBERS[3]}",
        verdict=f"hold: {NUMBERS[1][:6]} {NUMBERS[1][6:]} was called",
        api_samples={f"call-{NUMBERS[5]}": {"to": [int(NUMBERS[5][1:])], NUMBERS[6]: "x"}},
        versions={"note": NUMBERS[7]},
        contact_file={"first": NUMBERS[8]},
        calls=tuple(replace(call, call_id=f"of {NUMBERS[9]}", code=NUMBERS[10][1:]) for call in calls()),
        reasons=tuple(
            replace(row, code=NUMBERS[11], sample_calls=(NUMBERS[12],)) for row in example().reasons
        ),
        timeline=tuple(replace(row, status=f"busy with 0{NUMBERS[13][3:]}") for row in timeline()),
        escalated_because=(NUMBERS[14],),
        recovery_id=NUMBERS[15],
        actions=({"kind": NUMBERS[16], NUMBERS[17]: int(NUMBERS[18][1:])},),
        findings=(replace(example().findings[0], evidence={"rows": list(NUMBERS)}),),
    )
    package = build(tmp_path, d)
    for name, data in {**contents(package), "name": package.path.name.encode()}.items():
        for text in (f"{name}\n".encode() + data, re.sub(rb"[ ().\-]", b"", data)):
            assert not [number for number in NUMBERS if number[3:].encode() in text], name


def test_no_number_is_drawn(tmp_path: Path) -> None:
    """A number in the job's name is masked in the picture too, where no search would find it."""
    package = build(tmp_path, example(job_id=NUMBERS[3]))
    cause = example().findings[0].cause.value.replace("_", " ")
    title = f"Job +61•••••••03[{phone_token(KEY, NUMBERS[3])}]: {STUCK}"
    zone = ZoneInfo("Australia/Sydney")
    beside = ChartMargin(cause, timeline(), zone, "Australia/Sydney")
    drawn = draw(incident_of(example()), title, beside)
    assert {name: contents(package)[name] for name in drawn} == drawn


def test_no_secret_and_no_talk_is_inside(tmp_path: Path) -> None:
    """Keys and transcripts stay out, and the manifest counts what was taken out."""
    files = contents(build(tmp_path))
    everything = b"".join(files.values())
    assert b"sk_live" not in everything
    assert b"private talk" not in everything
    counts = json.loads(files["manifest.json"])["redaction"]["counts"]
    assert counts["secret"] >= 1
    assert counts["content"] >= 1
    assert counts["number"] >= 5


def test_one_contact_can_be_matched_across_files(tmp_path: Path) -> None:
    """The token of a number is the same in every file of the package."""
    files = contents(build(tmp_path))
    token = phone_token(KEY, NUMBERS[0])
    for name in ("SUMMARY.md", "calls.csv", "actions.jsonl", "checks.json", "contacts_quality.json"):
        assert token in files[name].decode(), name


def test_the_evidence_survives(tmp_path: Path) -> None:
    """What engineering needs is not redacted away: ids, times, counts."""
    files = contents(build(tmp_path))
    sample = json.loads(files["api_samples/failed-1.json"])
    assert sample["conversation_id"] == "conv_000000000004"
    assert sample["created_at_unix"] == 1772402400
    assert sample["metadata"]["phone_call"]["call_sid"] == "CA" + "0f" * 16
    assert json.loads(files["summary.json"])["plan_hash"] == "ab" * 32
    first = table(files["timeline.csv"])[0]
    assert (first["ts_utc"], first["local"]) == ("2026-03-01T22:00:00Z", "2026-03-02T09:00:00+11:00")
    assert json.loads(files["versions.json"]) == {"ringback": "0.1.0", "python": "3.11.9"}
    assert files["chart.png"].startswith(b"\x89PNG")


def test_the_same_input_gives_the_same_bytes(tmp_path: Path) -> None:
    """A package can be compared by its sha256: same facts, same bytes; other facts, other bytes."""
    first, second = build(tmp_path / "a"), build(tmp_path / "b")
    assert first.sha256 == second.sha256 == hashlib.sha256(second.path.read_bytes()).hexdigest()
    assert first.bytes == first.path.stat().st_size
    assert build(tmp_path / "c", example(failed=11)).sha256 != first.sha256
    with zipfile.ZipFile(first.path) as archive:
        assert {info.date_time for info in archive.infolist()} == {(2026, 3, 2, 0, 0, 0)}


def test_building_again_replaces_and_leaves_nothing_else(tmp_path: Path) -> None:
    """The directory holds the package and nothing unfinished, however often it is built."""
    build(tmp_path)
    package = build(tmp_path)
    assert list(tmp_path.iterdir()) == [package.path]


def test_the_manifest_matches(tmp_path: Path) -> None:
    """Every file is in the manifest with its true hash and size, and the chain's note is there."""
    files = contents(build(tmp_path))
    manifest = json.loads(files.pop("manifest.json"))
    assert manifest["files"] == {
        name: {
            "sha256": hashlib.sha256(data).hexdigest(),
            "bytes": len(data),
            "media": manifest["files"][name]["media"],
        }
        for name, data in files.items()
    }
    assert manifest["files"]["chart.png"]["media"] == "image/png"
    assert manifest["reason"] == "still stalled after a validated retry"
    assert manifest["notes"] == [AUDIT_NOTE]


MISSING: tuple[Mapping[str, Any], ...] = (
    {"workspace_id": Missing("it is not set")},
    {"job_id": Missing("it is not set")},
    {
        "window_start": Missing("it is not set"),
        "window_end": Missing("it is not set"),
        "timezone": Missing("it is not set"),
    },
    {"symptom": Missing("it is not set"), "summary": Missing("it is not set")},
    {
        "failed": Missing("it is not set"),
        "successful": Missing("it is not set"),
        "total": Missing("it is not set"),
    },
)


@pytest.mark.parametrize("changes", MISSING)
def test_a_missing_item_says_why(tmp_path: Path, changes: dict[str, Any]) -> None:
    """A package is made also when facts are missing, and it says which and why."""
    files = contents(build(tmp_path, example(**changes)))
    assert "unknown: it is not set" in files["SUMMARY.md"].decode()
    assert files["summary.json"].decode().count("unknown: it is not set") == len(changes)


def test_empty_parts_are_named(tmp_path: Path) -> None:
    """A part with nothing in it is there, empty, and named as left out with its reason."""
    d = example(
        timeline=(),
        calls=(),
        reasons=(),
        actions=(),
        findings=(),
        api_samples={},
        versions={},
        contact_problems=(),
        contact_file=Missing("the upload was not given"),
    )
    package = build(tmp_path, d)
    files = contents(package)
    for name in ("timeline.csv", "calls.csv", "actions.jsonl", "api_samples"):
        assert [words for words in package.left_out if words.startswith(name)], name
        assert name in files["SUMMARY.md"].decode().split("## Left out")[1]
    assert json.loads(files["contacts_quality.json"])["file"] == "unknown: the upload was not given"
    assert "unknown" in json.loads(files["versions.json"])
    assert json.loads(files["manifest.json"])["left_out"] == list(package.left_out)


def test_every_check_has_a_result(tmp_path: Path) -> None:
    """A runbook check that did not run is unknown in checks.json, not absent."""
    rows = json.loads(contents(build(tmp_path))["checks.json"])
    results = {row["check"]: row["result"] for row in rows}
    assert set(results) == {check.value for check in Check}
    assert (results["health"], results["permits"], results["strategy"]) == ("fail", "warn", "unknown")


def test_many_calls_are_capped_and_counted(tmp_path: Path) -> None:
    """A large job keeps the calls that reached nobody and says how many others are left out."""
    many = tuple(
        replace(calls()[0], call_id=f"conv_{n:012d}", status="not_reached" if n >= 12_000 else "reached")
        for n in range(12_500)
    )
    package = build(tmp_path, example(calls=many))
    *rows, last = table(contents(package)["calls.csv"])
    assert len(rows) == 10_000
    assert {row["status"] for row in rows[:500]} == {"not_reached"}
    assert last["call_id"].startswith("calls.csv: 2500 of 12500 calls")
    assert any(words.startswith("calls.csv: 2500 of 12500") for words in package.left_out)


def test_a_package_stays_small(tmp_path: Path) -> None:
    """The zip stays below its limit, keeps its facts and says what it could not take."""
    noise = {f"failed-{n}": {"body": os.urandom(30_000).hex()} for n in range(4)}
    most = 120_000
    whole = build(tmp_path / "whole", example(api_samples=noise))
    package = build_package(example(api_samples=noise), tmp_path, key=KEY, numbers=OWN, most_bytes=most)
    assert package.bytes < most < whole.bytes < MOST_BYTES
    assert [words for words in package.left_out if words.startswith("api_samples/failed-0.json: 60")]
    assert not [words for words in whole.left_out if words.startswith("api_samples/")]
    assert contents(package)["summary.json"] == contents(whole)["summary.json"]


def test_many_samples_are_capped_and_counted(tmp_path: Path) -> None:
    """Twenty answers of the platform are kept, and it says how many more there were."""
    package = build(tmp_path, example(api_samples={f"failed-{n:02d}": {"n": n} for n in range(25)}))
    assert sum(name.startswith("api_samples/") for name in package.files) == 20
    assert "api_samples: 5 of 25 answers of the platform" in package.left_out


def test_long_lists_in_samples_are_cut(tmp_path: Path) -> None:
    """The answer that lists ten thousand recipients keeps the first and says how many follow."""
    recipients = [{"id": f"rcpt_{n}", "status": "pending"} for n in range(10_000)]
    files = contents(build(tmp_path, example(api_samples={"job": {"recipients": recipients}})))
    shown = json.loads(files["api_samples/job.json"])["recipients"]
    assert (len(shown), shown[-1]) == (201, "... 9800 more left out")


def test_odd_samples_are_still_json(tmp_path: Path) -> None:
    """NaN, broken characters and names that are no file names do not stop a package."""
    odd = {"../../etc/passwd": {"x": float("nan")}, "a/b": {"y": "\ud800"}, "a b": {"z": float("inf")}}
    package = build(tmp_path, example(api_samples=odd))
    names = [name for name in package.files if name.startswith("api_samples/")]
    assert names == ["api_samples/a_b.json", "api_samples/a_b_.json", "api_samples/etc_passwd.json"]
    assert json.loads(contents(package)["api_samples/etc_passwd.json"]) == {"x": None}


@pytest.mark.parametrize("cell", ["=1+1", "+61 cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1"])
def test_no_cell_is_a_formula(tmp_path: Path, cell: str) -> None:
    """What a platform or a customer wrote cannot run in a spreadsheet."""
    assert safe_cell(cell) == f"'{' '.join(cell.splitlines())}"
    hostile = replace(calls()[0], code=cell)
    row = table(contents(build(tmp_path, example(calls=(hostile,))))["calls.csv"])[0]
    assert row["code"].startswith("'")


@pytest.mark.parametrize("cell", [-5, 0.5, "+61•••••••78", "+61•••••••78[c_0a1b2c3d]", "busy", "2026-03-01"])
def test_our_own_cells_stay_as_they_are(cell: Any) -> None:
    """Figures and our masks need no quote."""
    assert safe_cell(cell) == str(cell)


def test_thinning_keeps_both_ends() -> None:
    """A long timeline keeps its first and its last snapshot and is spaced evenly between."""
    assert thinned(range(101), 5) == [0, 25, 50, 75, 100]
    assert thinned([1, 2], 5) == [1, 2]
    assert (thinned([1, 2, 3], 1), thinned([1, 2, 3], 0)) == ([3], [])


def test_a_long_timeline_is_thinned(tmp_path: Path) -> None:
    """Ten thousand snapshots are thinned to five thousand from the first to the last."""
    rows = [replace(timeline(1)[0], ts=START + timedelta(seconds=n), finished=n) for n in range(10_000)]
    *shown, last = table(contents(build(tmp_path, example(timeline=tuple(rows))))["timeline.csv"])
    assert len(shown) == 5000
    assert (shown[0]["finished"], shown[-1]["finished"]) == ("0", "9999")
    assert last["ts_utc"].startswith("timeline.csv: 5000 of 10000 snapshots")


def test_a_directory_that_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    """A directory that cannot be made gives an OSError that says what to do."""
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(PackageNotWrittenError, match="could not be written to"):
        build(tmp_path / "file" / "packages")


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "the disk or its quota is full"),
        (errno.EROFS, "not allowed"),
        (errno.EIO, "Input/output"),
    ],
)
def test_the_reason_is_named(code: int, words: str) -> None:
    """A full disk, a forbidden directory and a broken disk are told apart."""
    told = _not_written(Path("/packages"), 2_000_000, OSError(code, os.strerror(code)))
    assert words in str(told)
    assert told.errno == code


CHILD = """
import resource, signal, sys
sys.path.insert(0, sys.argv[2])
from pathlib import Path
from tests.unit.diagnostics_example import KEY, NUMBERS, example
from tasks.package.archive import PackageNotWrittenError, build_package
signal.signal(signal.SIGXFSZ, {action})
resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
try:
    build_package(example(), Path(sys.argv[1]), key=KEY, numbers=frozenset(NUMBERS))
except PackageNotWrittenError as told:
    print(told)
"""


def child(directory: Path, action: str) -> "subprocess.CompletedProcess[str]":
    """Build a package in a process that may write 4,000 bytes to a file and no more."""
    code = CHILD.replace("{action}", action)
    root = str(Path(__file__).parents[3])
    return subprocess.run(
        [sys.executable, "-B", "-c", code, str(directory), root], capture_output=True, text=True, check=False
    )


def test_a_disk_without_room_leaves_nothing(tmp_path: Path) -> None:
    """When the bytes do not fit, the person reads why and no part of a package stays behind."""
    result = child(tmp_path, "signal.SIG_IGN")
    assert "the disk or its quota is full. Free" in result.stdout, result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_kill_leaves_no_half_zip(tmp_path: Path) -> None:
    """A process killed in the middle of writing leaves nothing that looks like a package."""
    result = child(tmp_path, "signal.SIG_DFL")
    assert result.returncode == -signal.SIGXFSZ, result.stderr
    assert list(tmp_path.glob("*.zip")) == []


def test_a_short_key_is_refused(tmp_path: Path) -> None:
    """A key that can be guessed would undo every token, so it makes no package."""
    with pytest.raises(ValueError, match="at least 16 bytes"):
        build_package(example(), tmp_path, key=b"short", numbers=OWN)
