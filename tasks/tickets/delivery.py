"""The deliverer: takes one message of the outbox under a lease, sends it, writes down what came of it."""

import random
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from models.errors import RingbackError
from models.invariants import ensure
from models.masking.redaction import redact
from models.messages.milestones import NOTIFY, Delivery, Milestone, Note, carries, marker, note_of
from models.messages.patience import is_exhausted, pause
from models.messages.requests import ABOUT_REQUESTS, note_of_request
from models.tables.tickets import OutboxRow
from tasks.fault_points import fault_point
from tasks.ledger import outbox, pages
from tasks.ledger.store import Ledger
from tasks.marks import struck
from tasks.tickets.http import Pulse
from tasks.tickets.port import (
    Channel,
    Marks,
    NoFileError,
    PermanentTicketError,
    RetryableTicketError,
    Ticketing,
)

LEASE_SECONDS = 300.0
"""Much longer than one request can take, 25 seconds: the lease is renewed before every one of them."""
UNREADABLE = (KeyError, IndexError, TypeError, AttributeError, ValueError)
"""What reading an answer of another shape than the documented one raises: no proof of anything."""
WORDED = ("why", "next_action", "eta", "customer")
"""Facts that are words of people or platforms, and may hold what must not go out."""


class OvertakenError(RingbackError):
    """The lease on a message lapsed and somebody else delivers it: nothing more of it is sent from here."""

    next_action = "Leave the message to the process that delivers it now."


@dataclass(frozen=True)
class TicketConnection:
    """One ticket system of the settings: how to speak with it, what to mark, where packages are served."""

    tickets: Ticketing
    marks: Callable[[str], Marks]
    """What to change on a ticket, by its recovery's state, `opened`, `calling`, `refused` or `joined`."""
    package_url: str = ""
    """Where people reach the gateway; while a message is sent, the signed link to its package."""
    pulse: Pulse = field(default_factory=Pulse)
    """Beats before every request to the system."""


class TicketSystems(Protocol):
    """Where the doors and channels of the settings are found, by name.

    Unknown ones raise `PermanentTicketError`.
    """

    def door(self, system: str) -> TicketConnection:
        """Return a ticket system."""
        ...

    def channel(self, name: str) -> Channel:
        """Return a channel."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True)
class OutboxDeliverer:
    """Everything that delivering needs; `roll` in [0, 1) spreads the tries."""

    ledger: Ledger
    office: TicketSystems
    secret: bytes
    roll: Callable[[], float] = random.random
    link: Callable[[str, str], str] | None = None
    """Returns the path of a signed link to the package of a recovery and a SHA-256; None: none are made."""

    def push(self, most: int = 1000) -> dict[Delivery, int]:
        """Deliver what is due, at most so many messages, and return how many came to which state."""
        done: dict[Delivery, int] = {}
        while sum(done.values()) < most and (state := self.next()):
            done[state] = done.get(state, 0) + 1
        return done

    def next(self) -> Delivery | None:
        """Deliver the next message that is due, None where none is."""
        row = outbox.take(self.ledger, secrets.token_hex(8), LEASE_SECONDS)
        if row is None:
            return None
        fault_point("outbox.after_take")
        return self._deliver(row)

    def _deliver(self, row: OutboxRow) -> Delivery:
        try:
            words = self._send(row)
        except OvertakenError:
            return Delivery.WAITING
        except RetryableTicketError as trouble:
            return self._wait(row, str(trouble), trouble.asked)
        except PermanentTicketError as trouble:
            outbox.given_up(self.ledger, row, str(trouble))
            return Delivery.GIVEN_UP
        except UNREADABLE as error:
            return self._wait(
                row, f"{row.system} answered what nobody could read ({type(error).__name__}).", None
            )
        except Exception as error:  # noqa: BLE001  one message that nobody can send must not hold up the others
            return self._wait(row, f"A fault of ours ({type(error).__name__}); please report it.", None)
        fault_point("outbox.before_write")
        outbox.delivered(self.ledger, row, words)
        fault_point("outbox.after_write")
        return Delivery.DELIVERED

    def _wait(self, row: OutboxRow, message: str, asked: float | None) -> Delivery:
        if is_exhausted(row.tries):
            outbox.given_up(self.ledger, row, f"{message} Given up after {row.tries} tries.")
            return Delivery.GIVEN_UP
        outbox.later(self.ledger, row, message, pause(row.tries, self.roll(), asked), all_of_it=bool(asked))
        return Delivery.WAITING

    def _send(self, row: OutboxRow) -> str:
        told, mark = self._masked(row), marker(row.recovery_id, row.milestone)
        if row.system == NOTIFY:
            note = note_of(told, mark, _where(told, ""))
            channel = self.office.channel(row.target)
            self._still_ours(row)
            _hand_over(lambda: channel.send(note))
            return "notified"
        door = self.office.door(row.system)
        door = replace(door, package_url=self._address(door.package_url, told))
        with door.pulse.beating(lambda: self._still_ours(row)):
            words = _commented(door, row.target, told, mark)
            if marks := door.marks(_moment(told)):
                door.tickets.mark(row.target, marks)
        return words

    def _address(self, base: str, told: Mapping[str, Any]) -> str:
        """Return a link to the package of a message; it is made anew at every try, and kept nowhere."""
        if not (base and told["package"] and self.link):
            return ""
        row = pages.newest_package(self.ledger, told["recovery_id"])
        return f"{base.rstrip('/')}{self.link(row.recovery_id, row.sha256)}" if row else ""

    def _still_ours(self, row: OutboxRow) -> None:
        """Renew the lease: a search through fifty slow pages takes longer than it lasts."""
        if not outbox.renew(self.ledger, row, LEASE_SECONDS):
            struck("outbox.overtaken")
            raise OvertakenError

    def _masked(self, row: OutboxRow) -> dict[str, Any]:
        numbers = outbox.numbers_of(self.ledger, row.recovery_id)
        worded = {name: row.facts[name] for name in WORDED if name in row.facts}
        clean: dict[str, Any]
        clean, _ = redact(worded, key=self.secret, known_numbers=numbers)
        return dict(row.facts) | clean


def _hand_over(act: Callable[[], None]) -> None:
    fault_point("outbox.before_send")
    act()
    fault_point("outbox.after_send")


def _commented(door: TicketConnection, ticket_id: str, told: dict[str, Any], mark: str) -> str:
    if door.tickets.find(ticket_id, mark):
        return "the comment was there already"
    _hand_over(lambda: _comment(door, ticket_id, told, mark))
    return "commented"


def _comment(door: TicketConnection, ticket_id: str, told: dict[str, Any], mark: str) -> None:
    file = _file(told) if door.tickets.takes_files else None
    try:
        door.tickets.comment(ticket_id, _note(door, told, mark, file), file)
    except NoFileError:
        if file is None:
            raise
        door.tickets.comment(ticket_id, _note(door, told, mark, None), None)


def _note(door: TicketConnection, told: dict[str, Any], mark: str, file: Path | None) -> Note:
    if told["milestone"] in ABOUT_REQUESTS:
        return note_of_request(told, mark)
    words = f"Package: attached ({file.name})." if file else _where(told, door.package_url)
    note = note_of(told, mark, words)
    ensure(carries(note.text, mark), "a comment that cannot be found again would be posted again")
    return note


def _file(told: dict[str, Any]) -> Path | None:
    path = Path(told["package"]) if told["package"] else None
    return path if path and path.is_file() else None


def _where(told: dict[str, Any], address: str) -> str:
    """Say where the package is: a link where packages are served, else its path in words."""
    if not told["package"]:
        return ""
    if address:
        return f"Package: {address}"
    if _file(told):
        return f"Package: the file {told['package']} on the machine that ran the recovery."
    return (
        f"Package: no longer at {told['package']}; `ringback escalate {told['recovery_id']}` builds it anew."
    )


_MOMENTS = frozenset({Milestone.OPENED.value, Milestone.CALLING.value})


def _moment(told: dict[str, Any]) -> str:
    return str(told["milestone"] if told["milestone"] in _MOMENTS else told["state"])
