"""A person as the fence: what a recovery waits for, and what it goes on with."""

from pathlib import Path
from typing import Any

import pytest

from flows.recover import climb
from tasks.handovers.observe import NotTakenError
from tasks.ledger import plans, recoveries
from tasks.ledger.audit import entries
from tasks.runs.runner import run_claimed
from tasks.runtime.wiring import claim
from tests.integration.handovers.voqo_site import JOB, STALL, VoqoSite

MAPPED = {"values": {"Trunk down": "transient"}}


@pytest.fixture
def site(tmp_path: Path) -> VoqoSite:
    """Return a workspace with a stalled job, whose plans need no approval."""
    made = VoqoSite(tmp_path, MAPPED, approval="auto", lease_seconds=3600)
    reported = made.report((1, "completed"), (2, "Trunk down"))
    made.observe(upload=made.upload(5), report=reported, processed=2)
    made.clock.sleep(STALL)
    made.observe(processed=2)
    return made


def run(site: VoqoSite) -> dict[str, Any]:
    """Run the job's recovery, or go on with it, until it waits or ends."""
    ctx = site.context()
    claim(ctx)
    return run_claimed(ctx, climb)


def stopped(site: VoqoSite, recovery_id: str, **told: Any) -> None:
    """Say that the job is stopped."""
    site.observe(None, stopped_for=recovery_id, **told)


def kinds(site: VoqoSite, recovery_id: str) -> list[str]:
    """Return the kinds of entries of a recovery's audit."""
    return [one.kind for one in entries(site.handovers.ledger, recovery_id)]


@pytest.mark.strikes("fence.asks_a_person")
def test_nobody_is_called_before_a_person_has_stopped_the_job(site: VoqoSite) -> None:
    """An approved plan waits, resumably, and asks in words for a stop, a name and the report of after it."""
    told = run(site)
    assert told["state"] == "held"
    assert recoveries.get(site.handovers.ledger, told["recovery_id"]).resumable
    assert told["counts"]["accepted"] == told["counts"]["unknown"] == 0
    assert f"ringback confirm-stopped {told['recovery_id']} --by NAME --report FILE" in told["next_action"]
    assert run(site)["recovery_id"] == told["recovery_id"]
    assert "fenced" not in kinds(site, told["recovery_id"])


def test_a_confirmed_stop_goes_on_and_the_audit_keeps_who(site: VoqoSite) -> None:
    """With a name and the report of after the stop the fence holds; who said so stands in the chain."""
    first = run(site)
    stopped(site, first["recovery_id"], by="Ana", report=site.report((1, "completed"), (2, "Trunk down")))
    run(site)
    chain = {one.kind: one.body for one in entries(site.handovers.ledger, first["recovery_id"])}
    assert chain["stopped"]["by"] == "Ana"
    assert chain["fenced"]["moved"] == 0


def test_whom_the_job_called_until_the_stop_leaves_the_plan(site: VoqoSite) -> None:
    """The report of after the stop shows a call since the plan: that contact is not called again."""
    first = run(site)
    since = site.report((1, "completed"), (2, "Trunk down"), (3, "completed"), (4, "failed"))
    stopped(site, first["recovery_id"], report=since)
    run(site)
    rows = {row.row: row for row in plans.contacts(site.handovers.ledger, first["recovery_id"])}
    assert [rows[n].state for n in (3, 4)] == ["skipped", "skipped"]
    assert rows[2].state != "skipped"


@pytest.mark.strikes("fence.nothing_told")
def test_a_name_alone_is_not_enough(site: VoqoSite) -> None:
    """A stop without a report or a counter of after it does not tell whom the job called until then."""
    first = run(site)
    stopped(site, first["recovery_id"])
    told = run(site)
    assert (told["state"], "fenced" in kinds(site, first["recovery_id"])) == ("held", False)
    assert "ringback observe" in told["next_action"]


@pytest.mark.strikes("fence.hidden_dispatch")
def test_a_counter_that_went_on_holds(site: VoqoSite) -> None:
    """The dashboard counts more than before the plan and no report shows whom: nobody is called."""
    first = run(site)
    stopped(site, first["recovery_id"], processed=4)
    told = run(site)
    assert told["state"] == "held"
    assert "more contacts since the plan" in kinds_why(site, first["recovery_id"])
    stopped(site, first["recovery_id"], processed=4, report=site.report(
        (1, "completed"), (2, "Trunk down"), (3, "failed"), (4, "failed")))  # fmt: skip
    run(site)
    assert "fenced" in kinds(site, first["recovery_id"])


def kinds_why(site: VoqoSite, recovery_id: str) -> str:
    """Return why a recovery came to rest last."""
    ends = [one.body["why"] for one in entries(site.handovers.ledger, recovery_id) if one.kind == "ended"]
    return str(ends[-1])


@pytest.mark.strikes("fence.runs_again")
def test_a_job_that_runs_again_is_asked_about_again(site: VoqoSite) -> None:
    """A later hand-over by which the job runs takes the word back: the recovery asks anew."""
    first = run(site)
    stopped(site, first["recovery_id"], processed=2)
    site.observe("Running", processed=2)
    told = run(site)
    assert (told["state"], "fenced" in kinds(site, first["recovery_id"])) == ("held", False)
    assert "confirm-stopped" in told["next_action"]


def test_the_word_is_for_the_recovery_that_asked(site: VoqoSite) -> None:
    """What was said to one recovery lets no other one dial."""
    run(site)
    stopped(site, "r_0000000000", processed=2)
    assert run(site)["state"] == "held"


def test_a_report_of_before_is_no_report_of_after(site: VoqoSite) -> None:
    """The stop comes with a report of before: it is refused, and nothing is confirmed by it."""
    first = run(site)
    with pytest.raises(NotTakenError):
        stopped(site, first["recovery_id"], report=site.report((1, "completed"), name="old.csv"))
    assert "confirm-stopped" in run(site)["next_action"]
    assert site.context().platform.get_job(JOB).status.value == "running"
