"""The outbox at work: doors and channels from the settings, a short push, and a loop that never ends.

`python -m tasks.runtime.outbox` delivers until it is stopped; `ringback up` runs it as a child.
"""

import logging
import signal
import sys
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

import httpx

from models.messages.milestones import TicketRef, read_ticket
from tasks.clock import Clock
from tasks.ledger import outbox
from tasks.ledger.errors import LedgerError
from tasks.ledger.store import Ledger
from tasks.notify.channels import AppriseChannel, channels_of
from tasks.runtime.blocks import ticket_from_block
from tasks.runtime.links import Links
from tasks.runtime.settings.secret_text import before_block
from tasks.runtime.settings.settings import Settings, SettingsError
from tasks.runtime.settings.tickets import OnState, TicketSystem
from tasks.tickets.delivery import OutboxDeliverer, TicketConnection
from tasks.tickets.freshdesk import Freshdesk
from tasks.tickets.hook import Hook
from tasks.tickets.http import Pulse, Wire, open_wire
from tasks.tickets.intercom import VERSION, Intercom
from tasks.tickets.jira import Jira
from tasks.tickets.jsm import ServiceDesk
from tasks.tickets.linear import Linear
from tasks.tickets.pagerduty import PagerDuty
from tasks.tickets.port import Marks, PermanentTicketError, RetryableTicketError, Ticketing
from tasks.tickets.servicenow import ServiceNow
from tasks.tickets.zendesk import Zendesk

BRIEF_SECONDS = 5.0
"""How long the end of a recovery waits for its messages; what is not through then, the loop delivers."""
LOOP_SECONDS = 2.0
log = logging.getLogger("ringback.outbox")

Open = Callable[..., Wire]


class SettingsOffice:
    """The doors and channels that the settings name, opened when they are first needed."""

    def __init__(
        self, settings: Settings, clock: Clock, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._transport = transport
        self._doors: dict[str, TicketConnection] = {}

    def door(self, system: str) -> TicketConnection:
        """Return a ticket system; raises Never where there is none, Later where its secret is missing."""
        if system not in self._doors:
            self._doors[system] = self._open(system)
        return self._doors[system]

    def channel(self, name: str) -> AppriseChannel:
        """Return a channel; raises Never where the settings name it no more."""
        urls = channels_of(self._settings.notify)
        if name not in urls:
            raise PermanentTicketError(f"The settings name no channel {name} any more.")
        return AppriseChannel(name, urls[name])

    def close(self) -> None:
        """Let go of connections."""
        for door in self._doors.values():
            door.tickets.close()

    def _open(self, system: str) -> TicketConnection:
        told = self._settings.tickets.get(system)
        if told is None:
            raise PermanentTicketError(f"The settings have no [tickets.{system}].")
        try:
            token = before_block(told.token.get_secret_value(), told.key_block).get_secret_value()
            if not token:
                told = ticket_from_block(self._settings, system, told)
                token = told.token.get_secret_value()
        except SettingsError as error:
            raise RetryableTicketError(str(error)) from None
        base = told.package_url or self._settings.gateway.url
        pulse = Pulse()
        tickets = adapter(told, token, self._clock, self._transport, pulse)
        return TicketConnection(tickets, lambda moment: _marks(told, moment), base, pulse)


def adapter(
    told: TicketSystem,
    token: str,
    clock: Clock,
    transport: httpx.BaseTransport | None = None,
    pulse: Pulse | None = None,
) -> Ticketing:
    """Return the adapter for a system of the settings; `pulse` beats before each of its requests."""

    def wire(name: str, **options: Any) -> Wire:
        return open_wire(name, told.address, clock, transport=transport, pulse=pulse, **options)

    signed_in: dict[str, Any] = (
        {"auth": (told.user, token)} if told.user else {"headers": {"Authorization": f"Bearer {token}"}}
    )
    match told.kind:
        case "zendesk":
            by_token = {"auth": (f"{told.user}/token", token)} if told.user else signed_in
            return Zendesk(wire("Zendesk", **by_token))
        case "freshdesk":
            return Freshdesk(wire("Freshdesk", auth=(token, "X")))
        case "jira":
            return Jira(wire("Jira", **signed_in))
        case "jsm":
            return ServiceDesk(wire("Jira Service Management", **signed_in))
        case "servicenow":
            return ServiceNow(wire("ServiceNow", **signed_in), told.table)
        case _:
            return _hosted(told, token, wire)


def _hosted(told: TicketSystem, token: str, wire: Open) -> Ticketing:
    match told.kind:
        case "intercom":
            headers = {"Authorization": f"Bearer {token}", "Intercom-Version": VERSION}
            return Intercom(wire("Intercom", headers=headers), told.user)
        case "pagerduty":
            headers = {"Authorization": f"Token token={token}"}
            return PagerDuty(wire("PagerDuty", headers=headers), told.user)
        case "linear":
            return Linear(wire("Linear", headers={"Authorization": token}))
        case _:
            return Hook(wire("The hook"), told.address, token)


def _marks(told: TicketSystem, moment: str) -> Marks:
    now = told.on.get(moment, OnState.model_validate({}))
    return Marks(now.status, tuple(dict.fromkeys((*told.tags, *now.tags))), now.fields)


def chosen_ticket(settings: Settings, text: str) -> TicketRef | None:
    """Return the ticket that `--ticket` or a request names, None for an empty text.

    Raises SettingsError for a text that names none and for a system that the settings do not know: that is
    said before anything is claimed.
    """
    if not text:
        return None
    try:
        ticket = read_ticket(text)
    except ValueError as error:
        raise SettingsError(str(error)) from None
    if ticket.system not in settings.tickets:
        known = ", ".join(settings.tickets) or "none"
        raise SettingsError(
            f"The settings have no [tickets.{ticket.system}], so {ticket} cannot be told. Known: {known}."
        )
    return ticket


def post_of(settings: Settings, ledger: Ledger, secret: bytes) -> OutboxDeliverer:
    """Return the deliverer for these settings."""
    links = Links(settings, ledger.clock)
    return OutboxDeliverer(ledger, SettingsOffice(settings, ledger.clock), secret, link=links.package)


def brief_push(post: OutboxDeliverer, seconds: float = BRIEF_SECONDS) -> None:
    """Deliver what is due, for a few seconds at the most; raises nothing.

    It runs in a thread of its own: a ticket system that does not answer holds nobody up. What the thread has
    not done when the process ends is done by the next one, which finds the markers.
    """
    if _has_work(post):
        hand = threading.Thread(target=_quietly, args=(post,), daemon=True)
        hand.start()
        hand.join(seconds)


def _has_work(post: OutboxDeliverer) -> bool:
    try:
        return bool(outbox.by_state(post.ledger).get("waiting"))
    except LedgerError:
        return False


def _quietly(post: OutboxDeliverer) -> None:
    try:
        post.push()
    except Exception:  # noqa: BLE001  the recovery has ended; its messages wait in the ledger
        return
    finally:
        post.office.close()


def run_outbox(stop: threading.Event, post: OutboxDeliverer | None = None) -> None:
    """Deliver what is due until told to stop; a ledger that does not answer is asked again."""
    post = post or _post_here()
    while not stop.is_set():
        try:
            post.push()
        except LedgerError as error:
            log.error("outbox: %s", error)  # noqa: TRY400  its sentence says all
        stop.wait(LOOP_SECONDS)


@cache
def _post_here() -> OutboxDeliverer:
    from tasks.runtime.wiring import open_runtime

    runtime = open_runtime()
    return post_of(runtime.settings, runtime.ledger, runtime.keys.phones)


def main() -> int:
    """Run until SIGTERM or Ctrl-C."""
    stop = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stop.set())
    try:
        run_outbox(stop)
    except (SettingsError, LedgerError) as error:
        sys.stderr.write(f"ringback: {error}\n")
        return 2
    return 0
