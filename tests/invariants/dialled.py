"""Who was dialled: nobody twice (I1), nobody whose case was settled (I3), nobody past the budget (I5)."""

from collections import Counter
from collections.abc import Iterator

from deployments.sandbox.engine.people import same_phone
from models.enums import DispatchState, State, WaveState
from models.masking.phone import mask_phone
from models.tables.ledger import Planned, Recovery, Wave
from tests.invariants.facts import Breach, Dial, Facts, unix
from tests.invariants.twice import KNOWABLE

SETTLED = frozenset({"reached", "permanent", "declined", "do_not_contact"})
"""Dispositions after which a person is not dialled again."""
ON_THE_PLATFORM = frozenset({WaveState.ACCEPTED.value, WaveState.SETTLED.value})
NOTICED = frozenset({State.HELD.value, State.ESCALATED.value})
"""Ends of a recovery that did not go on over what it found."""
MAY_RING = frozenset({DispatchState.ACCEPTED.value, DispatchState.UNKNOWN.value})


def once_in_the_ledger(facts: Facts) -> Iterator[Breach]:
    """I1: at most one accepted dispatch per job, person and epoch, as the ledger has it."""
    epochs = Counter(recovery.epoch for recovery in facts.recoveries)
    for epoch in (epoch for epoch, count in epochs.items() if count > 1):
        yield Breach("I1", f"Epoch {epoch} belongs to {epochs[epoch]} recoveries.")
    for recovery in facts.recoveries:
        accepted = [row for row in facts.rows[recovery.id] if row.state == DispatchState.ACCEPTED.value]
        yield from _accepted_once(recovery, accepted, facts)


def _accepted_once(recovery: Recovery, accepted: list[Planned], facts: Facts) -> Iterator[Breach]:
    state_of = {wave.n: wave.state for wave in facts.waves[recovery.id]}
    people = Counter(same_phone(row.phone or f"row {row.row}") for row in accepted)
    for who in (who for who, count in people.items() if count > 1):
        shown = mask_phone(f"+{who}")
        yield Breach("I1", f"{recovery.id}: {shown} has {people[who]} accepted dispatches in one epoch.")
    for row in accepted:
        if row.wave is None or state_of.get(row.wave) not in ON_THE_PLATFORM:
            yield Breach("I1", f"{recovery.id} row {row.row} is accepted, but wave {row.wave} is not.")


def once_on_the_platform(facts: Facts) -> Iterator[Breach]:
    """I1: no recovery dials a phone twice, and a delivery that the platform repeats is noticed."""
    for recovery in facts.recoveries:
        mine = [dial for dial, _ in facts.ours(recovery.id)]
        firsts = Counter(dial.who for dial in mine if dial.delivery == 1)
        for who in (who for who, count in firsts.items() if count > 1):
            yield Breach("I1", f"{recovery.id} has dialled {mask_phone(f'+{who}')} {firsts[who]} times.")
        repeated = {dial.who for dial in mine if dial.delivery > 1}
        if repeated and recovery.state not in NOTICED:
            words = f"the platform repeated {len(repeated)} deliveries of {recovery.id}"
            yield Breach("I1", f"Nobody noticed that {words}, which ended {recovery.state}.")
    yield from _markers_once(facts)


def _markers_once(facts: Facts) -> Iterator[Breach]:
    held = Counter(job["name"] for job in facts.jobs)
    states = {recovery.id: recovery.state for recovery in facts.recoveries}
    for marker, wave in facts.by_marker.items():
        if held[marker] > 1 and states[wave.recovery_id] not in NOTICED:
            words = f"the platform holds wave {wave.n} of {wave.recovery_id} {held[marker]} times"
            yield Breach("I1", f"Nobody noticed that {words}.")


def source_stood_still(facts: Facts) -> Iterator[Breach]:
    """I1: a source that calls somebody after a wave took them over is noticed before the recovery ends."""
    for recovery in facts.recoveries:
        both = {
            dial.who for dial, wave in facts.ours(recovery.id) if _called_again(facts, dial, wave, recovery)
        }
        if both and recovery.state != State.ESCALATED.value:
            words = f"the source called {len(both)} people whom {recovery.id} had taken over"
            yield Breach("I1", f"Nobody noticed that {words}, which ended {recovery.state}.")


def _called_again(facts: Facts, dial: Dial, wave: Wave, recovery: Recovery) -> bool:
    first, last = unix(wave.intent_at), unix(recovery.ended_at)
    others = (other for other in facts.by_person[dial.who] if other.job_id == facts.job_key[2])
    return any(first <= other.at < last for other in others)


def known_to_the_ledger(facts: Facts) -> Iterator[Breach]:
    """I1: what rang was handed over by a wave of this ledger, and the ledger says that it may have rung."""
    for job in facts.jobs:
        name = str(job["name"])
        mine = next((one for one in facts.recoveries if name.startswith(f"rb-{one.id}-")), None)
        if mine and name not in facts.by_marker and mine.state not in NOTICED:
            yield Breach("I1", f"The platform holds {name}, a wave that the ledger does not know.")
    for dial, wave in facts.ours():
        row = facts.row_of(dial, wave)
        if row is None or row.wave != wave.n:
            yield Breach("I1", f"{wave.marker} dialled {dial.shown}, who is not in that wave.")
        elif row.state not in MAY_RING:
            yield Breach("I1", f"{wave.marker} dialled row {row.row}, which the ledger calls {row.state}.")


def nobody_settled(facts: Facts) -> Iterator[Breach]:
    """I3: by the true history, nobody was reached, refused, dead or being called when the wave was sent.

    Where a person has decided on a redial by name, that goes for what happened since they did.
    """
    before = {same_phone(one["phone"]) for one in facts.people if one["reached_before"]}
    for dial, wave in _first_deliveries(facts):
        decided = facts.decided_at(dial, wave)
        if dial.who in before and not decided:
            yield Breach("I3", f"{wave.marker} dialled {dial.shown}, who was reached before the recovery.")
            continue
        for earlier in (one for one in _known_by_then(facts, dial, wave) if one.at >= decided):
            if earlier.disposition in SETTLED:
                words = f"whom job {earlier.job_id} had left {earlier.disposition}"
                yield Breach("I3", f"{wave.marker} dialled {dial.shown}, {words}.")
            elif earlier.ended_at > unix(wave.intent_at):
                words = f"whom job {earlier.job_id} was still calling"
                yield Breach("I3", f"{wave.marker} was sent for {dial.shown}, {words}.")


def _first_deliveries(facts: Facts) -> list[tuple[Dial, Wave]]:
    # What the platform delivers again by itself is its fault; that it was noticed is checked under I1.
    return [(dial, wave) for dial, wave in facts.ours() if dial.delivery == 1]


def _known_by_then(facts: Facts, dial: Dial, wave: Wave) -> list[Dial]:
    # What others began just before a wave was sent no listing has shown to it in time.
    sent = unix(wave.intent_at)
    earlier = [d for d in facts.by_person[dial.who] if d.at < sent and d.job_name != wave.marker]
    return [d for d in earlier if facts.is_ours(d) or facts.shown_since(d) + KNOWABLE <= sent]


def nobody_ruled_out(facts: Facts) -> Iterator[Breach]:
    """I3: nobody is dialled whom the plan drops or keeps back, or whose number was suppressed by then."""
    for dial, wave in _first_deliveries(facts):
        row = facts.row_of(dial, wave)
        if row and row.action != "redial":
            what = f"which the plan marks {row.action} ({row.disposition})"
            yield Breach("I3", f"{wave.marker} dialled row {row.row}, {what}.")
        if facts.suppressed.get(dial.who, float("inf")) < unix(wave.intent_at):
            yield Breach("I3", f"{wave.marker} dialled {dial.shown}, a suppressed number.")


def as_decided(facts: Facts) -> Iterator[Breach]:
    """I3: a decision is somebody's, is used once, and whom it leaves alone is not dialled after it."""
    used: Counter[int] = Counter()
    for dial, wave in _first_deliveries(facts):
        row = facts.row_of(dial, wave)
        made = facts.made.get(row.decision or 0) if row else None
        if row and row.decision:
            used[row.decision] += 1
            if made is None or (made.choice, made.contact_id) != ("redial", row.contact_id):
                yield Breach("I3", f"{wave.marker} dialled row {row.row} by a decision that is not about it.")
            elif not facts.decided_at(dial, wave) or unix(made.at) > unix(wave.intent_at):
                yield Breach("I3", f"{wave.marker} dialled row {row.row} by a decision that nobody has made.")
        yield from _left_alone(facts, dial, wave)
    for decision in (one for one, count in used.items() if count > 1):
        yield Breach("I1", f"Decision {decision} was carried out {used[decision]} times.")


def _left_alone(facts: Facts, dial: Dial, wave: Wave) -> Iterator[Breach]:
    mine = [one for one in facts.made.values() if same_phone(one.phone) == dial.who and one.void_at is None]
    newest = max(mine, key=lambda one: one.id or 0, default=None)
    if newest and newest.choice != "redial" and unix(newest.at) < unix(wave.intent_at):
        yield Breach("I3", f"{wave.marker} dialled {dial.shown}, of whom {newest.by} said {newest.choice}.")


def within_the_budget(facts: Facts) -> Iterator[Breach]:
    """I5: no dial of ours goes past the attempts that the policy grants one phone over all jobs."""
    policies = {recovery.id: recovery.policy for recovery in facts.recoveries}
    for dial, wave in _first_deliveries(facts):
        most = int(policies[wave.recovery_id]["max_attempts"])
        tries = sum(1 for other in facts.by_person[dial.who] if other.at <= dial.at)
        if tries > most:
            yield Breach("I5", f"{wave.marker} made attempt {tries} at {dial.shown}; {most} are allowed.")
