"""Who was dialled by waves of other jobs: what caps and gaps count beside a job's own surroundings."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlmodel import col, or_, select

from models.calling.rule import Try
from models.contacts.phones.normalise import person_of, spellings_of
from models.enums import DispatchState, Disposition
from models.tables.ledger import Planned, Recovery, Wave
from tasks.ledger.store import Ledger

CHUNK = 500
MAY_HAVE_RUNG = (DispatchState.ACCEPTED.value, DispatchState.UNKNOWN.value)


def dialled(
    ledger: Ledger, workspace: str, phones: Iterable[str], since: datetime, *, but: str | None = None
) -> Mapping[str, tuple[Try, ...]]:
    """Return the attempts of our waves at some people since a moment, but for those of one recovery.

    They stand under each number that was asked for, under whatever spelling of it the calls were made.
    An attempt without an outcome may have been made until now, and counts at this moment.
    """
    found: dict[str, list[Try]] = defaultdict(list)
    asked = list(dict.fromkeys(phones))
    wanted = sorted({spelling for phone in asked for spelling in spellings_of(phone)})
    for start in range(0, len(wanted), CHUNK):
        for row, wave in _rows(ledger, workspace, wanted[start : start + CHUNK], since, but):
            at = row.settled_at if row.outcome and row.settled_at else ledger.clock.now()
            found[person_of(row.phone or "")].append(Try(at, wave.platform_job or wave.marker))
    return {phone: tuple(found[person_of(phone)]) for phone in asked if person_of(phone) in found}


def _rows(
    ledger: Ledger, workspace: str, phones: Sequence[str], since: datetime, but: str | None
) -> list[tuple[Planned, Wave]]:
    query = (
        select(Planned, Wave)
        .join(Recovery, col(Recovery.id) == col(Planned.recovery_id))
        .join(Wave, (col(Wave.recovery_id) == col(Planned.recovery_id)) & (col(Wave.n) == col(Planned.wave)))
        .where(
            Recovery.workspace == workspace,
            col(Planned.phone).in_(phones),
            col(Planned.state).in_(MAY_HAVE_RUNG),
            or_(col(Planned.outcome).is_(None), col(Planned.outcome) != Disposition.UNDELIVERED.value),
            or_(col(Planned.settled_at).is_(None), col(Planned.settled_at) >= since),
        )
    )
    if but:
        query = query.where(col(Planned.recovery_id) != but)
    with ledger.read() as session:
        return list(session.exec(query).all())
