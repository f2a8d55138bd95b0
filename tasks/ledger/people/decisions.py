"""What people decide about contacts that a recovery kept back: the list as it is shown, and each decision."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from models.disposition.decision import answer_trace, call_trace, job_trace
from models.disposition.kept_back import KeptBack, kept_back, not_kept_back, state_of
from models.enums import Choice, State
from models.masking.quotes import without_numbers
from models.plan.plan import meant
from models.tables.decisions import KeptDecision
from models.tables.ledger import Planned, Recovery, Wave
from tasks.ledger import plans
from tasks.ledger.errors import NotKeptBackError, OldListError
from tasks.ledger.recoveries import find, policy_of
from tasks.ledger.store import Ledger

MOST_NAMED = 5
_DONE = frozenset({State.RECOVERED.value, State.HELD.value})


@dataclass(frozen=True, slots=True)
class KeptList:
    """Everybody whom a recovery keeps back, the decisions that stand by contact, and the list's state."""

    recovery: Recovery
    people: tuple[KeptBack, ...]
    decided: Mapping[str, KeptDecision]
    state: str
    taken_back: Mapping[str, KeptDecision] = field(default_factory=dict)
    """Decisions that count no more and that nobody has made anew, by contact."""
    rows: Mapping[int, Planned] = field(default_factory=dict, repr=False)
    newer: Recovery | None = None
    """A later recovery of the job that has looked again: this list is decided about no more."""

    @property
    def open(self) -> tuple[KeptBack, ...]:
        """Return those about whom nobody has decided yet; of a list that is old, nobody."""
        if self.newer is not None:
            return ()
        return tuple(one for one in self.people if one.contact_id not in self.decided)


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody decides: about which rows, or whom one reason keeps back, or all; how, and why.

    `state` is the list as it was shown to them, empty for whatever it is now. `via` says how it came.
    """

    choice: Choice
    by: str
    because: str
    rows: tuple[int, ...] = ()
    reason: str = ""
    everybody: bool = False
    state: str = ""
    via: str = ""
    claimed: str = ""


@dataclass(frozen=True, slots=True)
class DecisionsMade:
    """What was written down: about whom, and whom of those meant no redial can be decided about, with why."""

    chosen: tuple[KeptBack, ...]
    left: tuple[KeptBack, ...]
    recovery: Recovery


def listed(ledger: Ledger, recovery_id: str) -> KeptList:
    """Return the list of a recovery as it stands."""
    with ledger.read() as session:
        return _listed(session, find(session, recovery_id))


def choose(kept: KeptList, wish: Wish) -> tuple[tuple[KeptBack, ...], tuple[KeptBack, ...]]:
    """Return whom a wish is about, and whom it names by reason or all and cannot redial; raises LedgerError.

    NotKeptBackError names rows that nobody has to decide about, OldListError a list that is not the one any
    more that was shown.
    """
    _check(kept, wish)
    meant_people = _meant(kept, wish)
    fixed = [one for one in meant_people if wish.choice is Choice.REDIAL and one.rule]
    if fixed and wish.rows:
        said = _named((one.row, f"a rule keeps it back: {one.rule}") for one in fixed)
        raise NotKeptBackError(
            f"No decision overrides a rule of recovery {kept.recovery.id}: {said}. Change the policy or the "
            "upload, or decide reached or never."
        )
    chosen = tuple(one for one in meant_people if one not in fixed)
    if not chosen:
        raise NotKeptBackError(_nobody(kept, wish, fixed))
    if wish.choice is Choice.NEVER and (bare := [one for one in chosen if not one.phone.startswith("+")]):
        rows = ", ".join(str(one.row) for one in bare[:MOST_NAMED])
        raise NotKeptBackError(f"Row {rows} holds no number that can be suppressed: decide reached.")
    return chosen, tuple(fixed)


def decide(ledger: Ledger, recovery_id: str, wish: Wish) -> DecisionsMade:
    """Write a person's decision down, in one transaction with its audit and with the suppression of `never`.

    Raises NotKeptBackError or OldListError, and then nothing is written: of two at once the second is told.
    """
    # Both are shown in plans and artifacts, as whoever decided has typed them.
    wish = replace(wish, by=without_numbers(wish.by), because=without_numbers(wish.because))
    with ledger.write() as session:
        recovery = find(session, recovery_id, lock=True)
        kept = _listed(session, recovery)
        chosen, left = choose(kept, wish)
        _not_suppressed(session, recovery, chosen, wish)
        waves = {wave.n: wave for wave in session.exec(select(Wave).where(Wave.recovery_id == recovery_id))}
        for one in chosen:
            row = kept.rows[one.row]
            known = _known(row, waves.get(row.wave or 0))
            session.add(_stored(kept, one, wish, known, ledger.clock.now()))
        if wish.choice is Choice.NEVER:
            why = f"decided by {wish.by}: {wish.because}"
            plans.suppress(session, recovery.workspace, [one.phone for one in chosen], why, ledger)
        session.flush()
        _next_action(session, recovery)
        ledger.note(session, recovery_id, "kept_back_decided", _noted(wish, chosen, kept))
    return DecisionsMade(chosen, left, recovery)


def _listed(session: Session, recovery: Recovery) -> KeptList:
    policy = policy_of(recovery)
    rows = _rows(session, recovery.id) if State(recovery.state).is_end else {}
    people = tuple(one for row in rows.values() if (one := kept_back(row, policy)))
    newest = {one.contact_id: one for one in _made(session, recovery.id)}
    made = [newest[one.contact_id] for one in people if one.contact_id in newest]
    mine = {one.contact_id: one for one in made if one.void_at is None}
    void = {one.contact_id: one for one in made if one.void_at is not None}
    state = state_of(recovery.id, people, (one.id or 0 for one in mine.values()))
    return KeptList(recovery, people, mine, state, void, rows, _newer(session, recovery))


def _rows(session: Session, recovery_id: str) -> dict[int, Planned]:
    query = select(Planned).where(Planned.recovery_id == recovery_id).order_by(col(Planned.row))
    return {row.row: row for row in session.exec(query)}


def _made(session: Session, recovery_id: str) -> Sequence[KeptDecision]:
    query = select(KeptDecision).where(KeptDecision.recovery_id == recovery_id)
    return session.exec(query.order_by(col(KeptDecision.id))).all()


def _newer(session: Session, recovery: Recovery) -> Recovery | None:
    """Return the first later recovery of the job that goes on or has made a list of its own."""
    query = select(Recovery).where(
        Recovery.workspace == recovery.workspace,
        Recovery.platform == recovery.platform,
        Recovery.job_id == recovery.job_id,
        col(Recovery.epoch) > recovery.epoch,
    )
    later = session.exec(query.order_by(col(Recovery.epoch).desc())).all()
    return next((one for one in later if one.plan_hash or not State(one.state).is_end), None)


def _check(kept: KeptList, wish: Wish) -> None:
    recovery = kept.recovery
    if not State(recovery.state).is_end:
        raise OldListError(
            f"Recovery {recovery.id} goes on ({recovery.state}): whom it keeps back is decided about once it "
            "has ended."
        )
    if kept.newer is not None:
        raise OldListError(
            f"Recovery {recovery.id} is not the last of job {recovery.job_id}: {kept.newer.id} has looked "
            f"again since ({kept.newer.state}). `ringback decide {kept.newer.id}` shows whom that one keeps "
            "back."
        )
    if meant(wish.state, kept.state) not in {"", kept.state}:
        raise OldListError(
            f"The list of recovery {recovery.id} is not the one any more that was shown ({wish.state[:12]}): "
            f"it is {kept.state[:12]} now{_last_word(kept)}. Nothing was decided. Read that one and decide "
            "again."
        )


def _last_word(kept: KeptList) -> str:
    if not kept.decided:
        return ""
    last = max(kept.decided.values(), key=lambda one: one.id or 0)
    return f"; {last.by} has decided {last.choice} about row {last.row}"


def _meant(kept: KeptList, wish: Wish) -> list[KeptBack]:
    if wish.everybody:
        return list(kept.open)
    if wish.reason:
        return [one for one in kept.open if one.is_of(wish.reason)]
    wanted = dict.fromkeys(wish.rows)
    by_row = {one.row: one for one in kept.people}
    if strange := [row for row in wanted if row not in by_row]:
        why = (not_kept_back(kept.rows[row]) if row in kept.rows else "there is none" for row in strange)
        raise NotKeptBackError(
            f"Recovery {kept.recovery.id} does not keep back {_named(zip(strange, why, strict=True))}. "
            f"`ringback decide {kept.recovery.id}` lists whom it does. Nothing was decided."
        )
    return [by_row[row] for row in wanted]


def _nobody(kept: KeptList, wish: Wish, fixed: Sequence[KeptBack]) -> str:
    where = f"recovery {kept.recovery.id}"
    if fixed:
        return f"Nobody of {where} can be redialled by a decision: {fixed[0].rule}. Decide reached or never."
    if not kept.open:
        return f"Nobody of {where} waits for a decision."
    known = ", ".join(sorted({one.about.value for one in kept.open} | {c.code for c in kept.open if c.code}))
    return f"No reason {wish.reason!r} keeps anybody of {where} back. Those that do: {known}."


def _named(rows: Iterable[tuple[int, str]]) -> str:
    told = list(rows)
    more = f"; and {len(told) - MOST_NAMED} more" if len(told) > MOST_NAMED else ""
    return "; ".join(f"row {row}: {why}" for row, why in told[:MOST_NAMED]) + more


def _not_suppressed(session: Session, recovery: Recovery, chosen: Sequence[KeptBack], wish: Wish) -> None:
    if wish.choice is not Choice.REDIAL:
        return
    gone = [one for one in chosen if plans.is_listed(session, recovery.workspace, one.phone)]
    if gone:
        said = _named((one.row, "its number is on the suppression list") for one in gone)
        raise NotKeptBackError(f"Nobody on the suppression list is redialled: {said}. Nothing was decided.")


def _known(row: Planned, wave: Wave | None) -> list[str]:
    """Return what is known of calls and jobs at a contact: as the plan saw it, and by its wave since."""
    calls = [call_trace(one) for one in (row.call_id, row.seen.get("call_id")) if one]
    jobs = [job_trace(one) for one in (wave.marker, wave.platform_job) if one] if wave else []
    told = plans.carrier_of(row, plans.REDIAL_CARRIER)
    answers = [answer_trace(row.call_id)] if row.call_id and told and told.was_taken else []
    return sorted({*row.seen.get("traces", []), *calls, *answers, *jobs})


def _stored(kept: KeptList, one: KeptBack, wish: Wish, known: list[str], now: datetime) -> KeptDecision:
    recovery, row = kept.recovery, kept.rows[one.row]
    return KeptDecision(
        workspace=recovery.workspace,
        platform=recovery.platform,
        job_id=recovery.job_id,
        recovery_id=recovery.id,
        row=one.row,
        contact_id=one.contact_id,
        phone=one.phone,
        choice=wish.choice.value,
        by=wish.by,
        because=wish.because,
        via=wish.via,
        at=now,
        state=kept.state,
        about=one.about.value,
        seen={name: row.seen.get(name) for name in ("status", "raw", "call_id")},
        known=known,
    )


def _noted(wish: Wish, chosen: Sequence[KeptBack], kept: KeptList) -> dict[str, Any]:
    way = {"by_claimed": wish.claimed or wish.by, "via": wish.via} if wish.via else {}
    return {
        "as": wish.choice.value,
        "by": wish.by,
        "because": wish.because,
        "rows": [one.row for one in chosen],
        "state": kept.state,
    } | way


def _next_action(session: Session, recovery: Recovery) -> None:
    """Let the recovery say what follows once everybody is decided about; a begun one keeps its own."""
    kept = _listed(session, recovery)
    if kept.open or recovery.state not in _DONE or recovery.resumable:
        return
    redials = sum(one.choice == Choice.REDIAL.value for one in kept.decided.values())
    again = (
        f"`ringback recover {recovery.job_id}` redials {redials} of them." if redials else "Nothing to do."
    )
    recovery.next_action = f"All {len(kept.people)} contacts that were kept back are decided about. {again}"
    session.add(recovery)
