"""One disposition and one action for every contact of a job."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from models.calling.caps import is_spent
from models.calling.rule import Facts, Try, earliest, facts_of, is_on
from models.carrier import CarrierCall
from models.contacts.phones.normalise import Number, normalise, regions
from models.disposition.actions import action_for, why_for
from models.disposition.decision import Decided, answer_trace, call_trace, job_trace
from models.disposition.hidden import hidden_message, retry_words
from models.disposition.refine import contact_disposition
from models.disposition.strictest import STRICTEST
from models.enums import Action, ContactStatus, Disposition
from models.platform import PHONE, Call, Contact, Job
from models.policy.policy import Policy
from models.reasons.kinds import is_machine
from models.reasons.ruling import REDIALS
from models.reasons.table import ReasonTable, Ruling, is_caller_flagged
from models.tables.storable import storable
from models.triage.observation import Attempt, Observation


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
    set_up: bool = False
    """True where the reason it was read from blames the set-up, whoever was on the line."""
    ended_at: datetime | None = None
    past: Disposition | None = None
    """What its attempts alone say, also where its number may not be dialled."""
    told: Disposition | None = None
    """What its last call said, where it is not taken at that word."""
    tried: tuple[Try, ...] = ()
    """The attempts that its own row made."""
    elsewhere: tuple[Try, ...] = ()
    """The attempts that other jobs made."""
    machine: datetime | None = None
    """When a machine took a call, as far as its own row tells."""
    calling: Facts | None = None
    """What decides when it may be called; None where no rule of time is on."""
    traces: frozenset[str] = frozenset()
    """The calls to this person and the other jobs that hold them, as `models.disposition.decision` has it."""
    decided: Decided | None = None
    """The person's decision that it follows."""
    carrier: CarrierCall | None = None
    """What the carrier itself says of the row's call, where it was asked and has told."""

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
    dialled: Mapping[str, tuple[Try, ...]] = field(default_factory=dict)
    """What our ledger knows of waves of other jobs, by number; it counts for caps and gaps."""
    fixed: bool = False
    """True after a person said that the fault of set-up is repaired."""


def judge_contacts(look: Observation, evidence: Evidence, policy: Policy) -> tuple[Judged, ...]:
    """Return every row of the look judged, in the order of the upload."""
    single = [
        _judge_row(row, contact, look, evidence, policy) for row, contact in enumerate(look.rows, start=1)
    ]
    people = _without_repeats(single, policy)
    if not is_on(policy):
        return people
    return tuple(in_time(one, look, evidence, policy) for one in people)


def in_time(one: Judged, look: Observation, evidence: Evidence, policy: Policy) -> Judged:
    """Return somebody who is to be redialled with what decides when, held where no moment ever may be."""
    if one.action is not Action.REDIAL or not is_on(policy):
        return one
    number = one.number.e164 or ""
    facts = facts_of(one.contact.payload, number, (*one.tried, *one.elsewhere), policy, one.machine).also(
        evidence.dialled.get(number, ())
    )
    # Whether it may ever be called must not depend on the time of day: the plan's hash covers the action.
    moment = earliest(facts, look.job.created_at, policy)
    if moment.at is None:
        return replace(one, action=Action.HOLD, why=moment.message, calling=facts)
    return replace(one, calling=facts)


def _judge_row(row: int, contact: Contact, look: Observation, evidence: Evidence, policy: Policy) -> Judged:
    number = normalise(contact.phone, policy.default_region)
    own = _own(contact, look, evidence, policy)
    others = look.attempts.get(number.person, ()) if number.person else ()
    seen = look.job.seen_at
    tried = _tries(contact, look.job.id, look.job.retries, seen)
    elsewhere = tuple(
        one for other in others for one in _tries(other.contact, other.job_id, other.retries, seen)
    )
    readings = _readings(own, others, look.job, evidence, policy)
    disposition, code, why = min(readings, key=lambda reading: STRICTEST.index(reading[0]))[:3]
    dialled = own[0] not in {Disposition.UNDELIVERED, Disposition.UNKNOWN, Disposition.AMBIGUOUS}
    judged = Judged(
        row,
        contact,
        number,
        disposition,
        Action.HOLD,
        code,
        why,
        len(tried) + len(elsewhere),
        dialled=dialled,
        caller_flagged=any(reading[3] for reading in readings),
        set_up=own[4],
        ended_at=contact.updated_at if contact.status.is_over else None,
        past=disposition,
        tried=tried,
        elsewhere=elsewhere,
        machine=max((one.at for one in (*tried, *elsewhere)), default=None) if is_machine(code) else None,
        traces=_traces(contact, others, look, evidence),
        carrier=_carrier(contact, look, evidence),
    )
    return _decide(judged, evidence, policy)


def _carrier(contact: Contact, look: Observation, evidence: Evidence) -> CarrierCall | None:
    call = evidence.calls.get(contact.call_id) if contact.call_id else look.listed.get(contact.id)
    return call.carrier if call else None


def _traces(
    contact: Contact, others: Iterable[Attempt], look: Observation, evidence: Evidence
) -> frozenset[str]:
    listed = look.listed.get(contact.id)
    calls = [contact.call_id, listed.id if listed else None, *(other.contact.call_id for other in others)]
    read = [listed, *(evidence.calls.get(call_id) for call_id in calls if call_id)]
    answers = (answer_trace(call.id) for call in read if call and call.carrier and call.carrier.was_taken)
    jobs = (job_trace(other.job_id) for other in others)
    return frozenset([*(call_trace(call_id) for call_id in calls if call_id), *answers, *jobs])


Reading = tuple[Disposition, str, str, bool, bool]
UNCHECKED = "the row says completed, others that said so were wrong, and no call vouches for it"


def _own(contact: Contact, look: Observation, evidence: Evidence, policy: Policy) -> Reading:
    """Return what the job's own row says, as far as the job's other rows, calls and counters bear it out."""
    listed = None if contact.call_id else look.listed.get(contact.id)
    own = _disposition(contact, look.job, evidence, policy, listed)
    if own[0] is Disposition.UNDELIVERED and look.hidden:
        return Disposition.AMBIGUOUS, own[1], hidden_message(look.hidden), *own[3:]
    if look.hidden_by_retry and contact.status is ContactStatus.CANCELLED and own[0] in REDIALS:
        return Disposition.AMBIGUOUS, own[1], retry_words(look.hidden_by_retry), *own[3:]
    if own[0] is Disposition.REACHED and contact.id in look.unchecked:
        return Disposition.AMBIGUOUS, own[1], UNCHECKED, *own[3:]
    return own


def _disposition(
    contact: Contact, job: Job, evidence: Evidence, policy: Policy, listed: Call | None = None
) -> Reading:
    quiet = contact.updated_at and job.seen_at - contact.updated_at >= timedelta(seconds=policy.stall_seconds)
    settled = contact_disposition(
        contact,
        listed or evidence.calls.get(contact.call_id or ""),
        evidence.table,
        job_is_over=job.status.is_over,
        stuck=bool(quiet),
        before=evidence.before.get(contact.id),
    )
    ruling: Ruling | None = settled.ruling
    code = ruling.label if ruling else contact.raw_status
    flagged = bool(ruling and is_caller_flagged(ruling))
    set_up = bool(ruling and ruling.disposition is Disposition.OPERATOR)
    return settled.disposition, code, settled.why, flagged, set_up


def _readings(
    own: Reading, others: Iterable[Attempt], job: Job, evidence: Evidence, policy: Policy
) -> list[Reading]:
    readings = [own]
    for attempt in others:
        if attempt.known:
            why = attempt.why or f"in wave {attempt.job_id} of an earlier recovery"
            readings.append((attempt.known, "", why, False, False))
        elif attempt.contact.status is ContactStatus.NOT_DIALED and not attempt.contact.call_id:
            why = f"job {attempt.job_id} holds this person too and has not called yet"
            never = attempt.ours and attempt.over
            kind = Disposition.UNDELIVERED if never else Disposition.AMBIGUOUS
            readings.append((kind, "", why, False, False))
        else:
            found = _disposition(attempt.contact, job, evidence, policy)
            readings.append((found[0], found[1], f"in job {attempt.job_id}: {found[2]}", *found[3:]))
    return readings


def _tries(contact: Contact, job_id: str, retries: int, seen: datetime) -> tuple[Try, ...]:
    if contact.status in {ContactStatus.NOT_DIALED, ContactStatus.CANCELLED} and not contact.call_id:
        return ()
    # The platform's own retry dials every failed row again and keeps no count by row, and no times: each
    # counts at the last that is known.
    count = 1 + (retries if contact.status is ContactStatus.NOT_REACHED else 0)
    return (Try(min(contact.updated_at or seen, seen), job_id),) * count


def _decide(judged: Judged, evidence: Evidence, policy: Policy) -> Judged:
    if elsewhere := _elsewhere(judged):
        return elsewhere
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
    if judged.disposition is Disposition.OPERATOR and evidence.fixed and not judged.caller_flagged:
        action = Action.REDIAL  # a flagged caller id is nobody's to repair by saying so: it is never retried
    why = judged.why or why_for(judged.disposition)
    if action is Action.REDIAL and judged.contact.problem:
        return replace(judged, action=Action.HOLD, why=judged.contact.problem)
    if action is Action.REDIAL and is_spent(judged.attempts, policy.max_attempts):
        return replace(
            judged, action=Action.HOLD, why=f"the budget of {policy.max_attempts} attempts is used up"
        )
    return replace(judged, action=action, why=why)


def is_elsewhere(contact: Contact) -> bool:
    """Tell whether a person is reached in another way than by phone, or has no number at all."""
    return contact.channel != PHONE or contact.phone is None


def _elsewhere(judged: Judged) -> Judged | None:
    """Hold whoever is not reached by phone: another channel is not ours to redial, nor to call done."""
    contact = judged.contact
    if not is_elsewhere(contact):
        return None
    done = action_for(judged.disposition, redial_later=True) is Action.DROP
    if done:
        return replace(judged, action=Action.DROP, why=judged.why or why_for(judged.disposition))
    way = "without a phone number" if contact.channel == PHONE else f"by {contact.channel}, not by phone"
    why = f"this person is reached {way}, and nobody redials that here"
    return replace(judged, disposition=Disposition.UNKNOWN, action=Action.HOLD, why=why)


def _without_repeats(single: Sequence[Judged], policy: Policy) -> tuple[Judged, ...]:
    groups: dict[str, list[Judged]] = {}
    for one in single:
        if one.number.e164 and one.number.person:
            groups.setdefault(one.number.person, []).append(one)
    for one, guess in _written_without_country(single):
        if guess in groups:
            groups[guess].append(one)
    repeats = [rows for rows in groups.values() if len(rows) > 1]
    kept = {one.row: one for rows in repeats for one in _collapse(rows, policy)}
    return tuple(kept.get(one.row, one) for one in single)


def _written_without_country(single: Sequence[Judged]) -> list[tuple[Judged, str]]:
    # Such a row is never dialled, but in one of the job's countries, or in the numbering of before, it may be
    # the same person as another row.
    odd = [one for one in single if one.number.problem and one.contact.phone]
    countries = regions(one.number.e164 for one in single if one.number.e164) if odd else ()
    return [(one, guess) for one in odd for guess in _guesses(one, countries)]


def _guesses(one: Judged, countries: Sequence[str]) -> list[str]:
    found = (normalise(one.contact.phone, country).person for country in countries)
    return sorted({guess for guess in (one.number.person, *found) if guess})


def _collapse(rows: Sequence[Judged], policy: Policy) -> list[Judged]:
    # The person behind the number is one: the strictest row speaks for all of them.
    ordered = sorted(rows, key=lambda one: (one.number.e164 is None, bool(one.number.warning), one.row))
    odd = [one for one in ordered if one.number.e164 is None]
    strict = min(ordered[: len(ordered) - len(odd)], key=_strictness)
    tried = tuple(one for row in rows for one in row.tried)
    tries = len(strict.elsewhere) + len(tried)
    kept = ordered[0]
    first = replace(
        strict,
        row=kept.row,
        contact=kept.contact,
        number=kept.number,
        attempts=tries,
        tried=tried,
        traces=frozenset().union(*(row.traces for row in rows)),
    )
    if odd:
        first = _beside(first, min(odd, key=_strictness), policy)
    if first.action is Action.REDIAL and first.contact.problem:
        first = replace(first, action=Action.HOLD, why=first.contact.problem)
    if first.action is Action.REDIAL and is_spent(tries, policy.max_attempts):
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
