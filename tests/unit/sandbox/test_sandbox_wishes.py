"""What `ringback sandbox` is asked for is what its world is like."""

from dataclasses import asdict

import pytest

from deployments.sandbox.command import Wishes
from deployments.sandbox.registry import Registry
from deployments.sandbox.wire.bodies import WorldIn


@pytest.mark.parametrize("campaigns", [True, False])
def test_an_account_has_campaigns_where_they_are_wished_for(campaigns: bool) -> None:
    """`--campaigns` opens an account that has them; without it there are none, as on most accounts."""
    wishes = Wishes("permit-leak", seed=3, contacts=12, speed=60, campaigns=campaigns)
    _, scene = Registry().open(WorldIn(**asdict(wishes), faults=[]))
    assert scene.world.campaigns.enabled is campaigns
    assert len(scene.job.rows) == 12
