"""The relaunch's monitor: evidence that dispatches fail more often than they may, valid at any look.

For each rate q above the threshold t the likelihood ratio of q against t is a product whose factors have mean
1 + (p - t)(q - t) / (t (1 - t)) <= 1 at every true rate p <= t, so each ratio, every mixture of such ratios
and every mixture over the moments at which they start is a test supermartingale that begins at 1 (at p = t a
martingale). By Ville's inequality it ever reaches 1 / alpha with a chance of at most alpha, however often and
whenever it is looked at.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

from models.enums import VerdictWord
from models.verdict.sprt import Verdict

TRANSIENT_THRESHOLD = 0.10
"""The failure rate that a relaunch may show: twice the healthy 5 % of the sample's test, a third of its sick
30 %. About midway in ratio, so a healthy platform keeps a wide margin and a sick one is far outside."""

ALPHA = 0.05
_RATES = 12
_TOP = 0.95
_DENSER = 1.5


@dataclass(frozen=True, slots=True)
class Monitor:
    """The evidence so far, wave by wave, so that a platform that sickens late is seen as well.

    Totals alone drown a late fault in the good calls before it. Here the test also starts anew after every
    wave: half of the weight lies on the first start and 1 / (2 i (i + 1)) on the one after wave i.
    """

    threshold: float = TRANSIENT_THRESHOLD
    alpha: float = ALPHA
    n: int = 0
    k: int = 0
    waves: int = 0
    logs: tuple[float, ...] = (math.log(0.5 / _RATES),) * _RATES
    """The log of the weighted evidence of all starts, one for each alternative rate."""

    def update(self, n: int, k: int) -> "Monitor":
        """Return the monitor after a further wave of n dispatches, of which k failed.

        Feed waves in the order in which they were sent; one still in the air counts with all its calls in n.
        An empty wave changes nothing. Stable for any n: nothing is multiplied. Raises ValueError on counts
        that cannot be.
        """
        ratios = _log_ratios(n, k, self.threshold)
        if n == 0:
            return self
        waves = self.waves + 1
        start = -math.log(2 * waves * (waves + 1) * _RATES)
        logs = tuple(_log_sum((log + ratio, start)) for log, ratio in zip(self.logs, ratios, strict=True))
        return replace(self, n=self.n + n, k=self.k + k, waves=waves, logs=logs)

    @property
    def log_evidence(self) -> float:
        """The log of the e-value, in nats: all starts so far and, at 1, the weight of those to come."""
        return _log_sum((*self.logs, -math.log(2 * (self.waves + 1))))

    def judge(self) -> Verdict:
        """Abort when the evidence reaches 1 / alpha, else continue; the statistic is its log, in nats."""
        weight = self.log_evidence
        seen = f"{self.k} of {self.n} dispatches of the relaunch failed"
        allowed = f"{100 * self.threshold:g} %"
        if weight >= -math.log(self.alpha):
            why = f"{seen}: clearly more than the {allowed} that may fail."
            return Verdict(VerdictWord.ABORT, self.n, self.k, weight, why)
        why = f"{seen}: no clear sign of more than {allowed}."
        return Verdict(VerdictWord.CONTINUE, self.n, self.k, weight, why)


@lru_cache(maxsize=16)
def rates(threshold: float) -> tuple[float, ...]:
    """Return the alternative rates above `threshold`, up to 95 %, denser near it to see a slight excess."""
    if not 0 < threshold < _TOP:
        raise ValueError(f"A threshold lies between 0 and {_TOP}; it is {threshold}.")
    low, high = _logit(threshold), _logit(_TOP)
    steps = ((step / _RATES) ** _DENSER for step in range(1, _RATES + 1))
    return tuple(1 / (1 + math.exp(-(low + (high - low) * step))) for step in steps)


def _log_ratios(n: int, k: int, threshold: float) -> tuple[float, ...]:
    """Return the log likelihood ratio of each alternative rate against the threshold."""
    if not 0 <= k <= n:
        raise ValueError(f"No wave has {k} failures among {n} dispatches.")
    return tuple(
        k * math.log(rate / threshold) + (n - k) * math.log((1 - rate) / (1 - threshold))
        for rate in rates(threshold)
    )


def _log_sum(logs: tuple[float, ...]) -> float:
    """Return the log of a sum of exponentials without overflow."""
    top = max(logs)
    return top + math.log(sum(math.exp(log - top) for log in logs))


def _logit(rate: float) -> float:
    """Return the log odds of a rate."""
    return math.log(rate / (1 - rate))
