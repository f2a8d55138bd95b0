"""Whatever Retell's documents leave open: nobody is called twice, and every end is one that is known."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.fakes.retell import CREATE
from tests.integration.retell.retell_site import RetellSite

ENDS = {"recovered", "held", "escalated", "healthy"}
TRAITS: tuple[tuple[str, float, dict[str, tuple[Any, ...]]], ...] = (
    ("list_order", 0.5, {"word": ("oldest", "shuffled", "newest")}),
    ("page_size", 0.5, {"n": (1, 2, 5)}),
    ("page_ends", 0.5, {"word": ("unsaid", "unsaid_cursor", "repeat", "nowhere", "endless")}),
    ("accept_then_cut", 0.5, {"skip": (0, 1, 3), "count": (1, 2), "on": (CREATE,)}),
    ("accept_then_500", 0.5, {"skip": (0, 2, 4), "count": (1, 3), "on": (CREATE,)}),
    ("answer_429", 0.4, {"skip": (0, 3, 9), "count": (1, 3), "on": (CREATE, "")}),
    ("malformed_json", 0.3, {"skip": (0, 5), "on": ("", CREATE)}),
    ("page_cut", 0.3, {"skip": (0, 5), "on": ("/v3/list-calls", CREATE)}),
    ("clock_skew", 0.3, {"seconds": (-36_000, 36_000, 400, -400)}),
    ("foreign_live", 0.3, {"n": (1, 3)}),
    ("numbers", 0.2, {"word": ("plain", "spaced")}),
    ("duplicate_delivery", 0.1, {"skip": (0, 2)}),
)


def _armed(site: RetellSite, seed: int) -> list[str]:
    dice = Random(f"retell/{seed}")
    names = []
    for name, share, options in TRAITS:
        if dice.random() < share:
            site.fault(name, **{key: dice.choice(values) for key, values in options.items()})
            names.append(name)
    return names


@pytest.mark.parametrize("seed", range(1, 13))
def test_no_adversary_makes_a_wave_call_anybody_twice(tmp_path: Path, seed: int) -> None:
    """Odd pages, lost answers, limits, skewed clocks: each token is one call, by the façade's own record."""
    site = RetellSite(tmp_path, contacts=8)
    site.handed_over()
    traits = _armed(site, seed)
    ended: dict[str, Any] = {}
    for _ in range(6):
        ended = site.run()
        if ended["state"] != "held":
            break
        site.stopped(str(ended["recovery_id"]))
        site.clock.sleep(120)
    assert ended["state"] in ENDS
    delivered = [call for call in site.here.world.calls.values() if call.delivery == 1]
    made = [call.row.phone for call in delivered if call.row.job.order.name.startswith("call of")]
    assert len(made) == len(set(made)), traits
    if ended["state"] == "recovered" and "duplicate_delivery" not in traits:
        assert ended["counts"]["unknown"] == 0, traits
