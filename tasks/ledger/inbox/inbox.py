"""The inbox: every request is written down before it is answered, and the same wish is written down once.

Three layers tell a repetition: the sender's delivery id, the hash of signed time and body (delivery ids are
often not signed), and the business: the same job asked for again within a window, or being recovered now.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_
from sqlmodel import Session, col, func, select

from models.disposition.only import OnlyPeople
from models.enums import State
from models.errors import EXIT_USAGE
from models.hooks.order import Act, HookState, order_key
from models.hooks.request import RecoveryRequest
from models.lifecycles import REQUEST
from models.messages.requests import ECHO
from models.tables.gateway import InboxRow
from models.tables.ledger import Lease, Recovery
from tasks.ledger.errors import CollisionError, LedgerError, OtherPeopleError
from tasks.ledger.inbox import answers
from tasks.ledger.inbox.joins import hear, newest_recovery
from tasks.ledger.leases import goes_on, holder_is_gone, require_same_people
from tasks.ledger.store import Ledger
from tasks.marks import struck

_PENDING = (HookState.RECEIVED.value, HookState.STARTING.value)


class NoSuchRequestError(LedgerError):
    """The inbox holds no request of that id."""

    exit_code = EXIT_USAGE
    next_action = "Take the id that the answer to the request gave."


class KeyReusedError(LedgerError):
    """A caller's idempotency key was used before for another wish."""

    exit_code = EXIT_USAGE
    next_action = "Send the request again under a key of its own."


@dataclass(frozen=True, slots=True)
class Incoming:
    """A request about to be written down; without an ask it is kept only to be shown."""

    source: str
    state: HookState = HookState.RECEIVED
    message: str = ""
    delivery_id: str = ""
    digest: str = ""
    workspace: str = ""
    ask: RecoveryRequest | None = None
    ticket: str = ""
    """Of a request without an ask: the ticket that is told why."""
    own_tag: str = ""
    """The tag that a person takes off a ticket to ask again; empty where the source has none."""
    campaign: str = ""
    again: bool = False
    """True: a recovery that has ended meanwhile does not stand in the way of a new one."""
    only: OnlyPeople | None = None
    """To whom the ask is bound by the key of its file."""


@dataclass(frozen=True, slots=True)
class Taken:
    """The row that stands for a request, and whether this request made it."""

    row: InboxRow
    fresh: bool


def receive(
    ledger: Ledger, incoming: Incoming, window: float, systems: frozenset[str] = frozenset()
) -> Taken:
    """Write a request down, or find the one that it repeats; `window` is in seconds.

    The ticket of one that joins a recovery hears of it from here on, where its system is one of `systems`.
    Raises KeyReusedError where an idempotency key comes with another wish than before.
    """
    try:
        return _receive(ledger, incoming, window, systems)
    except CollisionError:
        # Two processes were given the same delivery at once; now the other's row is there.
        return _receive(ledger, incoming, window, systems)


def preview(ledger: Ledger, incoming: Incoming, window: float, systems: frozenset[str]) -> InboxRow:
    """Return the row that a request would become now; nothing is written, and nobody is told."""
    with ledger.read() as session:
        row = _row(ledger, incoming)
        if incoming.ask and incoming.state is HookState.RECEIVED:
            _place(session, ledger, row, incoming, window, systems=systems)
    return row


def _receive(ledger: Ledger, incoming: Incoming, window: float, systems: frozenset[str]) -> Taken:
    with ledger.write() as session:
        _alone(session, f"{incoming.workspace}/{incoming.ask.job_id if incoming.ask else incoming.source}")
        known = _known(session, incoming)
        if known:
            _same_wish(known, incoming)
            return Taken(known, fresh=False)
        row = _row(ledger, incoming)
        if incoming.ask and incoming.state is HookState.RECEIVED:
            _place(session, ledger, row, incoming, window, systems=systems)
        session.add(row)
        if row.joined and row.ticket and not hear(session, ledger, row, systems):
            answers.joined(session, ledger, row, systems)
        if row.state == HookState.REFUSED.value:
            back = answers.WriteBack(systems, {row.source: incoming.own_tag})
            answers.refuse(session, ledger, row, row.message, back)
    return Taken(row, fresh=True)


def _place(
    session: Session,
    ledger: Ledger,
    row: InboxRow,
    incoming: Incoming,
    window: float,
    *,
    systems: frozenset[str],
) -> None:
    """Let a wish wait for its start, join what does the same, or be refused where it is an echo."""
    why = "" if incoming.again else answers.echoed(session, ledger, row, systems)
    if why:
        row.state, row.message, row.ended_at = HookState.REFUSED.value, why, row.received_at
    else:
        _join(session, ledger, row, window, incoming)


def _alone(session: Session, what: str) -> None:
    # On SQLite a writer is alone anyway; on Postgres two hooks of one job must not overlook each other.
    if session.connection().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))


def _known(session: Session, incoming: Incoming) -> InboxRow | None:
    marks: list[Any] = []
    if incoming.delivery_id:
        marks.append(InboxRow.delivery_id == incoming.delivery_id)
    if incoming.digest:
        marks.append(InboxRow.digest == incoming.digest)
    if not marks:
        return None
    return session.exec(select(InboxRow).where(InboxRow.source == incoming.source, or_(*marks))).first()


def _same_wish(known: InboxRow, incoming: Incoming) -> None:
    if not incoming.digest and incoming.ask and known.request != incoming.ask.parameters():
        raise KeyReusedError("This idempotency key was used before with another request. Take a new key.")


def _row(ledger: Ledger, incoming: Incoming) -> InboxRow:
    now, ask = ledger.clock.now(), incoming.ask
    row = InboxRow(
        id=f"h_{secrets.token_hex(8)}",
        source=incoming.source,
        delivery_id=incoming.delivery_id or None,
        digest=incoming.digest or None,
        act=Act.RECOVER.value,
        state=incoming.state.value,
        message=incoming.message,
        received_at=now,
        next_at=now,
        workspace=incoming.workspace,
        campaign=incoming.campaign,
        ticket=incoming.ticket,
        ended_at=None if incoming.state is HookState.RECEIVED else now,
    )
    if ask:
        row.job_id, row.ticket, row.request = ask.job_id, ask.ticket, ask.parameters()
        row.key = order_key(row.id, row.request)
    return row


def _join(session: Session, ledger: Ledger, row: InboxRow, window: float, incoming: Incoming) -> None:
    earlier = _asked_before(session, row, window, again=incoming.again)
    live = None if earlier else _live_recovery(session, ledger, row)
    _same_people(session, earlier, live, incoming)
    if earlier:
        row.joined = earlier.id
        row.message += f" The same job was asked for a short while ago; joins request {row.joined}."
    elif live:
        row.joined, row.recovery_id = live.id, live.id
        row.message += f" Recovery {live.id} of this job is under way; joins it."
    if row.joined:
        row.message = row.message.strip()
        row.state = REQUEST.moved(row.state, HookState.JOINED, row.id)
        row.ended_at = row.received_at


def _same_people(
    session: Session, earlier: InboxRow | None, live: Recovery | None, incoming: Incoming
) -> None:
    """Refuse a wish for the people of a file that would join what is for others; raises OtherPeopleError."""
    if incoming.only is None or incoming.ask is None:
        return
    newest = newest_recovery(session, earlier) if earlier else None
    # One that has ended says nothing of whom the request calls that is still on its way.
    found = live or (newest if newest and goes_on(newest) else None)
    require_same_people(found, incoming.only)
    if found is None and earlier and (earlier.request or {}).get("contacts") != incoming.ask.contacts:
        struck("inbox.other_people")
        raise OtherPeopleError(
            f"Request {earlier.id} for this job is on its way, and not for the people of "
            f"{incoming.only.name} alone. Let its recovery end, or cancel that, then ask again. "
            "Nothing was changed."
        )


def _asked_before(session: Session, row: InboxRow, window: float, *, again: bool) -> InboxRow | None:
    begun = col(InboxRow.state) == HookState.STARTED.value
    recent = col(InboxRow.received_at) > row.received_at - timedelta(seconds=window)
    query = select(InboxRow).where(
        InboxRow.workspace == row.workspace,
        InboxRow.job_id == row.job_id,
        InboxRow.act == row.act,
        or_(col(InboxRow.state).in_(_PENDING), begun & recent),
    )
    found = session.exec(query.order_by(col(InboxRow.received_at).desc()).limit(1)).first()
    ended = _end_of(session, found) if found and found.state == HookState.STARTED.value else None
    if found and ended:
        # A ticket that was told the end would hear nothing more; another one joins to hear the end.
        anew = row.received_at - ended >= ECHO and _was_told(session, row.ticket, found)
        return None if again or anew else found
    return found


def _was_told(session: Session, ticket: str, started: InboxRow) -> bool:
    """Tell whether a ticket's own request started that recovery or joined it."""
    led_to = or_(col(InboxRow.id) == started.id, col(InboxRow.joined) == started.id)
    asked = select(InboxRow.id).where(InboxRow.ticket == ticket, led_to).limit(1)
    return bool(ticket) and session.exec(asked).first() is not None


def _end_of(session: Session, row: InboxRow) -> datetime | None:
    newest = newest_recovery(session, row)
    return newest.ended_at if newest and State(newest.state).is_end else None


def _live_recovery(session: Session, ledger: Ledger, row: InboxRow) -> Recovery | None:
    query = select(Recovery).where(
        Recovery.workspace == row.workspace,
        Recovery.job_id == row.job_id,
        col(Recovery.state).in_([State.RUNNING.value, State.AWAITING_APPROVAL.value]),
    )
    found = session.exec(query.order_by(col(Recovery.epoch).desc()).limit(1)).first()
    if found is None or found.state == State.AWAITING_APPROVAL.value:
        return found
    lease = session.get(Lease, (found.workspace, found.platform, found.job_id))
    # One whose process is gone is no reason to wait: a new run continues it.
    held = lease and lease.expires_at > ledger.clock.now() and not holder_is_gone(lease)
    return found if held else None


def get(ledger: Ledger, request_id: str) -> InboxRow:
    """Return one request; raises NoSuchRequestError."""
    with ledger.read() as session:
        row = session.get(InboxRow, request_id)
    if row is None:
        raise NoSuchRequestError(f"The inbox knows no request {request_id}.")
    return row


def recovery_of(ledger: Ledger, row: InboxRow) -> str | None:
    """Return the id of the recovery that a request led to, None where there is none yet."""
    if row.recovery_id or not row.job_id:
        return row.recovery_id
    with ledger.read() as session:
        root = session.get(InboxRow, row.joined) if row.joined else row
        found = newest_recovery(session, root) if root else None
        return found.id if found else None
