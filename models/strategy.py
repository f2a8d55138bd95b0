"""One disposition and one action for every contact of a job."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from models.dispositions import action_for, why_for
from models.look import Attempt, Look
from models.numbers import Number, normalise, regions
from models.platform import Call, Contact, Job
from models.policy import Policy
from models.reasons import ReasonTable, Ruling, is_caller_flagged
from models.refine import contact_disposition
from models.storable import storable
from models.words import Action, ContactStatus, Disposition

STRICTEST = (
    Disposition.MALFORMED,
    Disposition.DUPLICATE,
    Disposition.REACHED,
    Disposition.DO_NOT_CONTACT,
    Disposition.DECLINED,
    Disposition.PERMANENT,
    Disposition.IN_FLIGHT,
    Disposition.AMBIGUOUS,
    Disposition.UNKNOWN,
    Disposition.OPERATOR,
    Disposition.LATER,
    Disposition.TRANSIENT,
    Disposition.UNDELIVERED,
)
"""Where several attempts speak of one person, the first of these that any of them says holds.

Unknown stands before operator: a repaired set-up is redialled, and that must not include a doubtful attempt.
"""


@dataclass(frozen=True, slots=True)
class Judged:
    """One contact with what its past means and what the plan does with it; rows count from 1."""

    row: int
    contact: Contact
    number: Number
    disposition: Disposition
    action: Action
    code: str
    why: str
    attempts: int = 0
    dialled: bool = False
    caller_flagged: bool = False
    ended_at: datetime | None = None
    past: Disposition | None = None
    """What its attempts alone say, also where its number may not be dialled."""
    elsewhere: int = 0
    """How many of the attempts other jobs made."""

    @property
    def phone(self) -> str | None:
        """Return the number as the plan is hashed and kept under it."""
        return self.number.e164 or storable(self.contact.phone or "") or None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What judging needs beside the look: calls by id, rows before a cancel, numbers never to dial."""

    calls: Mapping[str, Call]
    table: ReasonTable
    before: Mapping[str, Contact]
    suppressed: frozenset[str] = frozenset()
    fixed: bool = False
    """True after a person said that the fault of set-up is repaired."""


def judge_contacts(look: Look, evidence: Evidence, policy: Policy) -> tuple[Judged, ...]:
    """Return every row of the look judged, in the order of the upload."""
    single = [
        _judge_row(row, contact, look, evidence, policy) for row, contact in enumerate(look.rows, start=1)
    ]
    return _without_repeats(single, policy)


def _judge_row(row: int, contact: Contact, look: Look, evidence: Evidence, policy: Policy) -> Judged:
    number = normalise(contact.phone, policy.default_region)
    own = _disposition(contact, look.job, evidence, policy)
    others = look.attempts.get(number.e164, ()) if number.e164 else ()
    elsewhere = sum(_tries(other.contact, other.retries) for other in others)
    disposition, code, why = _merge(own, others, look.job, evidence, policy)
    dialled = own[0] not in {Disposition.UNDELIVERED, Disposition.UNKNOWN, Disposition.AMBIGUOUS}
    judged = Judged(
        row,
        contact,
        number,
        disposition,
        Action.HOLD,
        code,
        why,
        _tries(contact, look.job.retries) + elsewhere,
        dialled=dialled,
        caller_flagged=own[3],
        ended_at=contact.updated_at if contact.status.is_over else None,
        past=disposition,
        elsewhere=elsewhere,
    )
    return _decide(judged, evidence, policy)


Reading = tuple[Disposition, str, str, bool]


def _disposition(contact: Contact, job: Job, evidence: Evidence, policy: Policy) -> Reading:
    quiet = contact.updated_at and job.seen_at - contact.updated_at >= timedelta(seconds=policy.stall_seconds)
    settled = contact_disposition(
        contact,
        evidence.calls.get(contact.call_id or ""),
        evidence.table,
        job_is_over=job.status.is_over,
        stuck=bool(quiet),
        before=evidence.before.get(contact.id),
    )
    ruling: Ruling | None = settled.ruling
    code = f"{ruling.system}:{ruling.code}" if ruling else contact.raw_status
    return settled.disposition, code, settled.why, bool(ruling and is_caller_flagged(ruling))


def _merge(
    own: Reading, others: Iterable[Attempt], job: Job, evidence: Evidence, policy: Policy
) -> tuple[Disposition, str, str]:
    readings = [own[:3]]
    for attempt in others:
        if attempt.known:
            readings.append((attempt.known, "", f"in wave {attempt.job_id} of an earlier recovery"))
        elif attempt.contact.status is ContactStatus.NOT_DIALED and not attempt.contact.call_id:
            why = f"job {attempt.job_id} holds this person too and has not called yet"
            never = attempt.ours and attempt.over
            readings.append((Disposition.UNDELIVERED if never else Disposition.AMBIGUOUS, "", why))
        else:
            found = _disposition(attempt.contact, job, evidence, policy)
            readings.append((found[0], found[1], f"in job {attempt.job_id}: {found[2]}"))
    return min(readings, key=lambda reading: STRICTEST.index(reading[0]))


def _tries(contact: Contact, retries: int) -> int:
    if contact.status in {ContactStatus.NOT_DIALED, ContactStatus.CANCELLED} and not contact.call_id:
        return 0
    # The platform's own retry dials every failed row again and keeps no count by row.
    return 1 + (retries if contact.status is ContactStatus.NOT_REACHED else 0)


def _decide(judged: Judged, evidence: Evidence, policy: Policy) -> Judged:
    if judged.number.problem:
        return replace(
            judged, disposition=Disposition.MALFORMED, action=Action.DROP, why=judged.number.problem
        )
    if judged.number.e164 in evidence.suppressed:
        gone = Disposition.DO_NOT_CONTACT
        return replace(
            judged, disposition=gone, action=Action.DROP, why="the number is on the suppression list"
        )
    action = action_for(judged.disposition, redial_later=policy.redial_later)
    if judged.disposition is Disposition.OPERATOR and evidence.fixed:
        action = Action.REDIAL
    why = judged.why or why_for(judged.disposition)
    if action is Action.REDIAL and judged.attempts >= policy.max_attempts:
        return replace(
            judged, action=Action.HOLD, why=f"the budget of {policy.max_attempts} attempts is used up"
        )
    return replace(judged, action=action, why=why)


def _without_repeats(single: Sequence[Judged], policy: Policy) -> tuple[Judged, ...]:
    groups: dict[str, list[Judged]] = {}
    for one in single:
        if one.number.e164:
            groups.setdefault(one.number.e164, []).append(one)
    for one, guess in _written_without_country(single):
        if guess in groups:
            groups[guess].append(one)
    repeats = [rows for rows in groups.values() if len(rows) > 1]
    kept = {one.row: one for rows in repeats for one in _collapse(rows, policy)}
    return tuple(kept.get(one.row, one) for one in single)


def _written_without_country(single: Sequence[Judged]) -> list[tuple[Judged, str]]:
    # Such a row is never dialled, but in one of the job's countries it may be the same person as another row.
    odd = [one for one in single if one.number.problem and one.contact.phone]
    countries = regions(one.number.e164 for one in single if one.number.e164) if odd else ()
    return [(one, guess) for one in odd for guess in _guesses(one.contact.phone, countries)]


def _guesses(phone: str | None, countries: Sequence[str]) -> list[str]:
    found = (normalise(phone, country).e164 for country in countries)
    return sorted({guess for guess in found if guess})


def _collapse(rows: Sequence[Judged], policy: Policy) -> list[Judged]:
    # The person behind the number is one: the strictest row speaks for all of them.
    ordered = sorted(rows, key=lambda one: (one.number.e164 is None, one.row))
    odd = [one for one in ordered if one.number.e164 is None]
    strict = min(ordered[: len(ordered) - len(odd)], key=_strictness)
    tries = strict.elsewhere + sum(one.attempts - one.elsewhere for one in rows)
    first = replace(strict, row=ordered[0].row, contact=ordered[0].contact, attempts=tries)
    if odd:
        first = _beside(first, min(odd, key=_strictness), policy)
    if first.action is Action.REDIAL and tries >= policy.max_attempts:
        first = replace(first, action=Action.HOLD, why="the rows of this number have used up its attempts")
    why = f"the same number as row {first.row}"
    rest = [
        replace(one, disposition=Disposition.DUPLICATE, action=Action.DROP, why=why, attempts=0)
        for one in ordered[1:]
    ]
    return [first, *rest]


def _strictness(one: Judged) -> int:
    return STRICTEST.index(one.past or one.disposition)


def _beside(first: Judged, odd: Judged, policy: Policy) -> Judged:
    # Whether the odd row is the same person is a guess: it may hold somebody back and never frees anybody.
    if first.action is Action.DROP or odd.past is None or _strictness(odd) >= _strictness(first):
        return first
    action = action_for(odd.past, redial_later=policy.redial_later)
    why = f"row {odd.row} looks like the same number: {why_for(odd.past)}"
    return replace(first, disposition=odd.past, action=action, why=why)
