"""A campaign as the job: read truthfully, never stopped from here, planned once a person has stopped it."""

from collections import Counter
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.enums import Cause, ContactStatus, JobStatus
from models.enums import Path as Way
from tasks.sweep.ended import ended_to_see
from tests.conformance.suite.judged import breaches
from tests.conformance.suite.platforms import PLATFORMS
from tests.conformance.suite.site import Site
from tests.conformance.suite.world_rules import LONG_AGO

FACE = PLATFORMS["elevenlabs-campaigns"]
ADVANCED = {"what": "as_campaign", "n": 3}
SIMPLE = {"what": "as_campaign"}


def site_of(home: Path, *moves: dict[str, Any], scenario: str = "dead-dispatcher") -> Site:
    """Return an account whose source job is a campaign after some moves."""
    return Site(FACE, home, scenario, wishes={"moves": list(moves)})


def held(site: Site) -> tuple[str, str]:
    """Run a recovery that has to hold with nobody called and nothing stopped; return what it says."""
    told = site.recover()
    assert told["state"] == "held"
    assert site.here.creates == []
    assert not [one for one in site.here.sent if one.method != "GET"]
    health = next(one for one in told["findings"] if one["check"] == "health")
    return str(health["evidence"]["owner"]), f"{health['words']} {told['next_action']}"


def test_a_running_campaign_names_its_own_calls_and_hours_and_is_left_alone(tmp_path: Path) -> None:
    """Whoever reads it knows what it does by itself, and that a pause is not enough."""
    site = site_of(tmp_path, ADVANCED)
    owner, words = held(site)
    assert owner == f"campaign {site.job}"
    assert "up to 3 calls a contact" in words
    assert "between 09:00-17:00 (Australia/Sydney)" in words
    assert "the next call is due at" in words
    assert f"Stop campaign {site.job} on the platform" in words
    assert "a pause is not enough" in words


def test_what_waits_for_a_person_is_named_without_its_text(tmp_path: Path) -> None:
    """The reason of an attention item is shown; its detail may hold a number and is not."""
    site = site_of(tmp_path, ADVANCED, {"what": "needs_attention"})
    _, words = held(site)
    assert "phone_number_unavailable" in words
    assert "a retry there places them" in words
    assert str(site.here.scene.job.rows[0].phone)[1:] not in words


@pytest.mark.parametrize("move", [{"what": "person_pauses"}, {"what": "needs_attention"}])
def test_a_campaign_that_may_be_resumed_is_no_job_that_stands_still(tmp_path: Path, move: Any) -> None:
    """Paused, or waiting for a person, it calls on with one click: nobody of it is redialled."""
    site = site_of(tmp_path, SIMPLE, move)
    held(site)


@pytest.mark.strikes("campaigns.not_ours")
def test_a_campaign_is_stopped_by_no_recovery_whoever_asks_for_it(tmp_path: Path) -> None:
    """The adapter refuses to stop a campaign without a marker of ours, and says what to do instead."""
    site = site_of(tmp_path, SIMPLE)
    platform = site.platform()
    with pytest.raises(Exception, match="not stopped from here"):
        platform.stop_job(site.job)
    assert site.here.scene.job.status == "in_progress"


@pytest.mark.parametrize("move", [SIMPLE, ADVANCED])
def test_once_a_person_has_stopped_it_whom_it_never_called_is_recovered(tmp_path: Path, move: Any) -> None:
    """Its leads are planned like rows: who was reached, declined or opted out is not called again."""
    site = site_of(tmp_path, move, {"what": "cancel_job"})
    waited = {row.phone for row in site.here.scene.job.rows if row.call is None}
    found = site.triage().case.diagnosis
    assert found is not None
    assert (found.cause, found.path) == (Cause.FELL_SHORT, Way.RECOVER)
    told = site.recover()
    assert told["state"] == "recovered", told["next_action"]
    site.land()
    assert site.twice == {}
    assert breaches(site) == ()
    assert waited <= set(site.dialled)
    reached = {row.phone for row in site.here.scene.job.rows if row.call and row.call.outcome.answered}
    assert not reached & set(site.dialled)


def test_a_sweep_takes_no_stop_of_a_person_back(tmp_path: Path) -> None:
    """A stopped campaign counts as cancelled: recovered where somebody asks for it, and not by itself."""
    site = site_of(tmp_path, SIMPLE, {"what": "cancel_job"})
    ctx = site.context()
    (job,) = ctx.platform.list_jobs(LONG_AGO)
    assert (job.raw_status, job.status) == ("stopped", JobStatus.CANCELLED)
    assert ended_to_see(ctx, [job]) == []


def test_a_campaign_that_ended_and_may_still_call_is_not_over(tmp_path: Path) -> None:
    """Whatever its status says, as long as one lead of it may be called again."""
    site = site_of(tmp_path, SIMPLE, {"what": "cancel_job"})

    def one_left(path: str, response: httpx.Response) -> httpx.Response:
        body = response.json()
        if path.endswith(f"/campaigns/{site.job}"):
            body["counts"]["terminal_leads"] -= 1
        return httpx.Response(response.status_code, json=body)

    site.here.edit = one_left
    _, words = held(site)
    assert "it says stopped" in words


def test_a_stop_whose_calls_are_still_finishing_is_waited_for(tmp_path: Path) -> None:
    """While it says stopping somebody may be on the line: held, and named so."""
    site = site_of(tmp_path, SIMPLE, scenario="healthy")
    rows = site.here.world and site.here.scene.job.rows
    site.here.world.cancel(site.here.scene.job)
    assert any(row.in_air for row in rows)
    _, words = held(site)
    assert "it says stopping" in words


def test_a_stopped_lead_is_no_opt_out_and_an_opt_out_is(tmp_path: Path) -> None:
    """`do_not_call` is set by a stop as well: the end of the lead tells the two apart."""
    site = site_of(tmp_path, SIMPLE, {"what": "cancel_job"}, scenario="fell-short")
    rows = list(site.platform().list_contacts(site.job))
    assert Counter(row.status for row in rows)[ContactStatus.NOT_DIALED] > 0
    assert not [row for row in rows if row.status is ContactStatus.NOT_DIALED and row.reasons]


def test_a_batch_that_a_campaign_owns_is_still_left_alone(tmp_path: Path) -> None:
    """In an account with campaigns too, a batch whose calls name one is never recovered."""
    site = Site(FACE, tmp_path, wishes={"moves": [{"what": "campaign"}]})
    owner, _ = held(site)
    assert owner.startswith("campaign camp_")
