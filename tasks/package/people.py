"""A row a person for the package: what the source says of them, what we did, and their one end."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from models.disposition.strategy import Judged
from models.enums import DispatchState, Disposition
from models.invariants import given
from models.package.people import PeopleTold, PersonRow
from models.report.people import Chapter, PersonEnd, ends_of
from models.tables.ledger import Planned, Recovery
from tasks.context import RunContext
from tasks.ledger import plans
from tasks.ledger.people.ends import chapters
from tasks.triage.counted import LATEST, earlier_and_now

SENT = frozenset({DispatchState.ACCEPTED.value, DispatchState.UNKNOWN.value, DispatchState.REFUSED.value})
"""States of those whom a wave of ours took along."""


@dataclass(frozen=True, slots=True)
class _Plan:
    """One plan of the job with everybody in it, to be asked about one person."""

    recovery_id: str
    by_key: Mapping[str, Planned]
    by_phone: Mapping[str, Planned]

    @classmethod
    def of(cls, recovery_id: str, rows: Iterable[Planned]) -> "_Plan":
        kept = list(rows)
        own = [row for row in kept if row.disposition != Disposition.DUPLICATE.value]
        return cls(
            recovery_id,
            {row.contact_id: row for row in kept},
            {row.phone: row for row in own if row.phone},
        )

    def find(self, contact_id: str, phone: str | None, *, own: bool) -> Planned | None:
        """Return the row of a person; a repeated row (`own` is False) is not the one that speaks for it."""
        return self.by_key.get(contact_id) or (self.by_phone.get(phone or "") if own else None)


def people_of_recovery(
    ctx: RunContext, recovery: Recovery, planned: Sequence[Planned], *, is_over: bool
) -> PeopleTold | None:
    """Return everybody of a job as of one recovery, by its plan and those before it; None without a plan."""
    with ctx.ledger.read() as session:
        told = chapters(session, ctx.job_key, recovery.epoch)
    if not told or told[-1][0] != recovery.id:
        return None
    *before, (_, newest) = told
    found = [chapter for _, chapter in before]
    found.append(Chapter(newest.entries, open=newest.open and not is_over))
    books = [_Plan.of(one, plans.contacts(ctx.ledger, one)) for one, _ in before]
    books.append(_Plan.of(recovery.id, planned))
    rows = [
        _row(row.row, row.contact_id, row.phone, end, books, own=_is_own(row.disposition))
        for row, end in zip(planned, ends_of(found), strict=True)
    ]
    return PeopleTold(int((recovery.source or {}).get("total") or 0), rows)


def people_of_look(ctx: RunContext, *, is_open: bool) -> PeopleTold:
    """Return everybody of a job as its look shows them, with what earlier recoveries did."""
    with ctx.ledger.read() as session:
        ids = [one for one, _ in chapters(session, ctx.job_key, LATEST)]
    books = [_Plan.of(one, plans.contacts(ctx.ledger, one)) for one in ids]
    found = ends_of(earlier_and_now(ctx, is_open=is_open))
    rows = [_row_of_look(one, end, books) for one, end in zip(ctx.case.judged, found, strict=True)]
    return PeopleTold(given(ctx.case.look, "a package is made after a look").job.total, rows)


def _row_of_look(one: Judged, end: PersonEnd, books: Sequence[_Plan]) -> PersonRow:
    if any(book.find(one.contact.id, one.phone, own=_is_own(one.disposition.value)) for book in books):
        return _row(one.row, one.contact.id, one.phone, end, books, own=_is_own(one.disposition.value))
    return PersonRow(
        row=one.row,
        contact_id=one.contact.id,
        phone=one.phone,
        end=end,
        before_status=one.contact.raw_status,
        before_code=one.code,
        before_means=one.disposition.value,
        before_calls=one.attempts,
        kept_back=one.why,
    )


def _is_own(disposition: str) -> bool:
    return disposition != Disposition.DUPLICATE.value


def _row(
    row: int, contact_id: str, phone: str | None, end: PersonEnd, books: Sequence[_Plan], *, own: bool
) -> PersonRow:
    """Return a person's row: the oldest plan tells of the source, the newest with them of what we did."""
    known = [(book, one) for book in books if (one := book.find(contact_id, phone, own=own))]
    _, first = known[0]
    sent = [(book, one) for book, one in known if one.wave is not None and one.state in SENT]
    book, last = (sent or known)[-1]
    return PersonRow(
        row=row,
        contact_id=contact_id,
        phone=phone,
        end=end,
        before_status=str(first.seen.get("raw", "")),
        before_code=first.code,
        before_means=first.disposition,
        before_calls=first.attempts,
        did=last.action,
        redials=len(sent),
        recovery=book.recovery_id,
        wave=last.wave,
        answer=last.state or "",
        outcome=last.outcome or "",
        outcome_code=last.outcome_code,
        kept_back="" if sent and last.outcome else _kept_back(known[-1][1]),
    )


def _kept_back(row: Planned) -> str:
    return row.outcome_why or row.why
