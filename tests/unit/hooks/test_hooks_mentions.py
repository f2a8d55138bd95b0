"""A job is found however a ticket's text is marked up, and nothing is taken for one that is none."""

import json
import time
from typing import Any

import pytest

from models.hooks.reading import ReadingKind
from models.hooks.text.mentions import jobs_in
from tests.unit.hooks.test_hooks_reading import reading

JOB = "btcal_a001"


def paragraph(*texts: str) -> dict[str, Any]:
    """Return a paragraph of a rich-text document whose text is split by its marks."""
    return {"type": "paragraph", "content": [{"type": "text", "text": text} for text in texts]}


def document(*blocks: dict[str, Any]) -> dict[str, Any]:
    """Return a document in Atlassian's format."""
    return {"type": "doc", "version": 1, "content": list(blocks)}


def cell(kind: str, text: str) -> dict[str, Any]:
    """Return a cell of a document's table."""
    return {"type": kind, "content": [paragraph(text)]}


def table(*rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return a table of a document."""
    return {"type": "table", "content": [{"type": "tableRow", "content": row} for row in rows]}


MARKED_UP = {
    "Markdown, bold label": f"**job_id:** {JOB}",
    "Markdown, bold name": f"**Job ID**: `{JOB}`",
    "Markdown, underlines": f"__Job ID:__ {JOB}",
    "Markdown, escaped": JOB.join(("job\\_id: ", "")).replace("l_a", "l\\_a"),
    "Markdown, heading": f"## Job ID ##\n\n`{JOB}`\n\nthanks",
    "Markdown, list": f"- **Job ID:** {JOB}\n- **Campaign:** camp_1",
    "Markdown, link": f"Job ID: [{JOB}](https://elevenlabs.io/app/{JOB})",
    "Markdown, table": f"| Job ID | Campaign |\n|:---|---|\n| `{JOB}` | camp_1 |",
    "Markdown, table by rows": f"| Job ID | {JOB} |\n| Campaign | camp_1 |",
    "wiki, bold label": f"*Job ID:* {JOB}",
    "wiki, monospace": f"Job ID: {{{{{JOB}}}}}",
    "wiki, heading": f"h3. Job ID\n{{{{{JOB}}}}}",
    "wiki, row": f"|Job ID|{JOB}|",
    "wiki, row with a head": f"||Job ID|{JOB}|",
    "wiki, table": f"||Job ID||Campaign||\n|{JOB}|camp_1|",
    "wiki, table without a head": f"|Job ID|Campaign|\n|{JOB}|camp_1|",
    "wiki, colour": f"{{color:red}}*Job ID:*{{color}} {JOB}",
    "wiki, code": f"Job ID: {{noformat}}{JOB}{{noformat}}",
    "wiki, link": f"job_id: [{JOB}|https://elevenlabs.io/app]",
    "HTML, bold label": f"<b>Job ID:</b> {JOB}",
    "HTML, blanks": f"<p><strong>Job&nbsp;ID:</strong>&nbsp;{JOB}</p>",
    "HTML, escaped twice": f"&lt;p&gt;&lt;b&gt;Job ID:&lt;/b&gt; {JOB}&lt;/p&gt;",
    "HTML, table": f"<table>\n<tr>\n <td><p>Job ID</p></td>\n <td>\n{JOB}</td>\n</tr></table>",
    "HTML, table with a head": f"<table><tr><th>Job ID<th>Of</th></tr><tr><td>{JOB}</td><td>x1</td></tr>",
    "HTML, definition": f"<dl><dt>Job ID</dt><dd>{JOB}</dd></dl>",
    "HTML, link": f'<div>Job ID: <a href="https://x.example/?job_id=9">{JOB}</a></div>',
    "ADF, bold label": document(paragraph("Job ID:", f" {JOB}")),
    "ADF, split inside words": document(paragraph("jo", "b_id: btc", "al_a001"), paragraph("camp_1")),
    "ADF, heading": document(
        {"type": "heading", "content": [{"type": "text", "text": "Job ID"}]}, paragraph(JOB)
    ),
    "ADF, table": document(table([cell("tableHeader", "Job ID"), cell("tableCell", JOB)])),
    "ADF, table with a head": document(
        table(
            [cell("tableHeader", "Job ID"), cell("tableHeader", "Campaign")],
            [cell("tableCell", JOB), cell("tableCell", "camp_1")],
        )
    ),
    "ADF, line break": document(
        {
            "type": "paragraph",
            "content": [
                {"type": "text", "text": "stuck"},
                {"type": "hardBreak"},
                *paragraph("Job ID", f": {JOB}")["content"],
            ],
        }
    ),
    "Slack, rich text": {
        "type": "rich_text",
        "elements": [
            {
                "type": "rich_text_section",
                "elements": [
                    {"type": "text", "text": "Job ID: ", "style": {"bold": True}},
                    {"type": "text", "text": JOB, "style": {"code": True}},
                ],
            }
        ],
    },
    "Slack, section": {"type": "section", "text": {"type": "mrkdwn", "text": f"*Job ID:* `{JOB}`"}},
    "Slack, fields": {
        "type": "section",
        "fields": [{"type": "mrkdwn", "text": "*Job ID:*"}, {"type": "mrkdwn", "text": JOB}],
    },
    "Slack, link": f"Job ID: <https://elevenlabs.io/app|{JOB}>",
    "an object's own key": {"details": {"job_id": JOB, "campaign": "camp_1"}},
    "blanks that nobody sees": f"\ufeffjob\u00a0id:\u200b {JOB}",
    "an arrow": f"Job ID → {JOB}",
    "quotes": f"job_id = “{JOB}”, please",
}


@pytest.mark.parametrize("how", MARKED_UP)
def test_a_job_is_found_through_markup(how: str) -> None:
    """Label and value may be parted by whatever a ticket system's editor puts between them."""
    assert jobs_in([MARKED_UP[how]]) == {JOB}


NONE = [
    "job_id: {{ticket.ticket_field_3600003}}",
    "job_id: {{job_id}}",
    "job_id: {{ ticket_field_360 | upcase }}",
    "job_id: #{ticket.cf_job1}",
    "job_id: ##ticket.job##",
    "job_id: ${job}",
    "job_id: %JOB_ID%",
    "job_id: <%= @job_id %>",
    "job_id: [[ticket.job]]",
    "job_id: {job_id}",
    "job_id: $JOB$",
    "job_id: <job id>",
    "job_id: None",
    "job_id: n/a",
    "**Job ID:** null",
    "|Job ID|undefined|",
    "job_id: +61 491 570 156",
    "job_id: 0491 570 156",
    "job_id: (0491) 570-156",
    "job_id: 61491570156",
    "job_id: 0491-570-156",
    "**Job ID:** tel:+61491570156",
    "|Job ID|0491570156|",
    "job_id: https://elevenlabs.io/app",
    "job_id:\ncampaign: camp_1",
    "Job ID\nCampaign\n",
    "the job id is unknown to me",
]


@pytest.mark.parametrize("text", NONE)
def test_a_placeholder_nothing_and_a_number_are_no_job(text: str) -> None:
    """An unfilled template, a word for nothing, a phone number and another label are never a job."""
    assert jobs_in([text]) == set()


def test_two_jobs_stay_two() -> None:
    """Columns and sentences that name several jobs name all of them: which is meant is a person's to say."""
    assert jobs_in(["|Job ID|\n|btcal_1|\n|btcal_2|"]) == {"btcal_1", "btcal_2"}
    assert jobs_in(["job_id: btcal_1, job_id: btcal_2"]) == {"btcal_1", "btcal_2"}


@pytest.mark.parametrize(
    "piece",
    [
        "<",
        "<td>",
        "<!--",
        "{{",
        "[",
        "||",
        "job id ",
        "job_id: ",
        "**",
        "[x](",
        "%a",
        "\\",
        "_ ",
        "&lt;",
        "\n",
        " ",
        " #",
        "\nJob ID",
        "<tr> ",
    ],
)
def test_a_text_made_to_be_slow_is_read_in_time(piece: str) -> None:
    """A description of a hundred thousand characters holds nobody up, whatever it repeats."""
    begun = time.process_time()
    jobs_in([piece * (100_000 // len(piece))])
    assert time.process_time() - begun < 5


DEEP = json.loads("[" * 300 + "]" * 300)


@pytest.mark.parametrize(
    "odd", [DEEP, {"type": []}, {"type": "text", "text": 5}, [None, 1, True], {"text": {}}]
)
def test_odd_documents_name_no_job(odd: Any) -> None:
    """Nested without end or of no known kind: there is no job in it, and no fault of ours."""
    assert jobs_in(odd) == set()


HOOKS: dict[str, tuple[str, dict[str, Any], str]] = {
    "D25 a": ("linear", {"description": "**job_id:** btcal_a001"}, "btcal_a001"),
    "D25 b": ("linear", {"description": "**Job ID**: `btcal_a002`"}, "btcal_a002"),
    "D26 a": ("jira", {"description": "*Job ID:* btcal_a004"}, "btcal_a004"),
    "D26 b": ("jira", {"description": document(paragraph("Job ID:", " btcal_a005"))}, "btcal_a005"),
    "D27 a": (
        "token",
        {"ticket": "zammad:1", "job_id": "#{ticket.cf_job1}", "title": "stuck, job_id: btcal_a009"},
        "btcal_a009",
    ),
    "D27 b": (
        "token",
        {"ticket": "glpi:1", "job_id": "##ticket.job##", "title": "stuck, job_id: btcal_a010"},
        "btcal_a010",
    ),
    "D62": (
        "zendesk",
        {
            "account_id": 1,
            "detail": {
                "actor_id": "8447",
                "assignee_id": None,
                "description": "job_id: btcal_a016\nthanks",
                "id": "5158",
                "subject": "Batch is stuck",
                "tags": ["outbound"],
            },
            "event": {},
            "id": "ev1",
            "subject": "zen:ticket:5158",
            "type": "zen:event-type:ticket.created",
        },
        "btcal_a016",
    ),
}
"""Situations told in public trackers, by the number of their case."""


def wrapped(scheme: str, found: dict[str, Any]) -> dict[str, Any]:
    """Return the body that a system sends around its own fields."""
    if scheme == "linear":
        data = {"id": "x", "identifier": "SUP-9", "title": "Batch is stuck", "labels": []} | found
        return {"action": "create", "type": "Issue", "data": data}
    if scheme == "jira":
        fields = {"summary": "Batch is stuck", "labels": []} | found
        return {
            "timestamp": 1,
            "webhookEvent": "jira:issue_created",
            "issue": {"key": "SUP-1", "fields": fields},
        }
    return found


@pytest.mark.parametrize("case", HOOKS)
def test_hooks_as_they_were_told_of_find_their_job(case: str) -> None:
    """The whole hook of each situation becomes a wish for its job."""
    scheme, body, job = HOOKS[case]
    found = reading(scheme, wrapped(scheme, body))
    assert (found.kind, found.ask and found.ask.job_id) == (ReadingKind.WISH, job)
