"""What tests share: a shop and a desk on a sandbox world, without Prefect."""

from pathlib import Path
from typing import Any

from deployments.sandbox.client import WorldInfo
from flows.recover import climb
from models.policy.policy import Policy
from tasks.context import RunContext
from tasks.runs.runner import run_claimed
from tasks.runtime.wiring import Runtime, claim, open_runtime
from tests.plain_settings import plain_settings

QUICK: dict[str, Any] = {
    "poll_seconds": 0.05,
    "stall_seconds": 3,
    "visibility_seconds": 0.3,
    "lease_seconds": 20,
    "approval": "auto",
}
"""A policy for worlds that play a call in a fraction of a second."""


def shop_for(world: WorldInfo, home: Path, **policy: Any) -> Runtime:
    """Open a shop on a world, with a quick policy; `database_url` may name another ledger."""
    database_url = policy.pop("database_url", None)
    settings = plain_settings(
        platform_url=world.url,
        platform_key=world.key,
        workspace=world.workspace_id,
        home=home,
        database_url=database_url,
    )
    shop = open_runtime(settings)
    chosen = Policy.model_validate({**QUICK, "permits": world.permits, **policy})
    return Runtime(settings, chosen, shop.keys, shop.ledger)


def desk_for(world: WorldInfo, home: Path, **policy: Any) -> RunContext:
    """Return a desk for a world's source job."""
    return shop_for(world, home, **policy).context(world.job_id)


def recover(world: WorldInfo, home: Path, **policy: Any) -> dict[str, Any]:
    """Run a whole recovery of a world's source job and return its report."""
    ctx = desk_for(world, home, **policy)
    claim(ctx)
    return run_claimed(ctx, climb)
