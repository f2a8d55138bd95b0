"""Who was called twice because of a recovery: by the true history alone, over all recoveries and ledgers."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from models.masking.phone import mask_phone
from tests.invariants.facts import Breach, Facts
from tests.invariants.rungs import Rung

KNOWABLE = 60.0
"""Seconds for which a job has to have been visible before whoever sends a wave must have seen it."""
ONE_WAVE = 5
"""People that two ledgers which begin at the same moment may cost between them: the first wave of one."""


@dataclass(frozen=True, slots=True)
class Twice:
    """People called twice: `sure` where the platform would have told, `raced` by two ledgers at one moment.

    Whom a person's own job took up a moment before a wave was sent is in neither: nobody could know.
    """

    sure: frozenset[str]
    raced: frozenset[str]


def called_twice(
    rungs: Iterable[Rung],
    source: str,
    own: frozenset[str],
    decided: Mapping[tuple[str, str], float] | None = None,
) -> Twice:
    """Return whom a wave called although they were reached, or were being called by somebody else.

    `own` are the recoveries of one ledger: what these do to each other that ledger knows at once. Calls of
    the source job count only where they had reached the person: that it stands still is checked elsewhere.
    A call of a job that woke up after its cancel is nobody's wish; whoever sends a wave has to know of it.
    `decided` is when a person has decided that a recovery redials somebody, by person and recovery: what had
    rung before that was their risk, and is not because of the recovery.
    """
    people: defaultdict[str, list[Rung]] = defaultdict(list)
    for rung in rungs:
        people[rung.who].append(rung)
    sure: set[str] = set()
    raced: set[str] = set()
    for who, calls in people.items():
        for mine, other in _pairs(calls):
            if not _is_second(mine, other, source) or _is_risked(mine, other, decided or {}):
                continue
            if not _unknowable(mine, other, source, own):
                sure.add(who)
            elif other.marker and not other.woken:
                raced.add(who)
    return Twice(frozenset(sure), frozenset(raced - sure))


def _pairs(calls: list[Rung]) -> Iterator[tuple[Rung, Rung]]:
    ours = [call for call in calls if call.marker]
    return ((mine, other) for mine in ours for other in calls if other is not mine)


def _is_second(mine: Rung, other: Rung, source: str) -> bool:
    if mine.woken:
        return False
    if other.marker and mine.marker and other.marker.recovery_id == mine.marker.recovery_id:
        return other.at < mine.at
    if other.answered_at < mine.at:
        return True
    open_still = other.asked_at <= mine.asked_at < other.ended_at
    return open_still and other.job_id != source


def _is_risked(mine: Rung, other: Rung, decided: Mapping[tuple[str, str], float]) -> bool:
    of = mine.marker.recovery_id if mine.marker else ""
    return other.at < decided.get((mine.who, of), 0.0)


def _unknowable(mine: Rung, other: Rung, source: str, own: frozenset[str]) -> bool:
    recoveries = {one.marker.recovery_id for one in (mine, other) if one.marker}
    one_ledger = not other.woken and other.marker is not None and (len(recoveries) == 1 or recoveries <= own)
    if other.woken and other.asked_at >= mine.asked_at:
        # It began again by itself after we had asked: known once a look could tell, and only a wave whose
        # job is shown can be taken back. A create that is slow to answer has neither for as long as it takes.
        return mine.at <= max(other.asked_at, mine.visible_at) + KNOWABLE
    if one_ledger or other.job_id == source:
        return False
    return other.visible_at + KNOWABLE > mine.asked_at


def once_over_all_ledgers(facts: Facts) -> Iterator[Breach]:
    """I1: nobody is called twice, whichever recovery or ledger did it; two at once cost one wave at most."""
    decided = {(dial.who, wave.recovery_id): facts.decided_at(dial, wave) for dial, wave in facts.ours()}
    found = called_twice(facts.rungs, facts.job_key[2], facts.account, decided)
    for who in sorted(found.sure):
        yield Breach("I1", f"{mask_phone(f'+{who}')} was called twice because of a recovery.")
    if len(found.raced) > ONE_WAVE:
        yield Breach("I1", f"Two ledgers at once have called {len(found.raced)} people twice.")
