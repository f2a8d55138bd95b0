"""The adversary on every platform: one seed each here; `python -m tests.chaos --adversary` plays more."""

import pytest

from deployments.sandbox.engine.entities import JobSubmission
from deployments.sandbox.wire.voqo import MARK
from tests.chaos.faces.adverse import attempt
from tests.chaos.faces.adverse_suite import told_of
from tests.chaos.faces.adversity import drawn
from tests.chaos.faces.carried import TOLD, after_the_carriers_word, is_heard
from tests.chaos.faces.meddling import meddle
from tests.chaos.faces.strangers import after_a_stranger
from tests.conformance.suite.platforms import PLATFORMS
from tests.conformance.suite.run import folder
from tests.conformance.suite.site import Site

SEEDS = {"voqo": 1, "retell": 2, "vapi": 3, "http": 3, "vogent": 2}
"""Each with a lost or late answer; one of retell and one of vapi goes on with an older ledger."""

pytestmark = pytest.mark.timeout(600)


@pytest.mark.parametrize("name", SEEDS)
def test_nobody_is_called_twice_or_lost_on_a_platform_that_keeps_its_format_alone(name: str) -> None:
    """Lost and late answers, odd listings, strangers, an older ledger: each once, and the books agree."""
    outcome = attempt(PLATFORMS[name], SEEDS[name])
    assert outcome.breaches == ()
    assert outcome.called > 0
    assert len(outcome.struck) > 1


def test_a_job_that_somebody_cancels_while_it_is_looked_at_is_not_finished() -> None:
    """Running by its summary and cancelled by its rows is no end of anybody: it holds."""
    outcome = attempt(PLATFORMS["http"], 7)
    assert "meanwhile cancel_job" in outcome.struck
    assert outcome.ends == ("held",)


def test_the_judge_knows_a_call_after_anothers() -> None:
    """Whoever was called after a call of somebody else had been told of shows as called twice."""
    with folder() as at:
        site = Site(PLATFORMS["voqo"], at)
        source = site.here.scene.job.order
        row = ((None, site.here.scene.job.rows[-1].phone, None),)
        site.here.world.submit(JobSubmission("by hand", source.agent, source.number_id, row, cap=1))
        site.land()
        assert list(after_a_stranger(site)) == []
        site.here.world.submit(JobSubmission(f"{MARK} 9", source.agent, source.number_id, row, cap=1))
        site.land()
        assert [one.invariant for one in after_a_stranger(site)] == ["I1"]
        site.close()


HEARD = 6
"""A seed with a carrier on ElevenLabs: it tells of answers, and a second recovery calls others again."""


def test_whom_the_carrier_has_told_of_is_nobodys_next() -> None:
    """The platform calls their calls failed, the carrier answered: no later recovery calls them."""
    outcome = attempt(PLATFORMS["elevenlabs"], HEARD)
    assert is_heard(PLATFORMS["elevenlabs"], HEARD)
    assert outcome.breaches == ()
    assert outcome.struck[TOLD] > 0


def test_the_judge_knows_a_call_after_the_carriers_word() -> None:
    """Whoever was called after the carrier had told of an answer shows as called twice, and nobody else."""
    with folder() as at:
        site = Site(PLATFORMS["elevenlabs"], at)
        before = site.clock.now().timestamp()
        site.recover()
        site.land()
        (phone, _), *_ = site.dialled.items()
        assert list(after_the_carriers_word(site, {phone: site.clock.now().timestamp()})) == []
        assert [one.invariant for one in after_the_carriers_word(site, {phone: before})] == ["I1"]
        site.close()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", ["elevenlabs-campaigns", "http"])
def test_a_slow_create_that_is_due_between_two_ticks_of_our_clock_is_answered(name: str) -> None:
    """A façade counts in parts finer than a microsecond: the last of them passes, and all goes on."""
    with folder() as at:
        site = Site(PLATFORMS[name], at)
        meddle(site)
        site.fault("slow_create", seconds=5, count=1, on="")

        def between_two_ticks(_body: object) -> None:
            site.here.scene.world.advance(site.clock.now().timestamp() + 9e-7)

        site.here.before = between_two_ticks
        assert site.recover()["state"] == "recovered"
        slow = site.here.scene.world.faults.standing("slow_create")
        assert slow is not None
        assert slow.strikes == 1
        site.close()


@pytest.mark.parametrize("name", PLATFORMS)
def test_every_platform_meets_with_much_that_its_format_leaves_open(name: str) -> None:
    """Over twenty seeds a platform draws lost answers, late ones, odd orders, strangers; a seed is itself."""
    found = {fault.name for seed in range(1, 21) for fault in drawn(PLATFORMS[name], seed)}
    assert {"accept_then_500", "late_answer", "slow_create", "list_order", "meanwhile"} <= found
    assert drawn(PLATFORMS[name], 5) == drawn(PLATFORMS[name], 5)


def test_what_struck_is_counted_in_recoveries_and_times() -> None:
    """The result tells under which adversity a platform was played, and how often each struck."""
    told = told_of([attempt(PLATFORMS["cartesia"], seed) for seed in (1, 2)])
    assert told["trials"] == 2
    assert told["struck"]
    assert all(one["times"] >= one["trials"] >= 1 for one in told["struck"].values())
