"""What a genuine delivery asks for: one pure function from bytes to a wish, or to why there is none."""

import json
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any

from models.hooks import values
from models.hooks.delivery import Delivery
from models.hooks.order import Act, Ask
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
    ask: Ask | None = None
    campaign: str = ""


def read(source: Source, delivery: Delivery) -> Reading:
    """Read a genuine delivery; never raises, whatever is in the body."""
    body = _json_object(delivery.body)
    if body is None:
        words = "The body is no JSON object in UTF-8. Check the template and the content type."
        return Reading(Kind.UNREADABLE, words, _header_id(source, delivery))
    delivery_id = _header_id(source, delivery) or _shortened(values.word(source.read("delivery", body)))
    idle = _of_no_concern(source, body)
    if idle:
        return Reading(Kind.IGNORED, idle, delivery_id)
    return _wish(source, body, delivery_id)


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _header_id(source: Source, delivery: Delivery) -> str:
    name = source.sender.delivery_header
    return _shortened(delivery.header(name)) if name else ""


def _shortened(text: str) -> str:
    """Return an id as it is where it is one, else its hash: a sender may put anything there."""
    if not text or values.ID.fullmatch(text):
        return text
    return f"sha256:{sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _of_no_concern(source: Source, body: dict[str, Any]) -> str:
    event = values.word(source.read("event", body))
    if event in PINGS:
        return "A ping; the line is open."
    if source.events and event not in source.events:
        shown = event if values.ID.fullmatch(event) else "of this kind"
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
    ticket = values.word(source.read("ticket", body))
    trouble = job.trouble or values.ticket_trouble(ticket)
    if trouble:
        return Reading(Kind.FAULTY, trouble, delivery_id)
    ask = Ask(
        job_id=job.id,
        workspace=source.request_workspace,
        ticket=_ticket(source, ticket),
        approval=source.approval,
        requested_by=f"hook {source.name}",
    )
    return Reading(Kind.WISH, "", delivery_id, ask, values.campaign(source.read("campaign", body)))


def _ticket(source: Source, ticket: str) -> str:
    """Return the ticket as SYSTEM:ID; one that names its system already is left as it is."""
    return ticket if not ticket or ":" in ticket else f"{source.system}:{ticket}"
