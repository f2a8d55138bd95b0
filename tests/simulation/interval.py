"""How far a share that was seen may lie from the true one: for display, never for a decision."""

import math
from dataclasses import dataclass

_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Interval:
    """The range of true shares that fit what was seen, both between 0 and 1."""

    low: float
    high: float

    def message(self) -> str:
        """Say the range in whole percent, rounded outwards."""
        return f"{math.floor(100 * self.low)}\N{EN DASH}{math.ceil(100 * self.high)} %"


def wilson(k: int, n: int, z: float = _Z95) -> Interval:
    """Return Wilson's score interval for k of n; without data it is 0 to 1.

    `z` is the normal quantile, by default for 95 %. It keeps its coverage in samples as small as ours, which
    the textbook interval does not (Brown, Cai and DasGupta, Statistical Science 16, 2001).
    Raises ValueError on counts that cannot be.
    """
    _check(k, n)
    if n == 0:
        return Interval(0.0, 1.0)
    share = k / n
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    middle, scale = share + z * z / (2 * n), 1 + z * z / n
    low = (middle - spread) / scale if k else 0.0
    high = (middle + spread) / scale if k < n else 1.0
    return Interval(low, high)


def _check(k: int, n: int) -> None:
    """Refuse counts that cannot be."""
    if not 0 <= k <= n:
        raise ValueError(f"{k} of {n} is not a share.")
