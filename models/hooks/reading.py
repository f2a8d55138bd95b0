"""What a genuine delivery asks for: one pure function from bytes to a wish, or to why there is none."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from models.hooks import ids, values
from models.hooks.body import json_object
from models.hooks.delivery import HookDelivery
from models.hooks.order import Act
from models.hooks.request import RecoveryRequest
from models.hooks.source import HookSource, found_by

PINGS = frozenset({"ping", "pagey.ping", "test", "webhook.test"})


class ReadingKind(StrEnum):
    """What came of reading a delivery."""

    WISH = "wish"
    IGNORED = "ignored"
    FAULTY = "faulty"  # genuine, and nothing can be started from it
    FOREIGN = "foreign"  # about another workspace than the source's own
    UNREADABLE = "unreadable"  # no JSON object in UTF-8


@dataclass(frozen=True, slots=True)
class HookReading:
    """One delivery as read."""

    kind: ReadingKind
    message: str
    delivery_id: str = ""
    ask: RecoveryRequest | None = None
    campaign: str = ""
    ticket: str = ""
    """Of a delivery that nothing can be started from: the ticket that asked, where that one can be told."""


def read(source: HookSource, delivery: HookDelivery) -> HookReading:
    """Read a genuine delivery; never raises, whatever is in the body."""
    body = json_object(delivery.body)
    if body is None:
        words = "The body is no JSON object in UTF-8. Check the template and the content type."
        return HookReading(ReadingKind.UNREADABLE, words, _header_id(source, delivery))
    delivery_id = _header_id(source, delivery) or values.shortened(values.word(source.read("delivery", body)))
    idle = _of_no_concern(source, body)
    if idle:
        return HookReading(ReadingKind.IGNORED, idle, delivery_id)
    return _wish(source, body, delivery_id)


def _header_id(source: HookSource, delivery: HookDelivery) -> str:
    name = source.sender.delivery_header
    return values.shortened(delivery.header(name)) if name else ""


def _of_no_concern(source: HookSource, body: dict[str, Any]) -> str:
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


def _wish(source: HookSource, body: dict[str, Any], delivery_id: str) -> HookReading:
    workspace = values.word(source.read("workspace", body))
    ticket = values.ticket_of(source.read("ticket", body), source.system)
    if workspace and workspace not in source.names:
        words = f"The hook is about another workspace; source {source.name} is bound to {source.workspace}."
        return HookReading(ReadingKind.FOREIGN, words, delivery_id, ticket=ticket.id)
    action = values.word(source.read("action", body)) or Act.RECOVER.value
    if action != Act.RECOVER.value:
        return HookReading(
            ReadingKind.IGNORED, "The action asked for is none that a hook may ask for.", delivery_id
        )
    job = values.job_of(source.read("job_id", body), source.read("text", body))
    is_number = ticket.trouble.startswith(ids.TICKET_IS_NUMBER)
    trouble = job.trouble or ("" if is_number else ticket.trouble)
    if trouble:
        return HookReading(ReadingKind.FAULTY, trouble, delivery_id, ticket=ticket.id)
    ask = RecoveryRequest(
        job_id=job.id,
        workspace=source.request_workspace,
        ticket=ticket.id,
        approval=source.approval,
        requested_by=f"hook {source.name}",
    )
    # A number in the ticket's place is left out and said; the job is known, and goes on without.
    return HookReading(
        ReadingKind.WISH, ticket.trouble, delivery_id, ask, values.campaign(source.read("campaign", body))
    )
