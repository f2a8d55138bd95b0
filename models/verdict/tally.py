"""What the ended dispatches of a phase say: the figures that verdicts are made of."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.enums import Disposition
from models.reasons.refusals import REFUSALS, is_wall
from models.reasons.ruling import is_guess

Ended = tuple[Disposition, str, bool]
"""How a dispatch ended: disposition, code, and whether platform, provider or set-up failed."""
SUCCEEDED = frozenset(
    {Disposition.REACHED, Disposition.LATER, Disposition.DECLINED, Disposition.DO_NOT_CONTACT}
)
UNRESOLVED = frozenset({Disposition.AMBIGUOUS, Disposition.UNKNOWN, Disposition.IN_FLIGHT})
OPEN = UNRESOLVED - {Disposition.AMBIGUOUS}
"""Of whom not even a fault is known to be one."""
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


def tally(ended: Iterable[Ended]) -> Tallied:
    """Count outcomes of (disposition, code, fault); where they are counted already, take them as they are.

    No answer and busy are dispatches that succeeded; a dead number counts in neither; a fault counts as
    failed also where it ended a call that was answered, and where that is in doubt: then the person is.
    """
    counted = Counter(ended)
    k = sum(n for (kind, _, fault), n in counted.items() if fault and kind not in OPEN)
    unresolved = sum(
        n for (kind, _, fault), n in counted.items() if kind in OPEN or (kind in UNRESOLVED and not fault)
    )
    passed = sum(n for (kind, _, fault), n in counted.items() if kind in SUCCEEDED and not fault)
    total = counted.total()
    return Tallied(
        n=k + passed,
        k=k,
        unresolved=unresolved,
        total=total,
        shared=_shared(counted, total),
    )


def _shared(counted: Mapping[Ended, int], total: int) -> Counter[str]:
    """Count the codes that may stop a wave: a guess from a text does not, one answer for all does."""
    found, refused = Counter[str](), Counter[str]()
    for (kind, code, fault), count in counted.items():
        if (kind in SHARED or (fault and kind not in PROVIDER)) and not is_guess(code):
            found[code] += count
        if kind in REFUSALS:
            refused[code] += count
    walls = {code: count for code, count in refused.items() if is_wall(count, total)}
    return found + Counter(walls)
