"""What is wrong with the rows of an audit chain, each by its place and its kind."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from models.audit.links import FIRST, GENESIS, AuditEntry, Head


class ChainFault(StrEnum):
    """What can be wrong with a row of the chain."""

    EDITED = "edited"
    REMOVED = "removed"
    REORDERED = "reordered"
    INSERTED = "inserted"
    BROKEN_LINK = "broken_link"  # signed, yet it does not follow the row before it
    UNKNOWN_KEY = "unknown_key"  # signed with a key that was not given
    OTHER_CHAIN = "other_chain"  # signed, but not the chain of which the head was exported


@dataclass(frozen=True, slots=True)
class ChainProblem:
    """One row that does not hold, by its place in the chain (from 1; 0 where it concerns all of it)."""

    seq: int
    kind: ChainFault
    message: str


@dataclass(frozen=True, slots=True)
class ToldApart:
    """The signed row of each place, their numbers in the order stored, and what is wrong with the others."""

    signed: dict[int, AuditEntry]
    stored: tuple[int, ...]
    problems: tuple[ChainProblem, ...]


def tell_apart(
    rows: Sequence[AuditEntry], genuine: Sequence[bool], keys: Collection[str], head: Head | None
) -> ToldApart:
    """Give every row its place: signed rows by their number, the others where a number is free."""
    kept, problems = _kept(rows, genuine)
    last = max([*kept, head.seq if head else 0], default=0)
    taken = set(kept)
    before = FIRST - 1
    for row, is_signed in zip(rows, genuine, strict=True):
        place = row.seq if is_signed else _place(row, before, taken, last)
        if not is_signed:
            problems.append(_unsigned(row, place, keys))
        before = place or before
        taken.add(before)
    problems += [
        ChainProblem(seq, ChainFault.REMOVED, f"Row {seq} is missing: it was removed after it was written.")
        for seq in range(FIRST, last + 1)
        if seq not in taken
    ]
    signed = {seq: rows[index] for seq, index in kept.items()}
    return ToldApart(signed, tuple(sorted(kept, key=kept.__getitem__)), tuple(problems))


def reordered(stored: Sequence[int]) -> list[ChainProblem]:
    """Name the signed rows that do not stand where their number belongs."""
    return [
        ChainProblem(seq, ChainFault.REORDERED, f"Row {seq} stands where row {belongs} belongs.")
        for seq, belongs in zip(stored, sorted(stored), strict=True)
        if seq != belongs
    ]


def broken_links(signed: Mapping[int, AuditEntry]) -> list[ChainProblem]:
    """Name the signed rows that do not follow the signed row before them."""
    expected = {seq + 1: row.mac for seq, row in signed.items()} | {FIRST: GENESIS}
    return [
        ChainProblem(
            seq,
            ChainFault.BROKEN_LINK,
            f"Row {seq} is signed but does not follow row {seq - 1} as it stands.",
        )
        for seq, row in signed.items()
        if row.previous != expected.get(seq, row.previous)
    ]


def against_head(head: Head | None, signed: Mapping[int, AuditEntry], recovery_id: str) -> list[ChainProblem]:
    """Name what contradicts the exported head."""
    if head is None:
        return []
    if recovery_id and head.recovery_id != recovery_id:
        words = f"The exported head is of recovery {head.recovery_id}, not of {recovery_id}."
        return [ChainProblem(0, ChainFault.OTHER_CHAIN, words)]
    if head.seq not in signed or signed[head.seq].mac == head.mac:
        return []
    words = (
        f"Row {head.seq} is signed but is not the one whose head was exported: the chain was written anew."
    )
    return [ChainProblem(head.seq, ChainFault.OTHER_CHAIN, words)]


def _kept(rows: Sequence[AuditEntry], genuine: Sequence[bool]) -> tuple[dict[int, int], list[ChainProblem]]:
    """Keep the index of one signed row for each number: the one that stands after its predecessor."""
    kept: dict[int, int] = {}
    follows: set[int] = set()
    problems: list[ChainProblem] = []
    before = FIRST - 1
    for index, row in enumerate(rows):
        if not genuine[index]:
            continue
        if row.seq in kept:
            words = f"Row {row.seq} stands more than once: a copy was inserted."
            problems.append(ChainProblem(row.seq, ChainFault.INSERTED, words))
        fits = before == row.seq - 1 and row.seq not in follows
        if fits or row.seq not in kept:
            kept[row.seq] = index
        follows |= {row.seq} if fits else set()
        before = row.seq
    return kept, problems


def _place(row: AuditEntry, before: int, taken: set[int], last: int) -> int | None:
    """Return which place an unsigned row holds: the one it claims, or the free one where it stands."""
    if isinstance(row.seq, int) and FIRST <= row.seq <= last and row.seq not in taken:
        return row.seq
    return before + 1 if before + 1 not in taken else None


def _unsigned(row: AuditEntry, place: int | None, keys: Collection[str]) -> ChainProblem:
    """Name what is wrong with a row whose MAC does not fit its content."""
    claim = row.seq if isinstance(row.seq, int) else 0
    if place is None:
        words = f"A row that calls itself {claim} was inserted: its place is taken and its MAC does not fit."
        return ChainProblem(claim, ChainFault.INSERTED, words)
    if row.key_id not in keys:
        words = f"Row {place} names the key {row.key_id!r}, which was not given: it proves nothing."
        return ChainProblem(place, ChainFault.UNKNOWN_KEY, words)
    words = f"Row {place} was edited, or added without the key: its content does not fit its MAC."
    return ChainProblem(place, ChainFault.EDITED, words)
