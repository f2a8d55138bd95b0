"""The high-water mark: by it an older copy in the ledger's place is recognised.

It holds, for the recoveries touched last, how far their audit and their sends had come. A ledger that lacks
any of it went back. Written after the commit and never flushed: a mark that is lost only recognises less.
"""

from contextlib import suppress
from typing import Any

from sqlmodel import col, func, select

from models.tables.ledger import AuditRow, Wave
from tasks.ledger.database.mark import Reached
from tasks.ledger.store import Ledger

MOST = 64
"""Recoveries that the mark remembers; older ones are behind these anyway."""


def note_progress(ledger: Ledger, recovery_id: str) -> None:
    """Raise the mark to where a recovery stands now; on a medium that cannot be written, leave it."""
    if ledger.mark is None:
        return
    now = _reached(ledger, [recovery_id])
    with suppress(OSError), ledger.mark.alone():
        before = {one: it for one, it in ledger.mark.read().items() if one != recovery_id}
        ledger.mark.write(dict(list((before | now).items())[-MOST:]))


def is_behind(ledger: Ledger) -> bool:
    """Tell whether the ledger lacks anything that the mark says it had reached."""
    marked = ledger.mark.read() if ledger.mark else {}
    return any(_lacks(ledger, one, it) for one, it in marked.items())


def begin_anew(ledger: Ledger) -> None:
    """Set the mark to a ledger that is known to have gone back, so that it is told once."""
    if ledger.mark:
        ledger.mark.write({})


def _lacks(ledger: Ledger, recovery_id: str, it: dict[str, Any]) -> bool:
    with ledger.read() as session:
        row = session.get(AuditRow, (recovery_id, it.get("seq")))
        sends = session.exec(_sends([recovery_id])).first()
    return row is None or row.mac != it.get("mac") or (sends[1] if sends else 0) < it.get("sends", 0)


def _reached(ledger: Ledger, ids: list[str]) -> Reached:
    found: Reached = {}
    with ledger.read() as session:
        sends = {str(one): int(times) for one, times in session.exec(_sends(ids))}
        for one in ids:
            newest = select(AuditRow).where(AuditRow.recovery_id == one).order_by(col(AuditRow.seq).desc())
            row = session.exec(newest.limit(1)).first()
            if row:
                found[one] = {"seq": row.seq, "mac": row.mac, "sends": sends.get(one, 0)}
    return found


def _sends(ids: list[str]) -> Any:
    sent = select(Wave.recovery_id, func.sum(Wave.sends)).where(col(Wave.recovery_id).in_(ids))
    return sent.group_by(Wave.recovery_id)
