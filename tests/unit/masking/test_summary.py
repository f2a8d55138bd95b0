"""The summary puts the runbook's seven items first and says why where one is missing."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from models.enums import Cause, Check, Severity, Symptom
from models.messages.diagnostics import Diagnostics, Missing
from models.messages.summary import summary_json, summary_markdown
from models.messages.symptoms import SYMPTOMS
from models.package.layout import SCHEMA_VERSION
from models.triage.findings import Finding
from tests.unit.diagnostics_example import START, example

STUCK = SYMPTOMS[Symptom.STUCK]
REQUIRED = (
    "Workspace ID",
    "Campaign ID",
    "Batch Job ID",
    "Upload ID (if applicable)",
    "Time window and timezone",
    "Symptom summary with screenshot",
    "Approximate failed vs successful counts",
)


def row(text: str, name: str) -> str:
    """Return the value that the first table shows for a name."""
    line = next(line for line in text.splitlines() if line.startswith(f"| {name} |"))
    return line.removeprefix(f"| {name} |").removesuffix("|").strip()


def test_the_seven_items_come_first_and_in_order() -> None:
    """Whoever opens the summary sees what the runbook requires before anything else."""
    text = summary_markdown(example())
    places = [text.index(f"| {name} |") for name in REQUIRED]
    assert places == sorted(places)
    heads = [
        "## Verdict",
        "## What was tried",
        "## Who approved",
        "## What is asked of you",
        "## Findings",
        "## Reasons",
    ]
    later = [text.index(head) for head in heads]
    assert later == sorted(later)
    assert places[-1] < later[0]


def test_the_facts_are_in_words() -> None:
    """Window, symptom and counts are readable without another file."""
    text = summary_markdown(example())
    window = (
        "2026-03-02 09:00 to 2026-03-02 10:00 Australia/Sydney (2026-03-01 22:00 to 2026-03-01 23:00 UTC)"
    )
    assert row(text, "Time window and timezone") == window
    assert row(text, REQUIRED[6]) == "about 10 failed, 50 successful, of 100 (40 are neither yet)"
    assert row(text, REQUIRED[5]).startswith(f"{STUCK}. The job has not moved since 22:30 UTC")
    assert "not a screenshot of the platform's page" in row(text, REQUIRED[5])
    assert row(text, "Campaign ID") == "n/a: ElevenLabs has no campaigns"


FIELDS = (
    "workspace_id",
    "campaign_id",
    "job_id",
    "upload_id",
    "window_start",
    "window_end",
    "timezone",
    "symptom",
    "summary",
    "failed",
    "successful",
    "total",
    "recovery_id",
    "verdict",
    "next_action",
    "eta_words",
    "plan_hash",
)


@pytest.mark.parametrize("name", FIELDS)
def test_what_is_missing_says_why(name: str) -> None:
    """A missing item shows as unknown with its reason in both files, and is never silent."""
    d = example(**{name: Missing("the platform did not answer")})
    assert "unknown: the platform did not answer" in summary_markdown(d)
    assert "unknown: the platform did not answer" in json.dumps(summary_json(d))


@pytest.mark.parametrize("name", [name for name in FIELDS if name != "symptom"])
def test_every_fact_is_shown(name: str) -> None:
    """No fact of the input is dropped on the way to the reader."""
    marks = {
        "window_start": datetime(2031, 7, 8, tzinfo=UTC),
        "window_end": datetime(2031, 7, 8, tzinfo=UTC),
        "failed": 4711,
        "successful": 4711,
        "total": 4711,
    }
    mark = marks.get(name, "Europe/Lisbon" if name == "timezone" else "mark-4711")
    d = example(**{name: mark})
    shown = "2031-07-08" if isinstance(mark, datetime) else str(mark)
    assert shown in summary_markdown(d)
    assert shown in json.dumps(summary_json(d))


def test_an_unknown_zone_is_named_and_utc_stays() -> None:
    """A zone that nobody knows does not cost the window."""
    text = summary_markdown(example(timezone="Mars/Olympus"))
    assert row(text, REQUIRED[4]).startswith(
        "2026-03-01 22:00 to 2026-03-01 23:00 UTC; timezone unknown: 'Mars/Olympus'"
    )


def test_empty_parts_say_so() -> None:
    """Nothing tried, asked, found or seen is said in words."""
    text = summary_markdown(example(tried=(), asked=(), findings=(), reasons=(), escalated_because=()))
    for words in (
        "Nothing was tried",
        "no question was written",
        "no check left a finding",
        "no reason was seen",
        "no rule of",
    ):
        assert words in text


def test_text_cannot_break_the_page() -> None:
    """What a customer wrote stays text: no table cell, no link, no HTML, no line of its own."""
    hostile = "a | b\n## Verdict\n<img src=x> [click](http://example.com) `rm`"
    text = summary_markdown(example(summary=hostile, tried=(hostile,)))
    assert text.count("\n## Verdict\n") == 1
    assert "a \\| b ## Verdict \\<img" in text
    assert "[click]\\(http" in text
    table = [line for line in text.splitlines() if line.startswith("| ")][:9]
    assert all(line.replace("\\|", "").count("|") == 3 for line in table)


def test_long_evidence_is_cut_and_says_where_the_rest_is() -> None:
    """A finding with a thousand rows as evidence does not bury the summary."""
    finding = Finding(
        Check.DUPLICATES, Severity.FAIL, Cause.DUPLICATE_UPLOAD, "Rows repeat.", {"rows": list(range(1000))}
    )
    text = summary_markdown(example(findings=(finding,)))
    assert "all in checks.json" in text
    assert len(text) < 6000


def test_json_holds_the_same_facts() -> None:
    """Programs find the seven items under names, with a schema version, and it is JSON."""
    found = json.loads(json.dumps(summary_json(example()), allow_nan=False))
    assert found["schema_version"] == SCHEMA_VERSION
    assert found["required"]["batch_job_id"] == "btcal_01jxyz"
    assert found["required"]["counts"] == {"failed": 10, "successful": 50, "total": 100}
    assert found["required"]["time_window"] == {
        "start": "2026-03-01T22:00:00Z",
        "end": "2026-03-01T23:00:00Z",
        "timezone": "Australia/Sydney",
    }
    assert [finding["check"] for finding in found["findings"]] == ["health", "permits"]
    assert found["reasons"][0]["count"] == 10


def test_the_same_facts_give_the_same_text() -> None:
    """The summary is a pure function of its input."""
    first: Diagnostics = example()
    assert summary_markdown(first) == summary_markdown(replace(first, window_start=START))
    assert "Left out of this package\n\n- 3 of 9 calls" in summary_markdown(first, left_out=["3 of 9 calls"])
