"""Ids of jobs and tickets: unfilled is empty, of another kind is refused, a phone number is never one."""

import json
import re
from typing import Any

import pytest
from pydantic import ValidationError

from deployments.gateway.forms import RecoveryIn
from flows.requests import JobRequest, run_name
from models.hooks.ids import JOB_PATTERN, TICKET_PATTERN, is_like_phone, is_ticket_like_phone
from models.hooks.reading import ReadingKind
from models.hooks.request import RecoveryRequest
from models.messages.milestones import read_ticket
from tests.unit.hooks.test_hooks_reading import reading

TITLE = "stuck, job_id: btcal_a009"
UNFILLED = [
    "#{ticket.cf_job1}",
    "##ticket.job##",
    "{{ticket.x}}",
    "{{ ticket.x | default: '' }}",
    "${job}",
    "%JOB%",
    "%{job}",
    "<%= job %>",
    "<?= $job ?>",
    "[[job]]",
    "{job}",
    "{!Case.Job__c}",
    "{% if job %}{% endif %}",
    "$job",
    "$job$",
    "$(job)",
    "@{job}",
    "@@job@@",
    "<job id>",
    "[job id]",
    "«job»",
    "None",
    "null",
    "NULL",
    "undefined",
    "N/A",
    "n/a",
    "nil",
    "NaN",
    "-",
    "—",
    "  ",
    "",
    None,
]


@pytest.mark.parametrize("given", UNFILLED)
def test_what_was_never_filled_is_empty(given: Any) -> None:
    """A placeholder of whatever language and a word for nothing leave the title to name the job."""
    found = reading("token", {"ticket": "zammad:1", "job_id": given, "title": TITLE})
    assert (found.kind, found.ask and found.ask.job_id) == (ReadingKind.WISH, "btcal_a009")
    without = reading("token", {"ticket": given, "job_id": "btcal_a009"})
    assert without.ask is not None
    assert without.ask.ticket == ""


@pytest.mark.parametrize(
    "raw", ["NaN", "Infinity", "-Infinity", '["btcal_1"]', '{"id": "btcal_1"}', "true", "1.5"]
)
@pytest.mark.parametrize("name", ["job_id", "ticket_id"])
def test_ids_of_another_kind_are_refused_with_a_sentence(name: str, raw: str) -> None:
    """NaN, Infinity, a list, an object and a truth value stand for no id, and no title mends that."""
    other = "ticket_id" if name == "job_id" else "job_id"
    body = f'{{"{name}": {raw}, "{other}": "btcal_2", "title": "{TITLE}"}}'.encode()
    found = reading("token", body)
    assert (found.kind, found.ask) == (ReadingKind.FAULTY, None)
    assert found.message.endswith("Correct the ticket's field or the source's field map.")


NEARLY = {
    "D28 a": b'{"ticket_id":"31","job_id":"btcal_a013","title":"line one\nline two"}',
    "D28 b": b'{"ticket_id":"31","job_id":"btcal_a013","title":"a\tb"}',
    "CR and LF": b'{"ticket_id":"31","job_id":"btcal_a013","title":"a\r\n\r\nb"}',
    "other controls": b'{"ticket_id":"31","job_id":"btcal_a013","title":"a\x00\x0b\x1b[0mb"}',
    "a byte order mark": b'\xef\xbb\xbf{"ticket_id":"31","job_id":"btcal_a013"}',
    "UTF-16": '\ufeff{"ticket_id":"31","job_id":"btcal_a013"}'.encode("utf-16-le"),
    "UTF-16, big end first": '\ufeff{"ticket_id":"31","job_id":"btcal_a013"}'.encode("utf-16-be"),
    "all of it": b'\xef\xbb\xbf\r\n{"ticket_id":"31",\r\n"title":"a\nb",\t"job_id":"btcal_a013"}\r\n',
}


@pytest.mark.parametrize("how", NEARLY)
def test_a_body_that_is_nearly_json_is_read(how: str) -> None:
    """A line break in a title or a mark before the text loses nobody's wish."""
    found = reading("freshdesk", NEARLY[how])
    assert (found.kind, found.ask and found.ask.job_id) == (ReadingKind.WISH, "btcal_a013")


NUMBERS = [
    "+61491570156",
    "61491570156",
    "0491570156",
    "0491 570 156",
    "0491-570-156",
    "(0491) 570.156",
    "+61 (0)491 570 156",
    "tel:+61491570156",
    "whatsapp:61491570156",
    "p:+61491570156",
    "phone_0491570156",
    "1-800-555-0132",
    "0491570156x12",
    "5550132",
    61491570156,
]


@pytest.mark.parametrize("number", NUMBERS)
def test_a_phone_number_is_never_a_job(number: Any) -> None:
    """From a hook, a form or a call alike: refused in a sentence that does not repeat it."""
    found = reading("token", {"job_id": number, "title": TITLE})
    assert (found.kind, found.ask) == (ReadingKind.FAULTY, None)
    assert not re.search(r"\d{3}", found.message)
    for form in (RecoveryRequest, RecoveryIn, JobRequest):
        with pytest.raises(ValidationError) as refused:
            form.model_validate({"job_id": str(number)})
        assert not re.search(r"\d{3}", str(refused.value).partition("For further")[0])


@pytest.mark.parametrize("number", NUMBERS[:8])
def test_a_phone_number_is_never_a_ticket(number: Any) -> None:
    """The job is recovered all the same; the ticket is left out, and that is said without the number."""
    found = reading("token", {"job_id": "btcal_1", "ticket_id": number})
    assert found.ask is not None
    assert found.ask.ticket == ""
    assert "left out" in found.message
    assert not re.search(r"\d{3}", found.message)
    with pytest.raises(ValidationError):
        RecoveryRequest.model_validate({"job_id": "btcal_1", "ticket": f"zendesk:{number}"})


@pytest.mark.parametrize(
    "ticket",
    [
        "zendesk:4711",
        "freshdesk:31",
        "intercom:1911149811",
        "intercom:215469482373636",
        "jira:SUP-12",
        "linear:ENG-3",
        "pagerduty:PGR0VU2",
        "servicenow:9d385017c611228701d22104cc95c371",
        "otrs:2026112610000012",
        "own-desk:2.1_b",
        "",
    ],
)
def test_tickets_of_every_system_pass(ticket: str) -> None:
    """Digits alone are how several systems number their tickets, and are taken from hook to run."""
    assert RecoveryRequest.model_validate({"job_id": "btcal_1", "ticket": ticket}).ticket == ticket
    assert RecoveryIn.model_validate({"job_id": "btcal_1", "ticket": ticket}).ticket == ticket
    found = reading("token", {"job_id": "btcal_1", "ticket": ticket})
    assert (found.message, found.ask and found.ask.ticket) == ("", ticket)
    assert not ticket or str(read_ticket(ticket)) == ticket


@pytest.mark.parametrize(
    "job",
    [
        "btcal_7k2m",
        "btcal_01jz8",
        "job-1",
        "123456",
        "8f14e45f-ceea-467f-a8e2-1e0b2c5d3f6a",
        "12345678-1234-1234-1234-123456789012",
        "20261126T0930Z",
        "conv_123456789012",
        "1234567890123456789",
        "x" * 128,
    ],
)
def test_ids_of_jobs_pass_every_door(job: str) -> None:
    """What the gateway accepts, the form accepts."""
    for form in (RecoveryRequest, RecoveryIn, JobRequest):
        assert form.model_validate({"job_id": job}).job_id == job
    found = reading("token", {"job_id": job})
    assert found.ask is not None
    assert found.ask.job_id == job


@pytest.mark.parametrize(
    "text", [*map(str, NUMBERS), "btcal_1", "a b", "", "x" * 200, "btcal_1\n", "../etc", "4711"]
)
def test_the_schema_of_a_form_says_what_its_rule_says(text: str) -> None:
    """Prefect's server goes by the schema before it keeps a run's parameters: it refuses numbers too."""
    fields = RecoveryRequest.model_json_schema()["properties"]
    assert (fields["job_id"]["pattern"], fields["ticket"]["pattern"]) == (JOB_PATTERN, TICKET_PATTERN)
    longest = fields["job_id"]["maxLength"]
    allowed = 3 <= len(text) <= longest and "\n" not in text and re.search(JOB_PATTERN, text) is not None
    try:
        RecoveryRequest.model_validate({"job_id": text})
    except ValidationError:
        assert not allowed
    else:
        assert allowed


@pytest.mark.parametrize("by", ["+61 491 570 156", "Dana 0491570156", "call (0491) 570-156"])
def test_who_asks_is_no_number(by: str) -> None:
    """The name stands in Prefect and in the audit, so a number in it is refused; other figures are not."""
    with pytest.raises(ValidationError):
        RecoveryRequest.model_validate({"job_id": "btcal_1", "requested_by": by})
    assert RecoveryRequest(job_id="btcal_1", requested_by="Dana, desk 12").requested_by


def test_other_ids_of_a_hook_are_shortened_or_left_out() -> None:
    """A number as delivery id, campaign or event is kept as a hash, left out, or called `of this kind`."""
    found = reading("token", {"job_id": "btcal_1", "delivery_id": "0491570156", "campaign": "0491570156"})
    assert found.delivery_id.startswith("sha256:")
    assert found.campaign == ""
    odd = reading("pagerduty", {"event": {"event_type": "61491570156", "data": {}}})
    assert "491570156" not in json.dumps(odd.message)
    for event in ("0491570156", "0491.570.156"):
        assert "570" not in reading("linear", {"type": "Issue", "action": event, "data": {}}).message
    assert "Comment.create" in reading("linear", {"type": "Comment", "action": "create", "data": {}}).message


def test_a_long_ticket_is_shown_by_its_last_digits() -> None:
    """The name of a run in Prefect holds no ten digits in a row; short numbers stay as people call them."""
    assert run_name("recover", "btcal_1", "acme", "intercom:1911149811") == "recover btcal_1 · acme · IC-…811"
    assert run_name("recover", "btcal_1", "acme", "zendesk:4711") == "recover btcal_1 · acme · ZD-4711"


def test_what_is_like_a_number_and_what_is_not() -> None:
    """Seven to fifteen digits by themselves; with letters, longer or shorter it is an id."""
    assert all(is_like_phone(one) for one in ("5550132", "61491570156", "0491-570-156", "+1 (415) 555-0132"))
    assert not any(is_like_phone(one) for one in ("123456", "btcal_61491570156", "1" * 16, "a1234567", ""))
    assert is_ticket_like_phone("0491570156")
    assert not is_ticket_like_phone("1911149811")
