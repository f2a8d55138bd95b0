"""The systems that send hooks: how each signs, what it wants to hear, and where things stand in its body."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from models.hooks.delivery import HookDelivery
from models.hooks.schemes import Signed, Token, Verifier, as_base64, plain_secret, standard, standard_secret
from models.hooks.secrets import SHORTEST, SHORTEST_STANDARD
from models.hooks.stamps import in_body, in_header, iso

FIELDS = (
    "job_id",
    "ticket",
    "workspace",
    "campaign",
    "action",
    "text",
    "actor",
    "tags",
    "event",
    "delivery",
)
"""What is read from a body, each by one JMESPath expression."""

FIVE_MINUTES = 300.0
HOUR = 3600.0
OWN_HEADER = "X-Ringback-Token"
"""The header of senders that sign nothing, where the settings name no other."""

_OK, _ACCEPTED, _CONFLICT, _UNAVAILABLE = 200, 202, 409, 503


@dataclass(frozen=True, slots=True)
class Sender:
    """One kind of sender: what its documentation says, so that the settings need only a secret."""

    name: str
    verifier: Callable[[str, float], Verifier]
    """Builds the scheme from a header's name and a tolerance in seconds; most need neither."""
    fields: Mapping[str, str]
    delivery_header: str = ""
    events: frozenset[str] = frozenset()
    """Events that may ask for a recovery; every other one is acknowledged and ignored. Empty: all."""
    accepted: int = _ACCEPTED
    again: int = _UNAVAILABLE
    """Answers for `taken` and for `send it again`."""
    tolerance: float = FIVE_MINUTES
    key: Callable[[str], bytes] = field(default=plain_secret)
    shortest_secret: int = SHORTEST
    """Bytes of a secret at the least."""


_FREE = MappingProxyType(
    {
        "job_id": "job_id || batch_job_id || data.job_id",
        "ticket": "ticket || ticket_id || data.ticket",
        "workspace": "workspace || workspace_id || data.workspace",
        "campaign": "campaign || campaign_id || data.campaign",
        "action": "action || data.action",
        "text": "[title, symptom, description, data.title, data.description]",
        "actor": "[actor, data.actor]",
        "tags": "tags || data.tags",
        "event": "type",
        "delivery": "delivery_id",
    }
)
"""For bodies that the user writes: plain names, or the same under `data`."""


def _token(header: str, _seconds: float) -> Verifier:
    return Token(header or OWN_HEADER)


def _zendesk(_header: str, tolerance: float) -> Verifier:
    name = "X-Zendesk-Webhook-Signature-Timestamp"

    def time_and_body(delivery: HookDelivery) -> bytes:
        return delivery.header_bytes(name) + delivery.body  # no separator: Zendesk's own rule

    return Signed(
        "X-Zendesk-Webhook-Signature",
        canonical=time_and_body,
        written=as_base64,
        stamp=in_header(name, iso),
        tolerance=tolerance,
    )


def _pagerduty(_header: str, _seconds: float) -> Verifier:
    return Signed("X-PagerDuty-Signature", prefix=b"v1=", separator=b",")


def _linear(_header: str, tolerance: float) -> Verifier:
    return Signed("Linear-Signature", stamp=in_body("webhookTimestamp"), tolerance=tolerance)


def _hub(digest: str) -> Callable[[str, float], Verifier]:
    # The digest is fixed here and never taken from the prefix: nobody may choose a weaker one.
    return lambda _header, _seconds: Signed("X-Hub-Signature", digest, prefix=f"{digest}=".encode())


ZENDESK = Sender(
    "zendesk",
    _zendesk,
    {
        **_FREE,
        "ticket": "ticket_id || to_string(detail.id)",
        "text": "[title, symptom, description, detail.subject, detail.description]",
        "tags": "tags || detail.tags",
        "actor": "[actor, detail.actor_id]",
    },
    delivery_header="X-Zendesk-Webhook-Invocation-Id",
    accepted=_OK,
    again=_CONFLICT,
    tolerance=HOUR,
)
"""Zendesk retries for up to an hour and documents no window; replays are told by their hash."""

JIRA = Sender(
    "jira",
    _hub("sha256"),
    {
        "ticket": "issue.key",
        "text": "[issue.fields.summary, issue.fields.description]",
        "actor": "[user.accountId, user.emailAddress]",
        "tags": "issue.fields.labels",
        "event": "webhookEvent",
    },
    delivery_header="X-Atlassian-Webhook-Identifier",
    events=frozenset({"jira:issue_created", "jira:issue_updated"}),
    accepted=_OK,
)

PAGERDUTY = Sender(
    "pagerduty",
    _pagerduty,
    {
        "job_id": "event.data.custom_fields[?name=='job_id'].value | [0]",
        "campaign": "event.data.custom_fields[?name=='campaign_id'].value | [0]",
        "workspace": "event.data.custom_fields[?name=='workspace'].value | [0]",
        "ticket": "event.data.incident.id || event.data.id",
        "text": "[event.data.title, event.data.description, event.data.body.details]",
        "actor": "[event.agent.id]",
        "event": "event.event_type",
        "delivery": "event.id",
    },
    delivery_header="X-Webhook-Id",
    events=frozenset(
        {"incident.triggered", "incident.reopened", "incident.custom_field_values.updated"},
    ),
)

LINEAR = Sender(
    "linear",
    _linear,
    {
        "ticket": "data.identifier",
        "text": "[data.title, data.description]",
        "actor": "[actor.id, actor.email]",
        "tags": "data.labels[].name",
        "event": "join('.', [type, action])",
    },
    delivery_header="Linear-Delivery",
    events=frozenset({"Issue.create", "Issue.update"}),
    accepted=_OK,
)

INTERCOM = Sender(
    "intercom",
    _hub("sha1"),
    {
        "job_id": '(data.item.ticket || data.item).ticket_attributes."Job ID"',
        "campaign": '(data.item.ticket || data.item).ticket_attributes."Campaign ID"',
        "workspace": '(data.item.ticket || data.item).ticket_attributes."Workspace"',
        "ticket": "(data.item.ticket || data.item).id",
        "text": "(data.item.ticket || data.item).ticket_attributes.[_default_title_, _default_description_]",
        "actor": "[data.item.ticket_parts.ticket_parts[-1].author.id]",
        "tags": "data.item.tags.tags[].name",
        "event": "topic",
        "delivery": "id",
    },
    events=frozenset({"ticket.created", "ticket.state.updated", "ticket.attribute.updated"}),
    accepted=_OK,
)

FRESHDESK = Sender(
    "freshdesk",
    _token,
    {
        **_FREE,
        "delivery": "delivery_id || updated_at && join('/', [to_string(ticket_id), to_string(updated_at)])",
    },
    accepted=_OK,
)

SERVICENOW = Sender(
    "servicenow",
    _token,
    {
        **_FREE,
        "job_id": "u_batch_job_id || job_id",
        "campaign": "u_campaign_id || campaign",
        "ticket": "sys_id",
        "text": "[short_description, description]",
        "actor": "[sys_updated_by]",
        "delivery": "sys_mod_count && join('/', [sys_id, to_string(sys_mod_count)])",
    },
)

TOKEN = Sender("token", _token, _FREE)

STANDARD = Sender(
    "standard",
    lambda _header, tolerance: standard(tolerance),
    _FREE,
    delivery_header="webhook-id",
    key=standard_secret,
    shortest_secret=SHORTEST_STANDARD,
)

SENDERS: Mapping[str, Sender] = MappingProxyType(
    {
        sender.name: sender
        for sender in (
            ZENDESK,
            JIRA,
            PAGERDUTY,
            LINEAR,
            INTERCOM,
            FRESHDESK,
            SERVICENOW,
            TOKEN,
            STANDARD,
        )
    }
)
"""Every kind of sender by its name in the settings."""
