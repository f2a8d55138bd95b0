"""Wakes in the inbox: a decision is made, and the recovery that waits for it has to go on."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from models.hooks.order import Act, HookState
from models.lifecycles import REQUEST
from models.tables.gateway import InboxRow
from models.tables.ledger import Recovery
from tasks.ledger.store import Ledger

NET_SECONDS = 30.0
"""When a wake is due whose decision was never said to be made: then the process died in between."""


@contextmanager
def waking(ledger: Ledger, recovery: Recovery, source: str) -> Iterator[None]:
    """Have a recovery woken after what is decided inside; nothing is woken where that fails.

    The wake is written first and becomes due at the end: a crash in between only makes it late.
    """
    row = _wake(ledger, recovery, source, NET_SECONDS)
    with ledger.write() as session:
        session.add(row)
    try:
        yield
    except Exception:
        _drop(ledger, row)
        raise
    _hasten(ledger, row, recovery)


def _wake(ledger: Ledger, recovery: Recovery, source: str, delay: float) -> InboxRow:
    now = ledger.clock.now()
    return InboxRow(
        id=f"h_{secrets.token_hex(8)}",
        source=source,
        act=Act.WAKE.value,
        state=HookState.RECEIVED.value,
        received_at=now,
        next_at=now + timedelta(seconds=delay),
        workspace=recovery.workspace,
        job_id=recovery.job_id,
        recovery_id=recovery.id,
    )


def _drop(ledger: Ledger, row: InboxRow) -> None:
    with ledger.write() as session:
        held = session.get(InboxRow, row.id, with_for_update=True)
        if held and held.state == HookState.RECEIVED.value:
            held.state = REQUEST.moved(held.state, HookState.IGNORED, row.id)
            held.ended_at = ledger.clock.now()
            held.message = "No decision was made."
            session.add(held)


def _hasten(ledger: Ledger, row: InboxRow, recovery: Recovery) -> None:
    with ledger.write() as session:
        held = session.get(InboxRow, row.id, with_for_update=True)
        if held and held.state == HookState.RECEIVED.value:
            held.next_at = ledger.clock.now()
            session.add(held)
        else:  # it was carried out before the decision was there, so it may have been for nothing
            session.add(_wake(ledger, recovery, row.source, 0.0))
