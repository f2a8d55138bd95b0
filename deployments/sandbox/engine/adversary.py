"""All that the published format leaves open, drawn at random for one run of a platform."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from deployments.sandbox.engine.faults import Fault, make_fault

LONGEST_CREATE = 90.0
"""Seconds that a create may take; a client gives up after thirty."""
_HOURS = 3600.0
_SIDE_READS = ("/live-count", "/agents/", "/phone-numbers", "/conversations", "/sip-messages")
_SMALL, _BUSY = 5, 40

Options = dict[str, Any]


def random_adversary(seed: object, *, delay: float = 20.0) -> list[Fault]:
    """Return how one platform fills what the format leaves open, the same for the same seed.

    `delay` is the longest time in seconds for which a new job stays unseen.
    """
    dice = Random(f"adversary/{seed}")  # noqa: S311  no secret hangs on it
    drawn = ((name, made(dice, delay)) for name, share, made in _TRAITS if dice.random() < share)
    return [make_fault(name, **options) for name, options in drawn]


def _one(dice: Random, weights: Mapping[Any, float]) -> Any:
    return dice.choices(list(weights), list(weights.values()))[0]


def _order(dice: Random, _delay: float) -> Options:
    return {"word": dice.choice(("oldest", "name", "shuffled"))}


def _ends(dice: Random, _delay: float) -> Options:
    shares = {"unsaid": 5, "unsaid_cursor": 5, "repeat": 5, "nowhere": 1, "unknown": 1, "endless": 1}
    return {"word": _one(dice, shares)}


def _names(dice: Random, _delay: float) -> Options:
    return {"word": _one(dice, {"cut": 6, "upper": 2, "replaced": 2}), "n": dice.choice((12, 20, 30, 40))}


def _visible(dice: Random, delay: float) -> Options:
    # By its id a job is there sooner than in listings: nobody adopts what cannot be read.
    word = _one(dice, {"listed": 3, "random": 1})
    return {"word": word, "seconds": dice.uniform(0, delay if word == "listed" else delay / 2)}


def _slow(dice: Random, _delay: float) -> Options:
    return {
        "seconds": dice.uniform(5, LONGEST_CREATE),
        "skip": dice.randrange(3),
        "count": dice.choice((1, 2)),
    }


def _hidden(dice: Random, _delay: float) -> Options:
    word, on = _one(dice, {"dialled": 2, "handed": 1}), dice.choice(("cancel", "look"))
    return {"word": word, "on": on, "n": dice.randint(1, 3), "seconds": dice.uniform(1, 60)}


def _over(dice: Random, _delay: float) -> Options:
    return {"n": dice.choice((404, 409, 422))}


def _wakes(dice: Random, _delay: float) -> Options:
    return {"seconds": dice.uniform(1, dice.choice((LONGEST_CREATE, 2 * _HOURS))), "skip": dice.randrange(3)}


def _late(dice: Random, _delay: float) -> Options:
    return {"seconds": dice.uniform(1, 90)}


def _key(dice: Random, _delay: float) -> Options:
    return {"on": dice.choice(_SIDE_READS)}


def _refused(dice: Random, _delay: float) -> Options:
    asked = dice.choice((0, 0, "date", "soon", 1, 40))
    return {"retry_after": asked, "skip": dice.randrange(40), "count": dice.choice((1, 3))}


def _skew(dice: Random, _delay: float) -> Options:
    return {"seconds": dice.choice((-1, 1)) * dice.uniform(0.1, 12) * _HOURS}


def _nothing(_dice: Random, _delay: float) -> Options:
    return {}


_TRAITS: tuple[tuple[str, float, Callable[[Random, float], Options]], ...] = (
    ("list_order", 0.6, _order),
    ("page_size", 0.5, lambda dice, _: {"n": dice.choice((1, 2, 5, 30))}),
    ("page_ends", 0.4, _ends),
    ("names", 0.25, _names),
    ("visibility_delay", 0.5, _visible),
    ("slow_create", 0.15, _slow),
    ("hidden_dispatch", 0.12, _hidden),
    ("new_ids", 0.3, _nothing),
    ("numbers", 0.3, lambda dice, _: {"word": dice.choice(("plain", "spaced", "national"))}),
    ("output_model", 0.3, _nothing),
    ("call_results", 0.6, _nothing),
    ("cancel_over", 0.4, _over),
    ("cancel_then_500", 0.1, _nothing),
    ("cancel_late", 0.1, _late),
    ("cancel_lost", 0.06, _nothing),
    ("no_permission", 0.15, _key),
    ("foreign_live", 0.25, lambda dice, _: {"n": dice.randint(1, _SMALL)}),
    ("foreign_calls", 0.15, lambda dice, _: {"n": dice.randint(1, _BUSY)}),
    ("answer_429", 0.2, _refused),
    ("clock_skew", 0.08, _skew),
    ("wake_cancelled", 0.1, _wakes),
)
"""Each trait by its fault, how often a platform has it, and how it is drawn."""
