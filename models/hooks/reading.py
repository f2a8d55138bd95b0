"""What a genuine delivery asks for: one pure function from bytes to a wish, or to why there is none."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.hooks import ids, values
from models.hooks.body import json_object
from models.hooks.delivery import Delivery
from models.hooks.order import Act
from models.hooks.request import RecoveryRequest
from models.hooks.source import Source, found_by

PINGS = frozenset({"ping", "pagey.ping", "test", "webhook.test"})


class Kind(StrEnum):
    """What came of reading a delivery."""

    WISH = "wish"
    IGNORED = "ignored"
    FAULTY = "faulty"  # genuine, and nothing can be started from it
    FOREIGN = "foreign"  # about another workspace than the source's own
    UNREADABLE = "unreadable"  # no JSON object in UTF-8


@dataclass(frozen=True, slots=True)
class Reading:
    """One delivery as read."""

    kind: Kind
    words: str
    delivery_id: str = ""
    ask: RecoveryRequest | None = None
    campaign: str = ""


def read(source: Source, delivery: Delivery) -> Reading:
    """Read a genuine delivery; never raises, whatever is in the body."""
    body = json_object(delivery.body)
    if body is None:
        words = "The body is no JSON object in UTF-8. Check the template and the content type."
        return Reading(Kind.UNREADABLE, words, _header_id(source, delivery))
    delivery_id = _header_id(source, delivery) or values.shortened(values.word(source.read("delivery", body)))
    idle = _of_no_concern(source, body)
    if idle:
        return Reading(Kind.IGNORED, idle, delivery_id)
    return _wish(source, body, delivery_id)


def _header_id(source: Source, delivery: Delivery) -> str:
    name = source.sender.delivery_header
    return values.shortened(delivery.header(name)) if name else ""


def _of_no_concern(source: Source, body: dict[str, Any]) -> str:
    event = values.word(source.read("event", body))
    if event in PINGS:
        return "A ping; the line is open."
    if source.events and event not in source.events:
        shown = event if values.is_showable(event) else "of this kind"
        return f"Events {shown} ask for no recovery; those that do are in `events` of the source."
    actors = set(values.every(source.read("actor", body)))
    if actors & source.own_actors:
        return "Our own write-back, told by who wrote it."
    if source.own_tag and source.own_tag in values.tags(source.read("tags", body)):
        return f"The ticket carries our tag {source.own_tag!r}; take it off to ask again."
    if source.only is not None and not found_by(source.only, body):
        return "The condition `only` of the source does not hold."
    return ""


def _wish(source: Source, body: dict[str, Any], delivery_id: str) -> Reading:
    workspace = values.word(source.read("workspace", body))
    if workspace and workspace not in source.names:
        words = f"The hook is about another workspace; source {source.name} is bound to {source.workspace}."
        return Reading(Kind.FOREIGN, words, delivery_id)
    action = values.word(source.read("action", body)) or Act.RECOVER.value
    if action != Act.RECOVER.value:
        return Reading(Kind.IGNORED, "The action asked for is none that a hook may ask for.", delivery_id)
    job = values.job_of(source.read("job_id", body), source.read("text", body))
    ticket = values.ticket_of(source.read("ticket", body), source.system)
    is_number = ticket.trouble.startswith(ids.TICKET_IS_NUMBER)
    trouble = job.trouble or ("" if is_number else ticket.trouble)
    if trouble:
        return Reading(Kind.FAULTY, trouble, delivery_id)
    ask = RecoveryRequest(
        job_id=job.id,
        workspace=source.request_workspace,
        ticket=ticket.id,
        approval=source.approval,
        requested_by=f"hook {source.name}",
    )
    # A number in the ticket's place is left out and said; the job is known, and goes on without.
    return Reading(
        Kind.WISH, ticket.trouble, delivery_id, ask, values.campaign(source.read("campaign", body))
    )
