"""Waves as campaigns: asked again by their key, compared, stopped for good; nobody is called twice."""

import asyncio
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments.sandbox.engine.campaigns import Made
from deployments.sandbox.engine.entities import Job, JobSubmission
from models.enums import Find
from tasks.ledger import recoveries, waves
from tasks.platforms.elevenlabs.campaigns.assumed import TOKEN_SECONDS
from tasks.platforms.elevenlabs.campaigns.lists import PATH
from tasks.platforms.port import Assumes
from tests.conformance.suite.here import URL
from tests.conformance.suite.judged import breaches
from tests.conformance.suite.platforms import PLATFORMS
from tests.conformance.suite.site import Site

FACE = PLATFORMS["elevenlabs-campaigns"]
SUBMIT = f"POST {PATH}/submit"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Return an account with campaigns and a batch whose dispatcher has died."""
    return Site(FACE, tmp_path)


def recovered(site: Site) -> dict[str, Any]:
    """Run to the end, which has to be a good one, with every promise kept by the façade's own record."""
    told = site.recover()
    assert told["state"] == "recovered", (told["next_action"], site.why(str(told["recovery_id"])))
    judged(site)
    assert set(site.dialled) == set(site.states(str(told["recovery_id"])))
    return told


def judged(site: Site) -> None:
    """Hold what truly happened against the promises."""
    site.land()
    assert site.twice == {}
    assert breaches(site) == ()


def ours(site: Site) -> list[Job]:
    """Return the campaigns that waves have made."""
    return [job for job in site.here.world.jobs.values() if job.order.name.startswith("rb-")]


def once(act: Any) -> Any:
    """Return what acts on the first create alone."""
    left = iter([True])

    def meddle(body: Any) -> None:
        if next(left, False):
            act(body)

    return meddle


def raising(_body: Any) -> None:
    """Lose a request or its answer."""
    raise httpx.ReadError("cut")


def another(site: Site, name: str, key: str, people: int = 1) -> Job:
    """Let the account hold a campaign of others under a key of ours."""
    world = site.here.world
    agent, number = next(iter(world.agents.values())), next(iter(world.numbers))
    rows = tuple((f"x{n}", f"+6149157{n:04d}", None) for n in range(people))
    job: Job = world.submit(JobSubmission(name, agent, number, rows, cap=1))
    world.campaigns.made[job.id], world.campaigns.keys[key] = Made(), job.id
    return job


def repeated(site: Site, body: Any) -> httpx.Response:
    """Deliver a create once more, as a proxy does."""
    headers = {"xi-api-key": site.here.key}
    request = httpx.Request("POST", f"{URL}{PATH}/submit", json=body, headers=headers)
    return asyncio.run(site.here._sent(request))


def test_a_stalled_batch_is_recovered_by_simple_campaigns(site: Site) -> None:
    """One attempt a contact, our marker as name, key and variable; the source batch is cancelled."""
    told = recovered(site)
    assert site.here.scene.job.status == "cancelled"
    assert told["counts"]["unknown"] == told["counts"]["kept_back"] == 0
    assert len(ours(site)) == len(site.here.creates)
    assert {site.here.world.campaigns.made[job.id].variant for job in ours(site)} == {"simple"}
    assert all(one["idempotency_key"] == one["call_name"] for one in site.here.creates)


@pytest.mark.strikes("dispatch.asked_again")
def test_a_create_that_never_arrived_is_asked_again_by_its_key(site: Site) -> None:
    """The listing does not show it: the same request under the same key makes the one campaign there is."""
    site.here.before = once(raising)
    recovered(site)
    assert site.here.creates[0] == site.here.creates[1]
    assert len(ours(site)) == len(site.here.creates) - 1


@pytest.mark.strikes("campaigns.not_created", "dispatch.asked_again")
def test_a_create_that_no_listing_shows_yet_is_found_by_its_key(site: Site) -> None:
    """Made and hidden for minutes: `created` is false, the content is ours, and no second one is made."""
    site.here.after = once(raising)
    site.fault("visibility_delay", seconds=400, word="listed", count=1)
    told = site.run()
    judged(site)
    assert told["state"] == "recovered", told["next_action"]
    assert site.here.creates[0] == site.here.creates[1]
    assert len({job.order.name for job in ours(site)}) == len(ours(site))


@pytest.mark.strikes("dispatch.token_over")
def test_a_key_whose_time_is_over_is_not_used_again(site: Site) -> None:
    """An hour is assumed of a key: after it the listing alone decides, and nothing is sent again."""

    def lose(body: Any) -> None:
        site.clock.sleep(TOKEN_SECONDS)
        raising(body)

    site.here.before = once(lose)
    site.run()
    judged(site)
    names = [body["call_name"] for body in site.here.creates]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("fault", ["accept_then_cut", "accept_then_500"])
def test_a_lost_answer_is_found_in_the_listing_and_not_sent_again(site: Site, fault: str) -> None:
    """The cheaper proof goes first."""
    site.fault(fault, on=SUBMIT, count=1)
    recovered(site)
    names = [body["call_name"] for body in site.here.creates]
    assert len(names) == len(set(names))


@pytest.mark.strikes("dispatch.not_asked_again")
def test_whoever_opted_out_meanwhile_is_not_asked_for_again(tmp_path: Path) -> None:
    """A request that never arrived would call them now: their wave is held, and nobody of it is called."""
    gone = tmp_path / "gone.csv"
    gone.write_text("phone\n+61491579999\n")
    site = Site(replace(FACE, settings=lambda _site: {"suppression": gone}), tmp_path)

    def lose(body: Any) -> None:
        gone.write_text(f"phone\n{body['recipients'][0]['phone_number']}\n")
        raising(body)

    site.here.before = once(lose)
    told = site.run()
    judged(site)
    assert told["state"] == "held"
    assert told["counts"]["unknown"] > 0
    assert not {one["phone_number"] for one in site.here.creates[0]["recipients"]} & set(site.dialled)


@pytest.mark.strikes("campaigns.another")
def test_an_older_campaign_under_our_key_is_never_taken_for_a_wave(site: Site) -> None:
    """`created` is false, neither name nor people are ours: nobody of the wave counts as called or free."""
    made: list[Job] = []
    site.here.before = once(lambda body: made.append(another(site, "Spring", body["idempotency_key"])))
    told = site.run()
    judged(site)
    assert told["state"] == "held"
    assert told["counts"]["accepted"] == 0
    assert told["counts"]["unknown"] == len(site.here.creates[0]["recipients"])
    assert made[0].status != "cancelled"
    assert ours(site) == []


@pytest.mark.strikes("dispatch.other_people")
def test_a_campaign_with_our_name_and_other_people_is_not_adopted(site: Site) -> None:
    """Under our marker, and not with our recipients: held with a sentence that names it."""
    site.here.before = once(lambda body: another(site, body["call_name"], body["idempotency_key"], people=2))
    told = site.run()
    site.land()
    assert told["state"] == "held"
    assert "who made it" in told["next_action"]
    assert told["counts"]["accepted"] == 0
    assert site.twice == {}


def test_a_request_that_something_repeats_makes_one_campaign(site: Site) -> None:
    """A proxy that delivers twice: the key makes the second one the first."""

    def repeat(body: Any) -> None:
        told = repeated(site, body)
        assert (told.status_code, told.json()["created"]) == (200, False)

    site.here.after = once(repeat)
    recovered(site)


@pytest.mark.strikes("witness.twin")
def test_two_campaigns_under_one_marker_are_stopped_and_told(site: Site) -> None:
    """A platform that breaks the promise of its key: the later one is stopped, and engineering is told."""

    def twin(body: Any) -> None:
        site.here.world.campaigns.keys.clear()
        assert repeated(site, body).json()["created"]

    site.here.after = once(twin)
    told = site.run()
    assert told["state"] == "escalated"
    assert [job.status for job in ours(site)].count("cancelled") >= 1


@pytest.mark.parametrize("fault", ["cancel_late", "cancel_lost", "cancel_then_500"])
def test_a_stop_that_answers_late_or_wrongly_calls_nobody_twice(tmp_path: Path, fault: str) -> None:
    """Waves that are taken back are read until they are over; who may have rung is kept back."""
    site = Site(FACE, tmp_path, "poison", wishes={"contacts": 400})
    site.fault(fault, on="/outbound-campaigns/", seconds=45, count=3)
    told = site.run()
    assert told["state"] in {"escalated", "held"}
    judged(site)


@pytest.mark.strikes("campaigns.stopped_already")
def test_a_campaign_that_is_stopping_is_not_told_again(site: Site) -> None:
    """What a second stop does is documented nowhere."""
    platform = site.platform()
    body = another(site, "rb-r_1-1", "rb-r_1-1", people=3)
    site.clock.sleep(2)
    platform.stop_job(body.id)
    platform.stop_job(body.id)
    assert [one.path for one in site.here.sent].count(f"{PATH}/{body.id}/stop") == 1


@pytest.mark.strikes("campaigns.inner_batch")
def test_batches_that_campaigns_make_are_no_twins_where_they_are_listed(site: Site) -> None:
    """The batch of a wave shares its calls: it is neither a second run nor another wave."""
    site.fault("campaign_batches")
    recovered(site)


@pytest.mark.strikes("prepare.other_platform")
@pytest.mark.parametrize(("before", "after"), [(True, False), (False, True)])
def test_an_account_that_changes_after_the_approval_holds(tmp_path: Path, before: bool, after: bool) -> None:
    """Campaigns or batches is part of what was approved: nobody is called by the other of the two."""
    site = Site(FACE, tmp_path, wishes={"campaigns": before}, approval="ask")
    told = site.run()
    assert told["state"] == "awaiting_approval"
    recovery_id = str(told["recovery_id"])
    recoveries.decide(
        site.ledger, recovery_id, approved=True, by="Ana", reason="right", plan=None, via="test"
    )
    site.here.world.campaigns.enabled = after
    told = site.run()
    assert (told["state"], site.here.creates) == ("held", [])
    assert "Put back what the plan was approved with" in told["next_action"]
    assert not [one for one in site.here.sent if re.search("submit", one.path)]
    site.here.world.campaigns.enabled = before
    assert site.run()["state"] == "recovered"


@pytest.mark.parametrize("code", [400, 401, 403, 404, 405, 307])
def test_an_account_without_campaigns_is_recovered_by_batches(tmp_path: Path, code: int) -> None:
    """Whatever refuses the probe: then all is as it was before there were campaigns."""
    site = Site(PLATFORMS["elevenlabs"], tmp_path)
    site.here.intercept = lambda request: (
        httpx.Response(code, json={"detail": "no"}) if request.url.path.startswith(PATH) else None
    )
    platform = site.platform()
    assert platform.capabilities == PLATFORMS["elevenlabs"].capabilities
    assert isinstance(platform, Assumes)
    assert platform.assumptions == ()
    told = site.recover()
    assert told["state"] == "recovered"
    assert site.here.creates
    judged(site)


@pytest.mark.parametrize("body", [{}, [], {"campaigns": 1}, {"jobs": []}])
def test_an_answer_that_is_no_listing_is_no_account_with_campaigns(tmp_path: Path, body: Any) -> None:
    """A gateway that answers anything to everything gets batches."""
    site = Site(PLATFORMS["elevenlabs"], tmp_path)
    site.here.intercept = lambda request: (
        httpx.Response(200, json=body) if request.url.path.startswith(PATH) else None
    )
    assert site.platform().capabilities.find is Find.JOBS


def test_a_probe_that_nobody_answers_is_no_no(tmp_path: Path) -> None:
    """Whether there are campaigns is then not known: nothing is planned on a guess."""
    site = Site(PLATFORMS["elevenlabs"], tmp_path)
    site.here.intercept = lambda request: httpx.Response(503) if request.url.path.startswith(PATH) else None
    told = site.run()
    assert (told["state"], site.here.creates) == ("held", [])


def test_the_choice_stands_in_the_plan_and_in_the_audit(site: Site) -> None:
    """Whoever approves sees what waves will be."""
    told = recovered(site)
    recovery = recoveries.get(site.ledger, str(told["recovery_id"]))
    bound = (recovery.source or {})["bound"]["capabilities"]
    assert (bound["campaigns"], bound["find"]) == (True, "token")
    assert all(one.platform_job for one in waves.of(site.ledger, recovery.id))
