"""The ledger's suppression list, as people and other programs write and read it."""

from collections.abc import Sequence

from sqlmodel import col, select

from models.contacts.phones.normalise import spellings_of
from models.masking.redaction import mask_phone
from models.tables.ledger import AuditRow, Suppressed
from tasks.ledger.plans import suppress
from tasks.ledger.store import Ledger

CHAIN = "opt-outs"
"""Under which name the audit keeps who was taken off a list, by whom and why."""
TAKEN_OFF = "taken_off"


def add(ledger: Ledger, workspace: str, phones: Sequence[str], why: str) -> int:
    """Put E.164 numbers on the list of a workspace, and return how many people were not there yet."""
    with ledger.write() as session:
        return suppress(session, workspace, phones, why, ledger)


def listed(ledger: Ledger, workspace: str) -> list[Suppressed]:
    """Return the list of a workspace, the newest first."""
    with ledger.read() as session:
        query = select(Suppressed).where(Suppressed.workspace == workspace)
        return list(session.exec(query.order_by(col(Suppressed.at).desc(), col(Suppressed.phone))))


def entries_of(ledger: Ledger, workspace: str, phone: str) -> list[Suppressed]:
    """Return what the list of a workspace has of a person, under whichever spelling of the number."""
    with ledger.read() as session:
        found = [session.get(Suppressed, (workspace, one)) for one in sorted(spellings_of(phone))]
    return [one for one in found if one]


def take_off(
    ledger: Ledger, workspace: str, phone: str, *, by: str, reason: str, via: str
) -> list[Suppressed]:
    """Take a person off the list of a workspace by name and reason, and return what stood there.

    Every spelling of the number goes. The audit keeps who did it and what had stood there, never the number.
    Nothing is written where nothing stood there.
    """
    with ledger.write() as session:
        rows = [session.get(Suppressed, (workspace, one)) for one in sorted(spellings_of(phone))]
        found = [one for one in rows if one]
        for one in found:
            was = {"why": one.why, "since": one.at.isoformat(timespec="seconds")}
            who = {"by": by, "reason": reason, "via": via}
            ledger.note(
                session, CHAIN, TAKEN_OFF, {"workspace": workspace, "phone": mask_phone(phone)} | was | who
            )
            session.delete(one)
    return found


def taken_off(ledger: Ledger, workspace: str) -> list[AuditRow]:
    """Return who was taken off the list of a workspace, the newest first."""
    query = select(AuditRow).where(AuditRow.recovery_id == CHAIN, AuditRow.kind == TAKEN_OFF)
    with ledger.read() as session:
        rows = session.exec(query.order_by(col(AuditRow.seq).desc())).all()
    return [row for row in rows if row.body["workspace"] == workspace]
