"""What the ended dispatches of a phase say: the figures that verdicts are made of."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from models.enums import Disposition
from models.reasons.refusals import REFUSALS, is_wall
from models.reasons.ruling import is_guess

SUCCEEDED = frozenset(
    {Disposition.REACHED, Disposition.LATER, Disposition.DECLINED, Disposition.DO_NOT_CONTACT}
)
UNRESOLVED = frozenset({Disposition.AMBIGUOUS, Disposition.UNKNOWN, Disposition.IN_FLIGHT})
SHARED = frozenset({Disposition.PERMANENT, Disposition.OPERATOR})
PROVIDER = frozenset({Disposition.TRANSIENT})


@dataclass(frozen=True, slots=True)
class Tallied:
    """Ended dispatches `n`, failed ones `k`, unresolved ones, and the codes that may be shared."""

    n: int
    k: int
    unresolved: int
    total: int
    shared: Counter[str]


def tally(ended: Iterable[tuple[Disposition, str, bool]]) -> Tallied:
    """Count outcomes of (disposition, code, fault).

    No answer and busy are dispatches that succeeded; a dead number counts in neither; a fault counts as
    failed also where it ended a call that was answered.
    """
    triples = list(ended)
    kinds = Counter(kind for kind, _, _ in triples)
    k = sum(1 for kind, _, fault in triples if fault and kind not in UNRESOLVED)
    passed = sum(1 for kind, _, fault in triples if kind in SUCCEEDED and not fault)
    return Tallied(
        n=k + passed,
        k=k,
        unresolved=sum(kinds[kind] for kind in UNRESOLVED),
        total=len(triples),
        shared=_shared(triples),
    )


def _shared(triples: Sequence[tuple[Disposition, str, bool]]) -> Counter[str]:
    """Count the codes that may stop a wave: a guess from a text does not, one answer for all does."""
    found = Counter(
        code
        for kind, code, fault in triples
        if (kind in SHARED or (fault and kind not in PROVIDER)) and not is_guess(code)
    )
    refused = Counter(code for kind, code, _ in triples if kind in REFUSALS)
    walls = {code: count for code, count in refused.items() if is_wall(count, len(triples))}
    return found + Counter(walls)
