"""The ledger's list of numbers that no recovery dials, in whichever spelling."""

from collections.abc import Iterable, Sequence

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select

from models.contacts.phones.normalise import person_of, spellings_of
from models.tables.ledger import Suppressed
from tasks.ledger.store import Ledger

CHUNK = 1000
BY_A_CALL = "declined in recovery "
"""How the reason begins of who is on the list only by what a call of a recovery said."""


def suppressed(ledger: Ledger, workspace: str) -> frozenset[str]:
    """Return the numbers that no recovery of the workspace dials."""
    with ledger.read() as session:
        query = select(Suppressed.phone).where(Suppressed.workspace == workspace)
        return frozenset(session.exec(query))


def suppress(session: Session, workspace: str, phones: Sequence[str], why: str, ledger: Ledger) -> int:
    """Put numbers on the suppression list, and return how many people are new there.

    Whoever is there already stays as they are, however their number is written; what a call said gives way
    to what a person asks for, which nothing takes back.
    """
    people = {person_of(phone): phone for phone in reversed(phones)}
    if not why.startswith(BY_A_CALL):
        _confirm(session, workspace, people.values(), why)
    known = _listed(session, workspace, people.values())
    new = [phone for phone in people.values() if spellings_of(phone).isdisjoint(known)]
    now = ledger.clock.now()
    rows = [{"workspace": workspace, "phone": one, "at": now, "why": why} for one in sorted(new)]
    # Two writers of one number meet on Postgres: neither may fail for it, and in order none waits in a ring.
    table = Suppressed.__table__  # type: ignore[attr-defined]
    write = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    for start in range(0, len(rows), CHUNK):
        session.execute(write(table).on_conflict_do_nothing(), rows[start : start + CHUNK])
    return len(new)


def is_listed(session: Session, workspace: str, phone: str) -> bool:
    """Tell whether a number is on the suppression list, in whichever spelling."""
    return any(session.get(Suppressed, (workspace, spelling)) for spelling in spellings_of(phone))


def _listed(session: Session, workspace: str, phones: Iterable[str]) -> dict[str, Suppressed]:
    """Return what of some people is on the list, by number in whichever spelling."""
    asked = sorted({spelling for phone in phones for spelling in spellings_of(phone)})
    found: dict[str, Suppressed] = {}
    for start in range(0, len(asked), CHUNK):
        some = col(Suppressed.phone).in_(asked[start : start + CHUNK])
        query = select(Suppressed).where(Suppressed.workspace == workspace, some)
        found |= {one.phone: one for one in session.exec(query)}
    return found


def _confirm(session: Session, workspace: str, phones: Iterable[str], why: str) -> None:
    for listed in _listed(session, workspace, phones).values():
        if listed.why.startswith(BY_A_CALL):
            listed.why = why
            session.add(listed)


def unsuppress(session: Session, workspace: str, phones: Sequence[str], why: str) -> int:
    """Take numbers off the suppression list again that were put there for `why` and no other reason."""
    found = [session.get(Suppressed, (workspace, phone)) for phone in dict.fromkeys(phones)]
    mine = [one for one in found if one and one.why == why]
    for one in mine:
        session.delete(one)
    return len(mine)
