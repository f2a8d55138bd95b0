"""A plan goes by what its platform could do when it was approved, and by the mapping of then."""

from dataclasses import replace
from pathlib import Path

import pytest

from flows.recover import climb
from tasks.ledger import plans, recoveries
from tasks.ledger.audit import entries
from tasks.runs.runner import run_claimed
from tasks.runtime.wiring import claim
from tests.integration.handovers.voqo_site import VoqoSite


def approved(site: VoqoSite) -> str:
    """Bring a job's recovery as far as an approved plan."""
    site.stalled(4, (1, "completed"))
    recovery_id = str(site.run()["recovery_id"])
    recoveries.decide(
        site.runtime.ledger, recovery_id, approved=True, by="Ana", reason="looks right", plan=None, via="test"
    )
    return recovery_id


@pytest.mark.strikes("prepare.other_platform")
def test_abilities_that_changed_after_the_approval_stop_the_recovery(tmp_path: Path) -> None:
    """Nobody is called under an approval of something else, and putting it back lets the recovery go on."""
    site = VoqoSite(tmp_path)
    recovery_id = approved(site)
    ctx = site.context()
    ctx.platform.declared = replace(ctx.platform.capabilities, can_stop=True)  # type: ignore[attr-defined]
    claim(ctx)
    told = run_claimed(ctx, climb)
    assert (told["recovery_id"], told["state"]) == (recovery_id, "held")
    assert "Put back what the plan was approved with" in told["next_action"]
    assert site.fake.requests == []
    again = site.run()
    assert again["recovery_id"] == recovery_id
    assert "confirm-stopped" in again["next_action"]


def test_what_a_plan_relies_on_stands_in_the_ledger_and_in_the_audit(tmp_path: Path) -> None:
    """Abilities by name beside the hash that covers them."""
    site = VoqoSite(tmp_path)
    recovery_id = approved(site)
    ledger = site.runtime.ledger
    (note,) = [one.body for one in entries(ledger, recovery_id) if one.kind == "planned"]
    kept = plans.bound_then(recoveries.get(ledger, recovery_id))
    assert kept is not None
    assert note["bound"] == kept
    assert (kept["capabilities"]["fence"], kept["mapping"]) == ("person", None)


def test_a_plan_of_before_goes_on_whatever_its_platform_can_do(tmp_path: Path) -> None:
    """An approval that bound nothing of its platform keeps its hash, and is executed."""
    site = VoqoSite(tmp_path)
    recovery_id = approved(site)
    ledger = site.runtime.ledger
    with ledger.write() as session:
        recovery = recoveries.find(session, recovery_id)
        recovery.source = {key: value for key, value in (recovery.source or {}).items() if key != "bound"}
        recovery.plan_hash = recovery.approved_hash = plans.executed_hash(ledger, recovery)
        session.add(recovery)
    ctx = site.context()
    ctx.platform.declared = replace(ctx.platform.capabilities, can_stop=True)  # type: ignore[attr-defined]
    claim(ctx)
    assert "confirm-stopped" in run_claimed(ctx, climb)["next_action"]
