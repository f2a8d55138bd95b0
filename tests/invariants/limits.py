"""What bounds a recovery: room for the workspace's other calls (I6), and an abort that holds (I8)."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

import psutil

from models.enums import State
from models.tables.ledger import Lease, Recovery, Wave
from tests.invariants.facts import Breach, Dial, Facts, unix


def room_left(facts: Facts) -> Iterator[Breach]:
    """I6: whenever a call of ours begins, the calls in the air leave the headroom free.

    Counted are the calls of all our recoveries in the account, and those of others that were in the air
    already when the wave was sent: who starts to call later takes the headroom, which is there for that.
    Leaked permits are no calls.
    """
    for recovery in facts.recoveries:
        most = int(recovery.policy["permits"]) - int(recovery.policy["headroom"])
        ours = facts.ours(recovery.id)
        since = min((unix(wave.intent_at) for _, wave in ours), default=0.0)
        late = [dial for dial in facts.dials if dial.ended_at > since]
        worst = max((_in_air(late, facts, dial, wave) for dial, wave in ours), default=0)
        if worst > most:
            yield Breach("I6", f"{recovery.id} had {worst} calls in the air; {most} were allowed.")


def _in_air(dials: Sequence[Dial], facts: Facts, dial: Dial, wave: Wave) -> int:
    live = (other for other in dials if other.at <= dial.at < other.ended_at)
    sent = unix(wave.intent_at)
    return sum(1 for other in live if facts.is_ours(other) or other.at < sent)


def permits_kept(facts: Facts) -> Iterator[Breach]:
    """I6: permits held, from the hand-over to the end of the wrap-up, leave the headroom free as well.

    Held for nothing before the first wave does not count; nor can it be told where others call meanwhile.
    """
    for recovery in facts.recoveries:
        ours = facts.ours(recovery.id)
        since = min((unix(wave.intent_at) for _, wave in ours), default=float("inf"))
        until = max((dial.ended_at for dial, _ in ours), default=0.0)
        if any(not facts.is_ours(d) and since <= d.at <= until for d in facts.dials):
            continue
        leaked = next((held - live for at, held, live in reversed(facts.samples) if at < since), 0)
        peak = max((held for at, held, _ in facts.samples if since <= at <= until), default=0) - leaked
        most = int(recovery.policy["permits"]) - int(recovery.policy["headroom"])
        if peak > most:
            yield Breach("I6", f"{recovery.id} held {peak} permits; {most} were allowed.")


def let_go(facts: Facts) -> Iterator[Breach]:
    """I6: a recovery that has ended, or waits for a person, holds the job no longer."""
    by_id = {recovery.id: recovery for recovery in facts.recoveries}
    for lease in facts.leases:
        recovery = by_id.get(lease.recovery_id)
        if recovery and recovery.state != State.RUNNING.value and _is_kept(lease):
            yield Breach("I6", f"{recovery.id} is {recovery.state} and still holds the lease of its job.")


def _is_kept(lease: Lease) -> bool:
    # A process that was killed lets go of nothing; its lease binds nobody once it is gone.
    return bool(lease.pid) and lease.expires_at > datetime.now(UTC) and psutil.pid_exists(lease.pid)


def stopped_after_abort(facts: Facts) -> Iterator[Breach]:
    """I8: after an abort no wave is written down, and at most wave - 1 further dispatches ring."""
    for recovery in facts.recoveries:
        if recovery.aborted_at:
            yield from _after_abort(facts, recovery, unix(recovery.aborted_at))


def _after_abort(facts: Facts, recovery: Recovery, aborted: float) -> Iterator[Breach]:
    waves = facts.waves[recovery.id]
    late = [wave.n for wave in waves if unix(wave.intent_at) > aborted]
    if late:
        yield Breach("I8", f"{recovery.id} was aborted and sent waves {late} afterwards.")
    further = sum(1 for dial, _ in facts.ours(recovery.id) if dial.at > aborted)
    biggest = max((wave.size for wave in waves), default=1)
    if further > biggest - 1:
        words = f"rang {further} more contacts after its abort; a wave holds {biggest}"
        yield Breach("I8", f"{recovery.id} {words}.")
