"""The audit chain: what a recovery did, written so that a later change shows.

Each entry carries an HMAC-SHA256 over its own content and the MAC of the entry before it. A row that was
edited, removed, reordered or inserted therefore fails to verify, and verify names it.

What the chain cannot do: whoever holds the key can write the whole chain anew, and a key retired by
rotation can still sign until it is left out of the keys given to verify. The newest rows can be cut off
without a trace unless a `Head` was exported to a place that the writer of the ledger cannot reach. The chain
proves that what stands there was written by the key's holder in this order; it does not prove that everything
was written.
"""

import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.audit.faults import ChainFault, ChainProblem, against_head, broken_links, reordered, tell_apart
from models.audit.links import AuditEntry, AuditKey, Head, append, head_of, mac_of

__all__ = [
    "AuditEntry",
    "AuditKey",
    "ChainFault",
    "ChainProblem",
    "Head",
    "Verification",
    "append",
    "head_of",
    "verify",
]


@dataclass(frozen=True, slots=True)
class Verification:
    """The chain's examination: `count` rows hold by themselves; it is ok when there is no problem."""

    ok: bool
    count: int
    problems: tuple[ChainProblem, ...]


def verify(
    entries: Iterable[AuditEntry],
    keys: Mapping[str, bytes],
    *,
    head: Head | None = None,
    recovery_id: str = "",
) -> Verification:
    """Examine a chain in the order in which it is stored and name every row that does not hold.

    `keys` maps key ids to secrets. With `head`, a removed end and a chain written anew before the head are
    found too. Never raises for what stands in a row.
    """
    rows = tuple(entries)
    genuine = [_is_signed(row, keys, recovery_id) for row in rows]
    found = tell_apart(rows, genuine, keys, head)
    problems = sorted(
        [
            *found.problems,
            *reordered(found.stored),
            *broken_links(found.signed),
            *against_head(head, found.signed, recovery_id),
        ],
        key=lambda problem: (problem.seq, problem.kind),
    )
    return Verification(not problems, len(found.signed), tuple(problems))


def _is_signed(row: AuditEntry, keys: Mapping[str, bytes], recovery_id: str) -> bool:
    """Tell whether a row carries the MAC that its content and a key we hold give."""
    secret = keys.get(row.key_id)
    if secret is None or not isinstance(row.mac, str) or not isinstance(row.seq, int):
        return False
    try:
        expected = mac_of(row, secret, recovery_id)
    except ValueError:
        return False
    return hmac.compare_digest(expected.encode(), row.mac.encode("utf-8", "replace"))
