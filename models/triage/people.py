"""Who is in a job, small enough to be kept from sweep to sweep: a keyed digest for each person, no number."""

from collections.abc import Iterable, Iterator, Mapping
from hashlib import blake2b

import phonenumbers

SIZE = 8
"""Bytes of a digest. Two people with one digest lead to a read too many, never to a wrong finding."""
_RULES = 1
"""To be raised where `models.contacts.phones` comes to name people otherwise."""


def recipe(secret: bytes, region: str | None) -> str:
    """Return what digests depend on beside the person: another recipe's digests tell nothing."""
    made = f"{_RULES} {phonenumbers.__version__} {region or ''}"
    return f"{made} {_digest('recipe', secret).hex()}"


def packed(people: Iterable[str], secret: bytes) -> bytes:
    """Return the digests of people, each once, in an order that tells nothing of the job's."""
    return b"".join(sorted({_digest(person, secret) for person in people}))


def digests(people: Iterable[str], secret: bytes) -> dict[bytes, str]:
    """Return people by their digest."""
    return {_digest(person, secret): person for person in people}


def among(people: bytes, wanted: Mapping[bytes, str]) -> Iterator[str]:
    """Yield which of the wanted are in a packed row of digests."""
    for start in range(0, len(people), SIZE):
        if (person := wanted.get(people[start : start + SIZE])) is not None:
            yield person


def _digest(person: str, secret: bytes) -> bytes:
    return blake2b(person.encode(), digest_size=SIZE, key=secret[:64]).digest()
