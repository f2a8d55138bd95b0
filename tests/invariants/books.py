"""What was written down: sums (I4), the chain (I7), the approved plan (I9), and that nobody is lost."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping

from models.audit.chain import AuditEntry, verify
from models.enums import DispatchState, State, WaveState
from models.policy.policy import NOTES, PLAIN, TIMING
from models.tables.decisions import KeptDecision
from models.tables.ledger import AuditRow, Planned, Recovery
from tests.invariants.facts import Breach, Facts, unix

ENDS = frozenset({"accepted", "refused", "unknown", "skipped"})
CLOSED_BY = frozenset({"ended", "declined"})
"""Kinds of audit entries that close a recovery."""
ROW_STATE = {
    WaveState.INTENT.value: DispatchState.INTENT.value,
    WaveState.REFUSED.value: DispatchState.REFUSED.value,
    WaveState.UNKNOWN.value: DispatchState.UNKNOWN.value,
    WaveState.ACCEPTED.value: DispatchState.ACCEPTED.value,
    WaveState.SETTLED.value: DispatchState.ACCEPTED.value,
}
RANG = frozenset({"reached", "declined", "do_not_contact", "later", "permanent", "transient", "operator"})
"""Outcomes that only a call can have."""


def sums_hold(facts: Facts) -> Iterator[Breach]:
    """I4: at an end, planned = accepted + refused + unknown + skipped, and nobody else has a dispatch."""
    for recovery in facts.ended:
        rows = facts.rows[recovery.id]
        states = Counter(row.state for row in rows if row.action == "redial")
        left = sum(count for state, count in states.items() if state not in ENDS)
        if left:
            told = ", ".join(f"{state} {count}" for state, count in states.items())
            words = f"{recovery.id} has ended {recovery.state} with {left} of {states.total()} contacts"
            yield Breach("I4", f"{words} neither accepted, refused, unknown nor skipped ({told}).")
        for row in rows:
            if row.action != "redial" and (row.state or row.wave or row.outcome):
                yield Breach("I4", f"{recovery.id} row {row.row} is to be {row.action} and has a dispatch.")


def waves_agree(facts: Facts) -> Iterator[Breach]:
    """I4: a wave holds as many contacts as it says, all of them in the state that it is in."""
    for recovery in facts.recoveries:
        for wave in facts.waves[recovery.id]:
            states = Counter(row.state for row in facts.rows[recovery.id] if row.wave == wave.n)
            if states != Counter({ROW_STATE[wave.state]: wave.size}):
                told = ", ".join(f"{state} {count}" for state, count in states.items()) or "no contacts"
                words = f"is {wave.state} with {wave.size} contacts, but its rows say {told}"
                yield Breach("I4", f"Wave {wave.n} of {recovery.id} {words}.")


def chain_holds(facts: Facts) -> Iterator[Breach]:
    """I7: every recovery's audit chain verifies, and the chain of an ended one tells its end."""
    for recovery in facts.recoveries:
        chain = facts.chains[recovery.id]
        if not chain:
            yield Breach("I7", f"{recovery.id} has no audit entries.")
            continue
        for problem in verify(map(_entry, chain), facts.keys, recovery_id=recovery.id).problems:
            yield Breach("I7", f"{recovery.id}, audit entry {problem.seq}: {problem.kind}.")
        closed = any(row.kind in CLOSED_BY for row in chain)
        if State(recovery.state).is_end and not closed:
            yield Breach("I7", f"{recovery.id} has ended {recovery.state}, and its chain does not say so.")


def _entry(row: AuditRow) -> AuditEntry:
    return AuditEntry(row.seq, row.at, row.kind, row.body, row.previous, row.mac, row.key_id)


def as_approved(facts: Facts) -> Iterator[Breach]:
    """I9: wherever a wave exists, the plan in the ledger hashes to what a decision approved before it."""
    for recovery in facts.recoveries:
        waves = facts.waves[recovery.id]
        if not waves:
            continue
        executed = hash_of(recovery, facts.rows[recovery.id], facts.made)
        if executed != recovery.approved_hash and not _put_back(recovery, facts.chains[recovery.id]):
            approved = (recovery.approved_hash or "nothing")[:12]
            yield Breach("I9", f"{recovery.id} executes plan {executed[:12]}; approved was {approved}.")
        first = min(unix(wave.intent_at) for wave in waves)
        if not any(
            one.approved and one.plan_hash == executed and unix(one.at) <= first
            for one in facts.decisions[recovery.id]
        ):
            yield Breach("I9", f"{recovery.id} sent its first wave before plan {executed[:12]} was approved.")


def _put_back(recovery: Recovery, chain: tuple[AuditRow, ...]) -> bool:
    # A ledger that was put back to a copy takes the approval of what was begun: a person is asked again.
    last = next((row.kind for row in reversed(chain) if row.kind in {"restored", "approved"}), "")
    return recovery.approved_hash is None and last == "restored"


def hash_of(
    recovery: Recovery, rows: tuple[Planned, ...], made: Mapping[int, KeptDecision] | None = None
) -> str:
    """Return SHA-256 over job, policy, order, contacts, decisions and the platform, spelled out anew."""
    placed = sorted((row.position, row.contact_id) for row in rows if row.position is not None)
    body: dict[str, object] = {
        "v": 1,
        "job": [recovery.workspace, recovery.platform, recovery.job_id],
        "policy": {name: value for name, value in recovery.policy.items() if _is_hashed(name, value)},
        "order": [contact_id for _, contact_id in placed],
        "contacts": sorted([row.contact_id, row.phone or "", row.action] for row in rows),
    }
    followed = [(made or {})[row.decision] for row in rows if row.decision]
    if followed:
        body["decisions"] = sorted([one.contact_id, one.choice, one.by, one.because] for one in followed)
    if bound := (recovery.source or {}).get("bound"):
        mapping = bound["mapping"] and bound["mapping"]["sha256"]
        body["platform"] = {"capabilities": bound["capabilities"], "mapping": mapping}
    return hashlib.sha256(json.dumps(body, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _is_hashed(name: str, value: object) -> bool:
    said = name not in TIMING and name not in NOTES
    return said and (name not in PLAIN or value != PLAIN[name])


def nobody_lost(facts: Facts) -> Iterator[Breach]:
    """Nobody is silently lost: every contact of the source is in every frozen plan exactly once."""
    source = Counter(str(one["recipient_id"]) for one in facts.people)
    for recovery in facts.recoveries:
        if recovery.plan_hash is None:
            continue
        planned = Counter(row.contact_id for row in facts.rows[recovery.id])
        for words, found in (("are missing from", source - planned), ("are too many in", planned - source)):
            if found:
                yield Breach("lost", f"{found.total()} contacts {words} the plan of {recovery.id}.")


def outcomes_happened(facts: Facts) -> Iterator[Breach]:
    """Nobody is silently lost: outcomes have calls, calls have outcomes, and a good end has them all."""
    for recovery in facts.ended:
        rang = {dial.recipient_id for dial, _ in facts.ours(recovery.id)}
        in_time = {d.recipient_id for d, _ in facts.ours(recovery.id) if d.at <= unix(recovery.ended_at)}
        for row in facts.rows[recovery.id]:
            if row.state != DispatchState.ACCEPTED.value:
                continue
            if row.outcome in RANG and row.contact_id not in rang:
                words = f"reads {row.outcome}, but nobody was dialled"
                yield Breach("lost", f"{recovery.id} row {row.row} {words}.")
            if row.outcome == "undelivered" and row.contact_id in in_time:
                yield Breach("lost", f"{recovery.id} row {row.row} reads undelivered and was dialled.")
            if row.outcome is None and recovery.state == State.RECOVERED.value:
                yield Breach("lost", f"{recovery.id} is recovered, and row {row.row} has no outcome.")
