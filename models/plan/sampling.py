"""The sample's cohort: who goes first, drawn so that it looks like the whole plan and can be drawn again."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from heapq import heapify, heapreplace
from itertools import pairwise


@dataclass(frozen=True, slots=True)
class Candidate:
    """A contact that may be drawn.

    `key` names it, `stratum` is what it shares with others that may fail together (say number prefix and
    disposition), `position` is its row in the upload.
    """

    key: str
    stratum: str
    position: int


def draw(contacts: Sequence[Candidate], size: int, seed: str) -> tuple[str, ...]:
    """Draw at most `size` keys, in the order in which they are to be dispatched.

    Seats go to the strata in proportion (largest remainder), with one seat at least for each of the biggest
    as far as half of the seats reach; within a stratum they spread evenly over the upload. Failures that
    cluster would else fool the verdict: a correlation of 0.1 in the cohort more than triples its false go.
    The same contacts and seed give the same draw in whatever order they come; a key is drawn once at most.
    """
    unique = {contact.key: contact for contact in sorted(contacts, key=_first_seen, reverse=True)}
    strata: defaultdict[str, list[Candidate]] = defaultdict(list)
    for contact in unique.values():
        strata[contact.stratum].append(contact)
    seats = allot({name: len(members) for name, members in strata.items()}, size, seed)
    picked = [key for name, count in seats.items() for key in _spread(strata[name], count, seed)]
    return tuple(sorted(picked, key=lambda key: _rank(seed, "order", key)))


def allot(strata: Mapping[str, int], size: int, seed: str) -> dict[str, int]:
    """Share `size` seats out over strata of the given sizes; ties fall by the seed."""
    total = sum(strata.values())
    left = min(size, total)
    if left <= 0:
        return {}
    tie = {name: _rank(seed, "stratum", name) for name in strata}
    biggest = sorted(strata, key=lambda name: (-strata[name], tie[name]))
    seats = dict.fromkeys(biggest[: (left + 1) // 2], 1)
    needy = [(seats.get(name, 0) * total - left * strata[name], tie[name], name) for name in strata]
    heapify(needy)
    for _ in range(left - len(seats)):
        surplus, _tie, name = needy[0]
        seats[name] = seats.get(name, 0) + 1
        heapreplace(needy, (surplus + total, tie[name], name))
    return seats


def waves(order: Sequence[str], size_max: int) -> tuple[tuple[str, ...], ...]:
    """Cut a dispatch order into waves of at most `size_max`; raises ValueError where that is below 1."""
    if size_max < 1:
        raise ValueError(f"A wave holds at least one contact; its limit is {size_max}.")
    return tuple(tuple(order[at : at + size_max]) for at in range(0, len(order), size_max))


def ramp(previous: int, wave_max: int) -> int:
    """Return the size of the next wave: twice the previous one, at least 1, and never past `wave_max`."""
    return max(0, min(max(1, 2 * previous), wave_max))


def _spread(members: Iterable[Candidate], count: int, seed: str) -> list[str]:
    """Pick one member by the seed from each of `count` equal stretches of the upload."""
    row = sorted(members, key=_first_seen)
    edges = [len(row) * cut // count for cut in range(count + 1)]
    stretches = ([member.key for member in row[low:high]] for low, high in pairwise(edges))
    return [min(keys, key=lambda key: _rank(seed, "pick", key)) for keys in stretches]


def _first_seen(contact: Candidate) -> tuple[int, str, str]:
    """Order contacts by their place in the upload."""
    return contact.position, contact.key, contact.stratum


def _rank(seed: str, use: str, name: str) -> bytes:
    """Return a place in a random order that depends on nothing but the seed, the use and the name."""
    return sha256(f"{seed}\0{use}\0{name}".encode()).digest()
