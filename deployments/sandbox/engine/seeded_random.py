"""Seeded draws that depend on names and not on order, so that a world plays the same however it is asked."""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from math import exp
from random import Random
from statistics import NormalDist

_NORMAL = NormalDist()
_STEPS = 2**48


def draw(*parts: object) -> float:
    """Return a number strictly between 0 and 1 that depends on the parts alone."""
    digest = blake2b("/".join(map(str, parts)).encode(), digest_size=6).digest()
    return (int.from_bytes(digest, "big") + 0.5) / _STEPS


def token(*parts: object) -> str:
    """Return 24 hexadecimal characters that depend on the parts alone."""
    return blake2b("/".join(map(str, parts)).encode(), digest_size=12).hexdigest()


def carrier_sid(kind: str, *parts: object) -> str:
    """Return an id as Twilio writes one: two letters and 32 hexadecimal characters."""
    return kind + blake2b("/".join(map(str, parts)).encode(), digest_size=16).hexdigest()


def lognormal(u: float, median: float, sigma: float) -> float:
    """Turn a draw into a lognormal value; `median` carries the unit."""
    return median * exp(sigma * _NORMAL.inv_cdf(u))


def pick(weights: Mapping[str, float], u: float) -> str:
    """Turn a draw into one key of the weights; the weights need not add up to 1."""
    left = u * sum(weights.values())
    for key, weight in weights.items():
        left -= weight
        if left < 0:
            return key
    return next(reversed(list(weights)))


def deal(shares: Mapping[str, float], count: int, rng: Random) -> list[str]:
    """Return `count` keys in the proportions of the shares (largest remainder), shuffled."""
    whole = sum(shares.values())
    exact = {key: share / whole * count for key, share in shares.items()}
    dealt = [key for key, amount in exact.items() for _ in range(int(amount))]
    by_remainder = sorted(exact, key=lambda key: int(exact[key]) - exact[key])
    dealt += by_remainder[: count - len(dealt)]
    rng.shuffle(dealt)
    return dealt


def spaced(start: float, end: float, count: int, rng: Random) -> Sequence[float]:
    """Return `count` rising moments between start and end (seconds), the last one at the end."""
    step = (end - start) / max(count, 1)
    return [end - step * (count - 1 - n) - rng.random() * step * 0.5 * (n < count - 1) for n in range(count)]
