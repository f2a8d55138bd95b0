"""Batches of Retell: what is read of them, what an operator has to say, and what is held without it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.enums import Cause
from models.platform import NoSuchJobError, PlatformError
from tasks.handovers.observe import NotTakenError
from tasks.ledger import recoveries
from tasks.platforms.retell.calls import LIST
from tests.fakes.retell import CREATE
from tests.integration.retell.retell_site import RetellSite


@pytest.fixture
def site(tmp_path: Path) -> RetellSite:
    """Return a workspace with a batch whose dispatcher has died."""
    return RetellSite(tmp_path, contacts=10)


def actions(site: RetellSite) -> dict[str, int]:
    """Return how many contacts the dry run redials, holds and drops."""
    plan = site.triage().case.plan
    assert plan is not None
    return {
        kind: sum(one.action.value == kind for one in plan.contacts) for kind in ("redial", "hold", "drop")
    }


def test_a_batch_that_nobody_handed_over_is_asked_for(site: RetellSite) -> None:
    """No program sees a batch: the sentence says what to hand over, and nothing was asked of the platform."""
    with pytest.raises(NoSuchJobError, match="ringback observe"):
        site.triage()


def test_the_stall_is_named_by_the_calls(site: RetellSite) -> None:
    """One hand-over is enough: that nothing moves is told by the calls themselves."""
    site.handed_over()
    diagnosis = site.triage().case.diagnosis
    assert diagnosis is not None
    assert diagnosis.cause is Cause.DEAD_DISPATCHER
    assert actions(site)["redial"] > 3


def test_without_a_count_whom_no_call_shows_is_held(site: RetellSite) -> None:
    """That no call shows somebody proves nothing by itself: a person says how many calls there were."""
    site.observe(upload=site.upload())
    before = actions(site)
    site.observe(processed=site.called)
    after = actions(site)
    assert before["hold"] == after["hold"] + after["redial"] - before["redial"]
    assert before["redial"] < after["redial"]


def test_a_count_above_the_calls_holds_whoever_is_left(site: RetellSite) -> None:
    """The page counts calls that no listing shows: any of those left over may have been called."""
    site.observe(upload=site.upload(), processed=site.called + 2)
    assert actions(site)["redial"] == 0


def edited(site: RetellSite, change: Callable[[dict[str, Any]], None]) -> None:
    """Let every list of calls be changed on its way here."""

    def edit(path: str, response: httpx.Response) -> httpx.Response:
        if path != LIST or response.status_code != 200:
            return response
        body = response.json()
        change(body)
        return httpx.Response(200, json=body, headers={"date": response.headers["date"]})

    site.here.edit = edit


@pytest.mark.strikes("retell.incomplete")
def test_a_listing_short_of_its_own_total_proves_nothing(site: RetellSite) -> None:
    """The platform counts more calls than it lists: whom no call shows may have been called, and is held."""
    site.handed_over()
    edited(site, lambda body: body["items"].pop() if body["items"] and "total" in body else None)
    assert actions(site)["redial"] == 0


def test_words_that_nobody_documented_hold_their_contacts(site: RetellSite) -> None:
    """A new status, or a new reason of a call that nobody took, redials nobody."""
    site.handed_over()

    def odd(body: dict[str, Any]) -> None:
        for one in body["items"]:
            one["call_status"] = "draining"

    edited(site, odd)
    after = actions(site)
    assert after["drop"] == 0
    assert after["hold"] == site.called


@pytest.mark.strikes("dispatch.newer_job")
def test_a_refused_call_that_is_there_after_all_is_not_asked_for_again(site: RetellSite) -> None:
    """A 429 says that nothing was taken; where the listing shows the call, its person is left out."""
    recovery_id = site.begun()
    refused: list[int] = []

    def lie(path: str, response: httpx.Response) -> httpx.Response:
        if path == CREATE and not refused:
            refused.append(response.status_code)
            return httpx.Response(429, json={"status": "error", "message": "slow down"})
        return response

    site.here.edit = lie
    told = site.run()
    assert refused == [201]
    assert told["state"] == "recovered", site.why(recovery_id)
    assert told["counts"]["skipped"] == 1
    assert site.here.twice == {}
    assert len({one["to_number"] for one in site.here.creates}) == len(site.here.creates)


@pytest.mark.strikes("handovers.no_report")
def test_a_report_is_not_taken(site: RetellSite) -> None:
    """Calls are read from the platform: a file that says otherwise is no second truth."""
    site.handed_over()
    with pytest.raises(NotTakenError, match="--processed"):
        site.observe(report=site.upload("report.csv"))


def test_an_upload_of_another_batch_reads_nothing(site: RetellSite) -> None:
    """An upload that lacks people whom the batch has called stops before anything follows from it."""
    strangers = [f"+61491571{n:03d}" for n in range(10)]
    site.observe(upload=site.upload(phones=strangers), processed=0)
    with pytest.raises(PlatformError, match="another batch"):
        site.triage()
    site.observe(upload=site.upload("right.csv"), processed=site.called, correct=True)
    assert actions(site)["redial"] > 3


@pytest.mark.strikes("fence.asks_a_person", "fence.nothing_told")
def test_the_fence_is_a_person_with_a_count(site: RetellSite) -> None:
    """A name alone is not enough: whom the batch had called until the stop is counted once more."""
    site.handed_over()
    first = site.run()
    assert (first["state"], site.here.creates) == ("held", [])
    recovery_id = str(first["recovery_id"])
    assert f"confirm-stopped {recovery_id}" in site.why(recovery_id)
    site.observe(None, stopped_for=recovery_id)
    assert (site.run()["state"], site.here.creates) == ("held", [])
    assert "--processed" in site.why(recovery_id)
    site.observe(None, stopped_for=recovery_id, processed=site.called)
    assert site.run()["state"] == "recovered"


@pytest.mark.strikes("fence.hidden_dispatch")
def test_calls_that_no_listing_shows_hold_the_fence(site: RetellSite) -> None:
    """After the stop the page counts more than the plan knew and the calls show: nobody is called yet."""
    site.handed_over()
    recovery_id = str(site.run()["recovery_id"])
    site.stopped(recovery_id, processed=site.called + 1)
    assert (site.run()["state"], site.here.creates) == ("held", [])
    assert recoveries.get(site.ledger, recovery_id).resumable
    assert "what the dashboard counts now" in site.why(recovery_id)


def test_whom_the_batch_called_since_the_plan_leaves_it(site: RetellSite) -> None:
    """The batch wakes up before it is stopped: whomever it calls meanwhile is not called by a wave."""
    site.handed_over()
    recovery_id = str(site.run()["recovery_id"])
    source = site.here.scene.job
    before = site.called
    source.dead = False
    site.here.world.dispatcher.start(source)
    site.clock.sleep(20)
    woken = site.called - before
    assert woken
    site.clock.sleep(300)
    site.stopped(recovery_id)
    told = site.run()
    assert told["counts"]["skipped"] >= woken
    called = {row.phone for row in source.rows if row.call is not None}
    assert not called & site.here.singles.keys()


def test_what_is_kept_for_inbound_calls_is_not_used(site: RetellSite) -> None:
    """All lines are reserved: there is no permit, and the recovery says so instead of calling."""
    site.here.aside.reserved_inbound = 11
    recovery_id = site.begun()
    told = site.run()
    assert (told["state"], site.here.creates) == ("held", [])
    site.here.aside.reserved_inbound = 1
    assert site.run()["state"] == "recovered", site.why(recovery_id)
    assert site.here.scene.world.permits.peak_live <= 10


def test_how_a_batch_is_read_can_be_checked(site: RetellSite) -> None:
    """Calls by status and reason, what was found in the upload, what is taken for granted; no number."""
    site.handed_over()
    told = site.context().platform.checked(site.job)  # type: ignore[attr-defined]
    assert told["contacts"]
    assert sum(told["calls"].values()) == site.called
    assert told["upload"]["phone_column"] == "phone number"
    assert told["assumptions"]
    assert not any(phone in str(told) for phone in (row.phone for row in site.here.scene.job.rows))


@pytest.mark.strikes("retell.unread")
def test_a_call_that_may_not_be_read_is_unknown_and_said(site: RetellSite) -> None:
    """Neither listed nor shown alone: what became of it is not guessed at, and the gap is named."""
    site.handed_over()
    platform = site.context().platform
    call_ids = [row.call_id for row in platform.list_contacts(site.job) if row.call_id]

    def hide(path: str, response: httpx.Response) -> httpx.Response:
        if path == LIST:
            return httpx.Response(200, json=response.json() | {"items": []}, headers=response.headers)
        return httpx.Response(403, json={"status": "error", "message": "no access"})

    fresh = site.context().platform
    site.here.edit = hide
    found = fresh.get_calls(call_ids[:1])
    assert [one.status.value for one in found.values()] == ["unknown"]
    assert any("could not be read" in gap for gap in fresh.gaps())
