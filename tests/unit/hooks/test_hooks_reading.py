"""Reading a genuine hook: which job, which ticket, or why nothing is to be done."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.hooks.delivery import HookDelivery
from models.hooks.order import order_key
from models.hooks.reading import HookReading, ReadingKind, read
from models.hooks.request import RecoveryRequest
from models.hooks.senders import SENDERS
from models.hooks.source import HookSource
from models.hooks.values import job_of
from tasks.runtime.hook_sources import make_sources
from tasks.runtime.settings.hooks import HookSettings

NOW = datetime(2024, 5, 28, tzinfo=UTC)


def source(scheme: str, **given: Any) -> HookSource:
    """Return a source of a scheme, bound to workspace acme, which is not the default one."""
    table = HookSettings.model_validate(
        {"scheme": scheme, "secret": "whsec_c2VjcmV0LW9mLXR3ZW50eS1mb3VyLWJ5dGVz", "workspace": "acme"}
        | given
    )
    return make_sources({scheme: table}, "default")[scheme]


def reading(scheme: str, body: Any, headers: dict[str, str] | None = None, **given: Any) -> HookReading:
    """Read a body as a source of that scheme does."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return read(source(scheme, **given), HookDelivery(headers or {}, raw, NOW))


WISHES: dict[str, tuple[dict[str, Any], dict[str, str], str, str]] = {
    "zendesk": (
        {"ticket_id": "4711", "tags": "vip billing", "batch_job_id": "btcal_1", "workspace_id": "acme"},
        {"x-zendesk-webhook-invocation-id": "01HV"},
        "zendesk:4711",
        "01HV",
    ),
    "jira": (
        {
            "webhookEvent": "jira:issue_updated",
            "user": {"accountId": "u-1"},
            "issue": {
                "key": "SUP-12",
                "fields": {"summary": "Stalled", "description": "job_id: btcal_1", "labels": ["x"]},
            },
        },
        {"x-atlassian-webhook-identifier": "abc-1"},
        "jira:SUP-12",
        "abc-1",
    ),
    "pagerduty": (
        {
            "event": {
                "id": "01EV",
                "event_type": "incident.custom_field_values.updated",
                "agent": None,
                "data": {
                    "incident": {"id": "PGR0VU2"},
                    "custom_fields": [{"name": "x"}, {"name": "job_id", "value": "btcal_1"}],
                },
            }
        },
        {},
        "pagerduty:PGR0VU2",
        "01EV",
    ),
    "linear": (
        {
            "action": "create",
            "type": "Issue",
            "data": {"identifier": "SUP-9", "title": "Job ID = `btcal_1` stalled", "labels": []},
            "webhookTimestamp": 1,
        },
        {"linear-delivery": "d-1"},
        "linear:SUP-9",
        "d-1",
    ),
    "intercom": (
        {
            "type": "notification_event",
            "id": "notif_1",
            "topic": "ticket.created",
            "data": {"item": {"id": "99", "ticket_attributes": {"Job ID": "btcal_1"}}},
        },
        {},
        "intercom:99",
        "notif_1",
    ),
    "freshdesk": (
        {"ticket_id": 17, "job_id": "btcal_1", "updated_at": "2024-05-28T10:00:00Z"},
        {},
        "freshdesk:17",
        "17/2024-05-28T10:00:00Z",
    ),
    "servicenow": (
        {"sys_id": "9d38", "number": "INC001", "u_batch_job_id": "btcal_1", "sys_mod_count": 3},
        {},
        "servicenow:9d38",
        "9d38/3",
    ),
    "token": ({"job_id": "btcal_1", "ticket": "jira:SUP-1", "delivery_id": "d"}, {}, "jira:SUP-1", "d"),
    "standard": (
        {"type": "job.stalled", "data": {"job_id": "btcal_1", "ticket": 5}},
        {"webhook-id": "msg_1"},
        "standard:5",
        "msg_1",
    ),
}
"""A body and headers by scheme, with the ticket and the delivery id that stand in them."""


@pytest.mark.parametrize("scheme", sorted(SENDERS))
def test_every_sender_can_ask_for_a_recovery(scheme: str) -> None:
    """With the scheme's own field map the job, the ticket and the delivery id are found."""
    body, headers, ticket, delivery = WISHES[scheme]
    found = reading(scheme, body, headers)
    assert (found.kind, found.message, found.delivery_id) == (ReadingKind.WISH, "", delivery)
    assert found.ask == RecoveryRequest(
        job_id="btcal_1", workspace="acme", ticket=ticket, requested_by=f"hook {scheme}"
    )


@pytest.mark.parametrize(
    ("scheme", "body"),
    [
        ("pagerduty", {"event": {"event_type": "pagey.ping", "data": {}}}),
        ("pagerduty", {"event": {"event_type": "incident.acknowledged", "data": {"title": "job_id: b_1"}}}),
        ("intercom", {"topic": "ping", "data": {}}),
        ("intercom", {"topic": "ticket.note.created", "data": {}}),
        ("jira", {"webhookEvent": "comment_created", "issue": {"key": "A-1"}}),
        ("linear", {"type": "Comment", "action": "create", "data": {"body": "job_id: btcal_1"}}),
        ("linear", {"type": "Issue", "action": "remove", "data": {}}),
        ("standard", {"type": "ping"}),
        ("jira", {}),
    ],
)
def test_pings_and_other_events_are_ignored(scheme: str, body: dict[str, Any]) -> None:
    """A ping and an event of no concern are acknowledged in words and ask for nothing."""
    found = reading(scheme, body)
    assert (found.kind, found.ask) == (ReadingKind.IGNORED, None)
    assert found.message


@pytest.mark.parametrize(
    ("scheme", "change"),
    [
        ("zendesk", {"actor": "bot@acme.test"}),
        ("jira", {"user": {"accountId": "x", "emailAddress": "bot@acme.test"}}),
        ("zendesk", {"tags": "vip ringback"}),
        ("zendesk", {"tags": ["vip", "ringback"]}),
        ("token", {"data": {"actor": "bot@acme.test"}}),
    ],
)
def test_our_own_write_back_never_triggers_us(scheme: str, change: dict[str, Any]) -> None:
    """An event by our own user, or of a ticket that carries our tag, is ignored."""
    body = WISHES[scheme][0]
    assert reading(scheme, body, own_actors=["bot@acme.test"]).kind is ReadingKind.WISH
    assert reading(scheme, body | change, own_actors=["bot@acme.test"]).kind is ReadingKind.IGNORED


def test_the_tag_can_be_another_one_or_none() -> None:
    """Which tag means our own is the source's setting."""
    tagged = WISHES["zendesk"][0] | {"tags": "ringback"}
    assert reading("zendesk", tagged, own_tag="").kind is ReadingKind.WISH
    assert reading("zendesk", tagged, own_tag="other").kind is ReadingKind.WISH


def test_a_condition_narrows_a_source() -> None:
    """`only` lets tickets pass for which it holds; one that cannot be worked out does not hold."""
    body = WISHES["jira"][0]
    assert reading("jira", body, only="contains(issue.fields.labels, 'x')").kind is ReadingKind.WISH
    assert reading("jira", body, only="contains(issue.fields.labels, 'y')").kind is ReadingKind.IGNORED
    assert reading("jira", body, only="contains(issue.nowhere, 'x')").kind is ReadingKind.IGNORED


def test_another_workspace_is_refused() -> None:
    """A source speaks for its own workspace, by its name or by an id that the settings give, and no other."""
    body = WISHES["zendesk"][0]
    foreign = reading("zendesk", body | {"workspace_id": "globex"})
    assert (foreign.kind, foreign.ask) == (ReadingKind.FOREIGN, None)
    assert "globex" not in foreign.message
    known = reading("zendesk", body | {"workspace_id": "ws_1"}, workspace_ids=["ws_1"])
    assert known.ask is not None
    assert known.ask.workspace == "acme"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"batch_job_id": ""}, "names no job"),
        ({"batch_job_id": None}, "names no job"),
        ({"batch_job_id": "{{ticket.ticket_field_3600003}}"}, "names no job"),
        ({"batch_job_id": ["btcal_1"]}, "names no job"),
        ({"batch_job_id": True}, "names no job"),
        ({"batch_job_id": "+61 491 570 156"}, "job's id is none"),
        ({"batch_job_id": "a b"}, "job's id is none"),
        ({"batch_job_id": "x" * 200}, "job's id is none"),
        (
            {"batch_job_id": "", "title": "job_id: btcal_1", "description": "job-id=btcal_2"},
            "more than one job",
        ),
        ({"batch_job_id": "", "title": "job_id: 61491570156"}, "names no job"),
        ({"ticket_id": "\udfff"}, "ticket's id is none"),
        ({"ticket_id": "x" * 500}, "ticket's id is none"),
    ],
)
def test_a_wish_without_a_job_is_said_and_starts_nothing(change: dict[str, Any], said: str) -> None:
    """An empty field, an unfilled placeholder, a phone number and two jobs are each said, never guessed."""
    found = reading("zendesk", WISHES["zendesk"][0] | change)
    assert (found.kind, found.ask) == (ReadingKind.FAULTY, None)
    assert said in found.message
    assert "491" not in found.message


@pytest.mark.parametrize(
    ("text", "job"),
    [
        ("Batch job_id: btcal_7k stalled", "btcal_7k"),
        ("JOB ID=btcal_7k.", "btcal_7k"),
        ("job-id:  `btcal_7k`, please", "btcal_7k"),
        ("jobid: btcal_7k\njob id: btcal_7k", "btcal_7k"),
        ("<p>job_id: btcal_7k</p>", "btcal_7k"),
        ("job_id: 8f14e45f-ceea-467f-a8e2-1e0b2c5d3f6a", "8f14e45f-ceea-467f-a8e2-1e0b2c5d3f6a"),
        ("the job is stuck", ""),
        ("job_id: +61491570156", ""),
        ("job_id:", ""),
        ({"type": "doc", "content": [{"content": [{"text": "job_id: btcal_7k"}]}]}, "btcal_7k"),
        (None, ""),
        (7, ""),
    ],
)
def test_a_job_is_found_in_free_text(text: Any, job: str) -> None:
    """A title or description names the job as people write it, in a rich-text document too."""
    assert job_of(None, text).id == job


def test_a_typed_field_goes_before_the_text() -> None:
    """What stands in the ticket's own field is taken, whatever the description says."""
    assert job_of("btcal_1", "job_id: btcal_2").id == "btcal_1"


def test_the_field_map_of_the_settings_goes_before_the_schemes() -> None:
    """A Jira with its own custom field needs one line."""
    body = json.loads(json.dumps(WISHES["jira"][0]))
    body["issue"]["fields"]["customfield_10051"] = "btcal_2"
    found = reading("jira", body, fields={"job_id": "issue.fields.customfield_10051"})
    assert found.ask is not None
    assert found.ask.job_id == "btcal_2"


def test_fields_that_nobody_knows_change_nothing() -> None:
    """A sender may add whatever it likes to its body."""
    body, headers, _, _ = WISHES["zendesk"]
    assert reading("zendesk", body | {"new": {"deep": [1]}}, headers) == reading("zendesk", body, headers)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe{}", b"[" * 100_000, b'{"a":' + b"9" * 5000 + b"}"],
)
def test_a_body_that_is_no_object_is_unreadable(body: bytes) -> None:
    """Truncated, non-UTF-8, nested without end or no object: said, with the delivery id kept."""
    found = reading("zendesk", body, {"x-zendesk-webhook-invocation-id": "id-1"})
    assert (found.kind, found.delivery_id) == (ReadingKind.UNREADABLE, "id-1")


def test_an_odd_delivery_id_is_kept_as_its_hash() -> None:
    """A number or anything else that a sender puts there is never shown as it is."""
    found = reading("zendesk", WISHES["zendesk"][0], {"x-zendesk-webhook-invocation-id": "+61 491 570 156"})
    assert found.delivery_id.startswith("sha256:")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(SENDERS)), st.data())
def test_no_body_makes_a_reader_fall_over(scheme: str, data: st.DataObject) -> None:
    """Whatever stands where a field is looked for, there is an answer; only a job's id starts anything."""
    body = json.loads(json.dumps(WISHES[scheme][0]))
    for name in data.draw(st.lists(st.sampled_from(sorted(body)), max_size=3)):
        body[name] = data.draw(JSON)
    found = reading(scheme, body)
    assert (found.kind is ReadingKind.WISH) == (found.ask is not None)
    assert found.ask or found.message


def test_a_key_is_of_one_request_and_of_all_its_parameters() -> None:
    """Prefect answers a known key with the old run: another wish or a later one has to have another key."""
    request = RecoveryRequest(job_id="btcal_1", workspace="acme", ticket="zendesk:1").parameters()
    keys = {
        order_key("h_1", request),
        order_key("h_2", request),
        order_key("h_1", request | {"approval": "auto"}),
        order_key("h_1", request | {"ticket": ""}),
    }
    assert len(keys) == 4
    assert order_key("h_1", request) == order_key("h_1", dict(reversed(request.items())))
    assert order_key("h_1", request).startswith("ringback/zendesk:1/btcal_1/")
