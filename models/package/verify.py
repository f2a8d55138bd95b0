"""Whether a package is what it says: hashes, files, schemas, counts, the audit chain, and no whole number."""

import csv
import hashlib
import io
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from models.canonical import digest
from models.package.chain import chain_faults
from models.package.layout import (
    ACTIONS,
    ALWAYS,
    CALLS,
    FACTS,
    MANIFEST,
    PEOPLE,
    PEOPLE_HEADS,
    SCHEMA_VERSION,
    SUMMARY,
    belongs,
    media_of,
)
from models.package.numbers import whole_numbers
from models.package.schema import Manifest, Strict, Summary
from models.report.page.plain import plain
from models.report.people import PersonEnd
from models.triage.findings import plural

SEVEN = (
    "Workspace ID",
    "Campaign ID",
    "Batch Job ID",
    "Upload ID (if applicable)",
    "Time window and timezone",
    "Symptom summary with screenshot",
    "Approximate failed vs successful counts",
)
"""The runbook's "Required diagnostics for support escalation", in its words and its order."""
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Verified:
    """The examination of a package: it holds where there is nothing wrong."""

    schema_version: str
    checked: tuple[str, ...]
    """What was looked at, in words."""
    faults: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Tell whether nothing is wrong."""
        return not self.faults


def verify(files: Mapping[str, bytes]) -> Verified:
    """Examine the files of a package by their names; `manifest.json` is among them. Never raises.

    Of another schema version only the hashes are checked, which is said: what is not checked is no pass.
    """
    plain = _json(files[MANIFEST])
    version = str(plain.get("schema_version", "")) if isinstance(plain, dict) else ""
    if version != SCHEMA_VERSION:
        return _of_another(files, plain, version)
    manifest, faults = _read(Manifest, MANIFEST, files[MANIFEST])
    if manifest is None:
        return Verified(version, ("manifest.json",), tuple(faults))
    listed = {name: one.model_dump() for name, one in manifest.files.items()}
    faults = [*_hashes(files, listed), *_layout(files, manifest)]
    summary, wrong = _read(Summary, FACTS, files.get(FACTS, b""))
    faults += wrong
    shown = _cells(files.get(SUMMARY, b""))
    faults += _seven(shown)
    if summary:
        faults += _same_items(shown, summary)
        faults += [*_same_head(summary, manifest), *_counts(files, summary, manifest)]
    faults += chain_faults(files.get(ACTIONS, b""), manifest.audit)
    faults += _numbers(files)
    checked = (
        f"{len(manifest.files)} files by their SHA-256",
        "the schemas",
        "the runbook's seven items",
        "the counts of people",
        f"{manifest.audit.in_file} entries of the audit chain",
        "no whole phone number",
    )
    return Verified(version, checked, tuple(faults))


def _of_another(files: Mapping[str, bytes], plain: Any, version: str) -> Verified:
    listed = plain.get("files") if isinstance(plain, dict) else None
    if not version or not isinstance(listed, dict):
        words = "manifest.json is not the manifest of a package: it names no schema version and no files."
        return Verified(version, (), (words,))
    older = version.isdecimal() and version.zfill(9) < SCHEMA_VERSION.zfill(9)
    which = "an older" if older else "a newer"
    words = (
        f"This package is of schema version {version[:20]}, which {which} ringback writes; this one "
        f"knows version {SCHEMA_VERSION}. Only its hashes were checked: ask the ringback that versions.json "
        "names."
    )
    return Verified(version, ("the files by their SHA-256",), (words, *_hashes(files, listed)))


def _read(model: type[Strict], name: str, data: bytes) -> tuple[Any, list[str]]:
    """Return a document as its model, or None and what is wrong with it."""
    try:
        return model.model_validate_json(data), []
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)
        named = [f"{'.'.join(map(str, one['loc'])) or 'all of it'} ({one['msg']})" for one in wrong]
        return None, [f"{name} does not fit its schema: {_some(named)}."]


def _hashes(files: Mapping[str, bytes], listed: Mapping[str, Any]) -> Iterator[str]:
    for name, told in listed.items():
        if name not in files:
            yield f"{name} is named in the manifest and is not in the zip."
        elif not isinstance(told, Mapping) or _sha256(files[name]) != told.get("sha256"):
            yield f"{name} is not the file that the manifest names: its SHA-256 is another one."
        elif len(files[name]) != told.get("bytes"):
            yield f"{name} has {len(files[name])} bytes and the manifest tells of {told.get('bytes')}."
    for name in sorted(files.keys() - listed.keys() - {MANIFEST}):
        yield f"{name} is in the zip and not in the manifest: somebody has put it there."


def _layout(files: Mapping[str, bytes], manifest: Manifest) -> Iterator[str]:
    for name in ALWAYS:
        if name not in files and name not in manifest.files:
            yield f"{name} is missing: every package has it."
    for name, told in manifest.files.items():
        if not belongs(name):
            yield f"{name} is no file of a package."
        elif told.media != media_of(name):
            yield f"{name} is called {told.media} in the manifest: it is {media_of(name)}."
    listed = {name: one.model_dump() for name, one in manifest.files.items()}
    if digest(listed)[:16] != manifest.bundle_id:
        yield "The bundle's id does not follow from its files: the manifest was changed."


def _cells(summary: bytes) -> dict[str, str]:
    """Return what SUMMARY.md shows before its first heading, by the names beside it."""
    text = summary.decode("utf-8", "replace").partition("\n## ")[0]
    cells = [line.strip("| ").split(" | ", 1) for line in text.splitlines() if line.startswith("| ")]
    return {name: rest[0].strip() for name, *rest in cells if rest}


def _seven(shown: Mapping[str, str]) -> Iterator[str]:
    """Yield which of the seven items SUMMARY.md does not show, or shows empty or too late."""
    for item in SEVEN:
        if not shown.get(item):
            yield f"SUMMARY.md does not begin with what the runbook requires: {item} is not told."
    if [name for name in shown if name in SEVEN] != [name for name in SEVEN if name in shown]:
        yield "The runbook's seven items do not stand in their order in SUMMARY.md."


def _same_items(shown: Mapping[str, str], summary: Summary) -> Iterator[str]:
    """Yield where page and document tell two things; what was redacted is not compared."""
    told = summary.required
    ids = (told.workspace_id, told.campaign_id, told.batch_job_id, told.upload_id)
    for item, value in zip(SEVEN, ids, strict=False):
        cell = shown.get(item, "")
        if cell and plain(value) != cell and not any(mark in value + cell for mark in "•["):
            yield f"SUMMARY.md and summary.json tell two things of one item: {item}."
    counts = (told.counts.failed, told.counts.successful, told.counts.total)
    figures = re.findall(r"\d+", shown.get(SEVEN[-1], ""))
    if all(isinstance(count, int) for count in counts) and figures[:3] != [str(count) for count in counts]:
        yield f"SUMMARY.md and summary.json tell two things of one item: {SEVEN[-1]}."


def _same_head(summary: Summary, manifest: Manifest) -> Iterator[str]:
    if (summary.generated_at, summary.recovery_id) != (manifest.created, manifest.recovery_id):
        yield "summary.json and manifest.json are of two packages: recovery or time differ."


def _counts(files: Mapping[str, bytes], summary: Summary, manifest: Manifest) -> Iterator[str]:
    people, rows = summary.people, _table(files.get(PEOPLE, b""))
    if sum(people.ends.values()) != people.expected:
        total = sum(people.ends.values())
        yield f"The ends in summary.json add up to {total}, and {people.expected} were expected."
    yield from _people(rows, summary, manifest)
    counts = summary.required.counts
    told = [count for count in (counts.failed, counts.successful) if isinstance(count, int)]
    if isinstance(counts.total, int) and sum(told) > counts.total:
        yield f"{sum(told)} failed or successful are more than the {counts.total} who were expected."
    yield from _strangers(files, rows, manifest)


def _people(rows: list[dict[str, str]], summary: Summary, manifest: Manifest) -> Iterator[str]:
    if rows and tuple(rows[0]) != PEOPLE_HEADS:
        yield "people.csv has other columns than a package of this schema version."
        return
    found = Counter(row["end"] for row in rows)
    left_out = manifest.people_left_out
    for end in PersonEnd:
        told = summary.people.ends.get(end, 0)
        listed = found.pop(end.value, 0) + left_out.get(end, 0)
        if listed != told and end is not PersonEnd.UNLISTED:
            yield f"people.csv has {listed} people {end.value} and summary.json tells of {told}."
    if found:
        yield f"people.csv names ends that there are not: {_some(sorted(found))}."


def _strangers(files: Mapping[str, bytes], rows: list[dict[str, str]], manifest: Manifest) -> Iterator[str]:
    """Yield who stands in calls.csv and nowhere in people.csv, where that has everybody."""
    if manifest.people_left_out:
        return
    known = {row.get("contact", "") for row in rows}
    strangers = {row.get("contact", "") for row in _table(files.get(CALLS, b""))} - known
    if strangers:
        yield f"calls.csv tells of people who are not in people.csv: {_some(sorted(strangers))}."


def _table(data: bytes) -> list[dict[str, str]]:
    """Return the rows of a table, without the last line that says what is left out of it."""
    try:
        lines = list(csv.DictReader(io.StringIO(data.decode("utf-8", "replace"))))
    except csv.Error:
        return []
    return [{k: v or "" for k, v in row.items() if k} for row in lines if None not in row.values()]


def _numbers(files: Mapping[str, bytes]) -> Iterator[str]:
    for name, data in sorted(files.items()):
        if count := whole_numbers(name, data):
            yield f"{name} seems to hold {plural(count, 'whole phone number')}: do not pass it on."


def _json(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _some(items: Iterable[str]) -> str:
    named = list(items)
    more = f" and {len(named) - MOST_NAMED} more" if len(named) > MOST_NAMED else ""
    return ", ".join(named[:MOST_NAMED]) + more
