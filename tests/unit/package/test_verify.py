"""What `ringback package verify` finds, in sentences, of a package that was changed, and of what is none."""

import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from deployments.cli.app import app
from models.package.layout import MANIFEST
from models.package.verify import SEVEN, verify
from tasks.package.reading import MOST_NAMES, MOST_WHOLE, NotAPackageError, read_package
from tests.unit.diagnostics_example import NUMBERS, example
from tests.unit.package.made import built, files_of, resealed, zipped

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    """Return the files of a package that holds."""
    return files_of(built(tmp_path_factory.mktemp("package")).path)


def changed(files: Mapping[str, bytes], name: str, old: str, new: str) -> Files:
    """Return the files with one text of one file replaced, and the manifest as it was."""
    assert old in files[name].decode()
    return {**files, name: files[name].replace(old.encode(), new.encode(), 1)}


def test_a_package_holds(files: Files) -> None:
    """What `ringback escalate` makes is found whole, by all that is checked."""
    found = verify(files)
    assert found.faults == ()
    assert found.ok
    assert [words for words in found.checked if "audit chain" in words] == ["2 entries of the audit chain"]


def test_an_empty_package_holds(tmp_path: Path) -> None:
    """A package in which nothing is known is whole too."""
    d = example(timeline=(), calls=(), reasons=(), actions=(), findings=(), api_samples={}, approved=())
    assert verify(files_of(built(tmp_path, d).path)).faults == ()


def test_another_file_is_named(files: Files) -> None:
    """A file that was changed, taken out or put in is named with what is wrong with it."""
    odd = changed(files, "reasons.csv", "503", "504")
    assert verify(odd).faults == (
        "reasons.csv is not the file that the manifest names: its SHA-256 is another one.",
    )
    gone = {name: data for name, data in files.items() if name != "checks.json"}
    assert verify(gone).faults == ("checks.json is named in the manifest and is not in the zip.",)
    more = {**files, "notes.txt": b"hello"}
    assert verify(more).faults == (
        "notes.txt is in the zip and not in the manifest: somebody has put it there.",
    )


def _without(name: str) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        manifest = json.loads(files[MANIFEST])
        del manifest["files"][name]
        rest = {one: data for one, data in files.items() if one != name}
        return resealed({**rest, MANIFEST: json.dumps(manifest).encode()})

    return change


def _edit(name: str, old: str, new: str) -> Callable[[Files], Files]:
    return lambda files: resealed(changed(files, name, old, new))


def _drop_line(name: str, n: int) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        lines = files[name].splitlines(keepends=True)
        del lines[n]
        return resealed({**files, name: b"".join(lines)})

    return change


def _swapped(files: Files) -> Files:
    first, second = files["actions.jsonl"].splitlines(keepends=True)
    return resealed({**files, "actions.jsonl": second + first})


CHANGES: Mapping[str, tuple[Callable[[Files], Files], str]] = {
    "a file that every package has": (
        _without("reasons.csv"),
        "reasons.csv is missing: every package has it.",
    ),
    "an end": (
        _edit("people.csv", ",failed\n", ",voicemail\n"),
        "people.csv has 9 people failed and summary",
    ),
    "an end that is none": (
        _edit("people.csv", ",failed\n", ",lost\n"),
        "names ends that there are not: lost",
    ),
    "a person": (
        _drop_line("people.csv", 3),
        "people.csv has 29 people reached_before and summary.json tells of 30",
    ),
    "the total": (
        _edit("summary.json", '"expected": 100', '"expected": 99'),
        "add up to 100, and 99 were expected",
    ),
    "a count": (
        _edit("summary.json", '"successful": 50', '"successful": 95'),
        "105 failed or successful are more",
    ),
    "a stranger": (_edit("calls.csv", ",c_66649a82,", ",c_00000000,"), "not in people.csv: c_00000000"),
    "an item": (
        _edit("SUMMARY.md", f"| {SEVEN[3]} |", "| Upload |"),
        "Upload ID (if applicable) is not told",
    ),
    "the failed": (
        _edit("SUMMARY.md", "about 10 failed", "about 9 failed"),
        "two things of one item: Appr",
    ),
    "the job": (
        _edit("SUMMARY.md", "| btcal_01jxyz |", "| btcal_02 |"),
        "of one item: Batch Job",
    ),
    "a schema": (
        _edit("summary.json", '"verdict":', '"word":'),
        "summary.json does not fit its schema: verdict",
    ),
    "a link": (
        _drop_line("actions.jsonl", 0),
        "Entry 1 of the audit is missing: entry 2 stands in its place.",
    ),
    "the end of the chain": (_drop_line("actions.jsonl", 1), "the end was changed or cut off"),
    "the order of the chain": (_swapped, "Entry 1 of the audit is missing"),
    "what a link follows": (
        _edit("actions.jsonl", '"previous": "a', '"previous": "b'),
        "Entry 2 of the audit does",
    ),
    "no link": (_edit("actions.jsonl", '{"seq": 2', '{"sec": 2'), "Line 2 of actions.jsonl is no entry"),
    "a number": (
        _edit("SUMMARY.md", "## Verdict", f"## Verdict\n\n{NUMBERS[2]}"),
        "SUMMARY.md seems to hold 1 whole",
    ),
    "a number in a table": (
        _edit("calls.csv", "not_reached", "0491 570 156"),
        "calls.csv seems to hold 1 whole",
    ),
    "a number in JSON": (
        _edit("checks.json", '"quiet": 1800', '"phone": 61491570156'),
        "checks.json seems to hold",
    ),
    "a number in an audit": (
        _edit("actions.jsonl", "wave.sent", "to 0491 570 156"),
        "actions.jsonl seems to hold",
    ),
    "a number in a picture": (_edit("chart.svg", "Job btcal", "Job +61491570156"), "chart.svg seems to hold"),
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_careful_change_is_found(what: str, files: Files) -> None:
    """Whoever changes a package and its manifest too is found by what no longer fits together."""
    change, words = CHANGES[what]
    faults = verify(change(files)).faults
    assert [fault for fault in faults if words in fault], faults


def test_a_bundle_of_other_files_is_found(files: Files) -> None:
    """A manifest whose list was edited no longer has the id that follows from it."""
    odd = changed(files, MANIFEST, '"media": "text/csv"', '"media": "text/html"')
    faults = verify(odd).faults
    assert "people.csv is called text/html in the manifest: it is text/csv." in faults
    assert "The bundle's id does not follow from its files: the manifest was changed." in faults


def test_a_number_in_the_words_of_a_png_is_found(files: Files) -> None:
    """A picture's title is text that a search of the pixels would miss."""
    words = b"Title\x00Job +61491570156"
    chunk = struct.pack(">I", len(words)) + b"tEXt" + words + struct.pack(">I", zlib.crc32(b"tEXt" + words))
    png = files["chart.png"]
    faults = verify(resealed({**files, "chart.png": png[:33] + chunk + png[33:]})).faults
    assert [fault for fault in faults if fault.startswith("chart.png seems to hold")] == list(faults)


def test_an_older_package_is_said_to_be_one(files: Files) -> None:
    """Of a layout that this version does not write, the hashes are checked and nothing is claimed."""
    older = resealed(files, schema_version="1")
    (words,) = verify(older).faults
    assert "of schema version 1, which an older ringback writes" in words
    assert "Only its hashes were checked" in words
    broken = changed(older, "reasons.csv", "503", "504")
    assert len(verify(broken).faults) == 2
    assert "a newer ringback" in verify(resealed(files, schema_version="3")).faults[0]


@pytest.mark.parametrize("manifest", [b"", b"[]", b"{}", b"\xff", b'{"schema_version": "2"}', b"[" * 100_000])
def test_a_manifest_that_is_none(manifest: bytes, files: Files) -> None:
    """Whatever stands in the place of the manifest, a sentence says that it is none."""
    (words,) = verify({**files, MANIFEST: manifest}).faults
    assert words.startswith("manifest.json ")


def claims(name: str, size: int, files: Mapping[str, bytes]) -> bytes:
    """Return a zip in which a file claims another size than it has."""
    data = bytearray(zipped(files))
    at = data.rfind(name.encode()) - 46
    data[at + 24 : at + 28] = struct.pack("<I", size)
    return bytes(data)


def bomb() -> bytes:
    """Return a small zip of a package that unpacks to more than any package."""
    return zipped({MANIFEST: b"{}", "calls.csv": bytes(MOST_WHOLE + 1)})


def linked() -> bytes:
    """Return a zip with a symbolic link in it."""
    import io

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo(MANIFEST)
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def doubled() -> bytes:
    """Return a zip with two files of one name."""
    import io
    import warnings

    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        archive.writestr(MANIFEST, "{}")
        archive.writestr(MANIFEST, "{ }")
    return out.getvalue()


BAD: Mapping[str, tuple[Callable[[Files], bytes], str]] = {
    "empty": (lambda _: b"", "is not a zip"),
    "text": (lambda _: b"hello", "is not a zip"),
    "cut off": (lambda files: zipped(files)[:-3000], "is cut off"),
    "cut in its directory": (lambda files: zipped(files)[:-10], "is cut off"),
    "damaged": (lambda files: zipped(files).replace(b"PK\x01\x02", b"PK\x01\x03"), "cut off or damaged"),
    "noise inside": (lambda files: noisy(zipped(files)), "cut off or damaged"),
    "a bomb": (lambda _: bomb(), "unpacks to more than"),
    "a lie about a size": (lambda files: claims(MANIFEST, 10, files), "cut off or damaged"),
    "a path up": (lambda files: zipped({**files, "../evil": b""}), "leads out of it"),
    "a path from the root": (lambda files: zipped({**files, "/etc/evil": b""}), "leads out of it"),
    "a path of Windows": (lambda files: zipped({**files, "C:evil": b""}), "leads out of it"),
    "a folder": (lambda files: zipped({**files, "api_samples/": b""}), "leads out of it"),
    "a link": (lambda _: linked(), "leads out of it"),
    "two of one name": (lambda _: doubled(), "two files of one name"),
    "a foreign zip": (lambda _: zipped({"holiday.jpg": b"x"}), "no package of ringback"),
    "many files": (lambda files: zipped({f"{n}": b"" for n in range(MOST_NAMES + 1)}), "more than 200 files"),
    "very many files": (lambda files: zipped({f"{n}": b"" for n in range(9000)}), "more than 200 files"),
}


def noisy(data: bytes) -> bytes:
    """Return a zip whose first file is other bytes than were written."""
    return data[:80] + os.urandom(200) + data[280:]


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_package_is_a_sentence(what: str, files: Files, tmp_path: Path) -> None:
    """Bad input is refused with why, without filling memory or disk, and with the code of wrong usage."""
    make, words = BAD[what]
    path = tmp_path / "given.zip"
    path.write_bytes(make(files))
    with pytest.raises(NotAPackageError, match=words):
        read_package(path)
    told = CliRunner().invoke(app, ["package", "verify", str(path), "--json"])
    assert told.exit_code == 2
    assert words in json.loads(told.stdout)["error"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    """A wrong name and a folder are said to be unreadable."""
    for path in (tmp_path / "none.zip", tmp_path):
        with pytest.raises(NotAPackageError, match="cannot be read"):
            read_package(path)


def invoke(path: Path, *more: str) -> Any:
    """Run the command with no home, no settings and no key."""
    bare = {name: None for name in os.environ if name.startswith("RINGBACK")}
    return CliRunner().invoke(app, ["package", "verify", str(path), *more], env=bare)


def test_the_command_needs_nothing_else(
    files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Offline and without a ledger: 0 and what was checked, or 1 and each fault in a sentence."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "nowhere"))
    good, bad = tmp_path / "good.zip", tmp_path / "bad.zip"
    good.write_bytes(zipped(files))
    bad.write_bytes(zipped(changed(files, "reasons.csv", "503", "504")))
    told = invoke(good, "--json")
    assert told.exit_code == 0
    assert json.loads(told.stdout)["ok"] is True
    assert "good.zip holds: 14 files by their SHA-256" in invoke(good).stdout
    told = invoke(bad)
    assert told.exit_code == 1
    assert "bad.zip does not hold" in told.stdout
    assert "reasons.csv is not the file" in told.stderr
    assert json.loads(invoke(bad, "--json").stdout)["problems"]
    assert not (tmp_path / "nowhere").exists()
