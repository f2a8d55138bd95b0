"""A stalled campaign of Vapi, from triage to its end: killed, unanswered, doubled, nobody called twice."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from models.enums import Cause
from tasks.fault_points import arm
from tasks.ledger import waves
from tests.integration.vapi.vapi_site import CREATE, VapiSite

POST = f"POST {CREATE}"


class PowerCutError(BaseException):
    """The process is gone: nothing catches it."""


@pytest.fixture
def site(tmp_path: Path) -> VapiSite:
    """Return an organisation with a campaign whose dispatcher has died, and its upload."""
    site = VapiSite(tmp_path)
    site.handed_over()
    return site


def recovered(site: VapiSite) -> dict[str, Any]:
    """Run to the end, which has to be a good one: everybody once, by the façade's own record."""
    told = site.run()
    assert told["state"] == "recovered", (told["next_action"], site.why(str(told["recovery_id"])))
    assert site.here.twice == {}
    assert site.here.waves.keys() == site.states(str(told["recovery_id"])).keys()
    return told


def killed(site: VapiSite, point: str, nth: int = 1) -> None:
    """Run until a fault point is passed for the nth time, and die there."""
    left = [nth]

    def strike(passed: str) -> None:
        left[0] -= passed == point
        if passed == point and left[0] == 0:
            raise PowerCutError

    arm(strike)
    try:
        with pytest.raises(PowerCutError):
            site.run()
    finally:
        arm(None)


def test_a_stalled_campaign_is_recovered_by_gated_waves(site: VapiSite) -> None:
    """The source is cancelled; everybody who waited is asked about, called once, with their own variables."""
    found = site.triage().case.diagnosis
    assert found is not None
    assert found.cause is Cause.DEAD_DISPATCHER
    told = recovered(site)
    assert site.here.scene.job.status == "cancelled"
    assert told["counts"]["unknown"] == told["counts"]["kept_back"] == 0
    assert {phone for phone, answer in site.here.aside.asked if answer == "eligible"} == set(site.here.waves)
    for body in site.here.creates:
        assert body["predialPlan"] == {"enabled": True}
        assert all(one["name"].startswith("Contact ") for one in body["customers"])
        values = [one["assistantOverrides"]["variableValues"] for one in body["customers"]]
        assert all(one["tier"].startswith("tier ") and one["ringback_wave"] == body["name"] for one in values)


def test_without_the_gate_waves_go_out_and_nobody_is_asked(tmp_path: Path) -> None:
    """A workspace without a public gateway is recovered as well; its plan is bound to that ability."""
    site = VapiSite(tmp_path, gated=False)
    site.handed_over()
    recovered(site)
    assert site.here.aside.asked == []
    assert all("predialPlan" not in body for body in site.here.creates)
    assert site.context().platform.capabilities.asks_first is False


def test_without_its_upload_nobody_is_redialled(tmp_path: Path) -> None:
    """What the agent was told is not shown by the platform: a call that cannot be repeated is not made."""
    site = VapiSite(tmp_path)
    told = site.run()
    assert told["state"] != "recovered"
    assert site.here.creates == []


@pytest.mark.parametrize("fault", ["accept_then_cut", "accept_then_500"])
def test_a_lost_answer_is_found_by_its_name(site: VapiSite, fault: str) -> None:
    """The campaign that an unclear create has made stands in the listing, is taken up, never sent again."""
    site.fault(fault, on=POST, count=1)
    recovered(site)
    names = [body["name"] for body in site.here.creates]
    assert len(names) == len(set(names))


@pytest.mark.strikes("dispatch.absence_unearned")
def test_a_create_that_nothing_shows_is_held(site: VapiSite) -> None:
    """No document says that a missing name was not taken: its contacts are held, and nobody else is sent."""
    lost = iter([True])

    def lose(_body: dict[str, Any]) -> None:
        if next(lost, False):
            raise httpx.ReadTimeout("gone")

    site.here.before = lose
    told = site.run()
    assert told["state"] == "held"
    assert told["counts"]["unknown"] > 0
    site.run()
    assert site.here.twice == {}
    assert not {one["number"] for one in site.here.creates[0]["customers"]} & set(site.here.waves)


@pytest.mark.parametrize(
    ("point", "nth"),
    [
        ("fence.after_stop", 1),
        ("wave.before_send", 1),
        ("wave.after_send", 1),
        ("wave.after_result", 1),
        ("look.after_read", 3),
    ],
)
def test_killed_anywhere_it_goes_on_and_nobody_is_called_twice(site: VapiSite, point: str, nth: int) -> None:
    """The gateway answers on while the run is dead; the next one takes up what stands on the platform."""
    killed(site, point, nth)
    site.clock.sleep(120)
    told = site.run()
    assert site.here.twice == {}
    assert told["state"] in {"recovered", "held"}
    if told["state"] == "recovered":
        assert site.here.waves.keys() == site.states(str(told["recovery_id"])).keys()
    else:
        # Written down as sent, and never sent: no listing proves that, so these few are held.
        assert point == "wave.before_send"
        assert told["counts"]["unknown"] > 0


def test_a_second_campaign_under_one_name_gets_no_call(site: VapiSite) -> None:
    """A platform that makes two campaigns of one create is stopped by the ledger: one yes a person."""
    doubled: list[httpx.Response] = []

    def twin(body: dict[str, Any]) -> None:
        if not doubled:
            site.here.after = lambda _body: None
            headers = {"authorization": f"Bearer {site.here.key}"}
            with httpx.Client(transport=site.here.transport, base_url="http://vapi") as client:
                doubled.append(client.post(CREATE, json=body, headers=headers))

    site.here.after = twin
    site.run()
    assert doubled[0].status_code == 201
    assert site.here.twice == {}
    assert "skipped" in {answer for _, answer in site.here.aside.asked}


def test_a_gateway_that_does_not_answer_makes_no_call(site: VapiSite) -> None:
    """Fails closed: nobody is dialled, nobody is lost, and the recovery holds instead of going on blindly."""
    site.answer = lambda _response: httpx.Response(502, text="bad gateway")
    told = site.run()
    assert told["state"] in {"held", "escalated"}
    assert site.here.waves == {}
    assert len(site.here.creates) == 1


def test_a_refused_wave_names_what_the_platform_said(site: VapiSite) -> None:
    """An organisation without version 2 is told in the platform's own words; nothing is counted as sent."""
    site.here.refuse_once = 403
    told = site.run()
    assert told["state"] == "held"
    assert told["counts"]["unknown"] == 0
    (wave,) = waves.of(site.ledger, str(told["recovery_id"]))
    assert "403: Campaigns V2 is not enabled" in wave.answer.replace(")", "")


def test_a_campaign_that_asks_its_own_server_is_not_redialled(site: VapiSite) -> None:
    """The customer's own check before each call would not be asked by a wave: everybody is held."""
    site.here.aside.told[site.job] = {"server": {"url": "https://x"}, "predialPlan": {"enabled": True}}
    site.run()
    assert site.here.creates == []
