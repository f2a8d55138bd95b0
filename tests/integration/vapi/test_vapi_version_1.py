"""Campaigns of version 1: what is wrong with one is named, and nobody of it is ever called from here."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.enums import Action, Cause, ContactStatus, Disposition
from models.enums import Path as Way
from models.platform import (
    AuthenticationError,
    Draft,
    InvalidResponseError,
    NoSuchJobError,
    PlatformError,
    SubmitRefusedError,
)
from tasks.platforms.vapi.version_1 import READ_ONLY, UNCALLED
from tests.integration.vapi.vapi_site import NOT_ENABLED, VapiSite


def opened(home: Path, scenario: str = "dead-dispatcher") -> VapiSite:
    """Return an organisation whose source campaign is of version 1."""
    site = VapiSite(home, scenario, contacts=40)
    site.here.aside.version_1.add(site.job)
    return site


def without_version_2(path: str, response: httpx.Response) -> httpx.Response:
    """Answer as an organisation is answered that has no campaigns of version 2."""
    if path.startswith("/v2/"):
        return httpx.Response(403, json={"message": NOT_ENABLED, "statusCode": 403})
    return response


@pytest.mark.parametrize(
    ("scenario", "cause", "way"),
    [
        ("dead-dispatcher", Cause.UNKNOWN, Way.HOLD),
        ("fell-short", Cause.FELL_SHORT, Way.HOLD),
        ("healthy", Cause.NONE, Way.NOTHING),
        ("finished", Cause.ALREADY_FINISHED, Way.NOTHING),
    ],
)
@pytest.mark.strikes("vapi.version_1")
def test_its_symptom_is_named_and_nobody_is_redialled(
    tmp_path: Path, scenario: str, cause: Cause, way: Way
) -> None:
    """Counters, customers and calls tell how it stands; whoever would be called is held with what to do."""
    site = opened(tmp_path, scenario)
    case = site.triage().case
    assert case.diagnosis is not None
    assert case.look is not None
    assert (case.diagnosis.cause, case.diagnosis.path) == (cause, way)
    assert (case.look.job.total, len(case.look.rows)) == (40, 40)
    held = [one for one in case.judged if one.action is Action.HOLD]
    assert {one.why for one in held} <= {READ_ONLY}
    assert not any(one.action is Action.REDIAL for one in case.judged)
    truth = site.here.scene.job.rows
    for one, row in zip(case.judged, truth, strict=True):
        assert (one.contact.call_id is not None) == (row.call is not None)
        if row.call is None:
            assert (one.contact.status, one.contact.raw_status) == (ContactStatus.UNKNOWN, UNCALLED)
        elif row.call.outcome.answered and row.call.ended_at is not None:
            assert one.disposition is Disposition.REACHED


@pytest.mark.parametrize("scenario", ["dead-dispatcher", "fell-short"])
def test_a_recovery_of_it_holds_and_sends_nothing(tmp_path: Path, scenario: str) -> None:
    """Neither a create nor a cancel goes out; who was kept back is counted."""
    site = opened(tmp_path, scenario)
    before = site.here.scene.job.status
    told = site.run()
    assert told["state"] == "held"
    assert told["next_action"]
    assert site.here.creates == []
    assert site.here.waves == {}
    assert site.here.scene.job.status == before


def test_neither_a_wave_nor_a_cancel_of_it_is_sent(tmp_path: Path) -> None:
    """Even where somebody asks the adapter itself: the sentence says what to do instead."""
    site = opened(tmp_path)
    platform = site.context().platform
    job, rows = platform.get_job(site.job), list(platform.list_contacts(site.job))
    with pytest.raises(SubmitRefusedError, match="only read here") as refused:
        platform.create_job(Draft("rb-r_1-1", job, (replace(rows[0], problem=None),), 1))
    assert refused.value.fatal
    with pytest.raises(PlatformError, match=r"was not cancelled: campaigns of Vapi's version 1"):
        platform.stop_job(site.job)
    assert site.here.creates == []
    assert site.here.scene.job.status == "in_progress"


def test_an_organisation_without_version_2_is_read_too(tmp_path: Path) -> None:
    """403 for every campaign of version 2: that of version 1 is looked at, and what is not seen is said."""
    site = opened(tmp_path, "fell-short")
    site.here.edit = without_version_2
    ctx = site.triage()
    assert ctx.case.diagnosis is not None
    assert ctx.case.diagnosis.cause is Cause.FELL_SHORT
    assert any("version 2 is not enabled" in gap for gap in ctx.platform.gaps())


def test_a_key_that_is_refused_for_anything_else_is_an_error(tmp_path: Path) -> None:
    """A wrong or scoped key is not taken for an organisation without version 2."""
    site = opened(tmp_path)
    site.here.edit = lambda path, response: (
        httpx.Response(403, json={"message": "Key doesn't allow this."})
        if path.startswith("/v2/")
        else response
    )
    with pytest.raises(AuthenticationError):
        site.context().platform.get_job(site.job)


def test_calls_that_cannot_be_listed_leave_everybody_unknown(tmp_path: Path) -> None:
    """Nothing is known of whom it has called then, which is said."""
    site = opened(tmp_path, "fell-short")
    site.here.edit = lambda path, response: httpx.Response(403, json={}) if path == "/call" else response
    ctx = site.triage()
    assert {one.action for one in ctx.case.judged} == {Action.HOLD}
    assert any("could not be listed" in gap for gap in ctx.platform.gaps())


@pytest.mark.parametrize(
    "odd",
    [
        {"status": None},
        {"callsCounterEnded": "many"},
        {"callsCounterQueued": -1},
        {"customers": ["+61491570156"]},
        {"createdAt": "yesterday"},
        {"id": None, "customers": 7},
    ],
)
def test_what_is_no_campaign_is_said(tmp_path: Path, odd: dict[str, Any]) -> None:
    """Other fields or types than documented are no campaign with a guess for what is missing."""
    site = opened(tmp_path)

    def edit(path: str, response: httpx.Response) -> httpx.Response:
        changed = path == f"/campaign/{site.job}"
        return httpx.Response(200, json={**response.json(), **odd}) if changed else response

    site.here.edit = edit
    platform = site.context().platform
    if odd == {"status": None}:
        assert platform.get_job(site.job).status.value == "unknown"
        return
    with pytest.raises(InvalidResponseError) as told:
        platform.get_job(site.job)
    assert "570156" not in str(told.value)


def test_an_id_of_neither_version_is_none(tmp_path: Path) -> None:
    """It is asked of both, and said once."""
    with pytest.raises(NoSuchJobError, match="knows no campaign nobody"):
        opened(tmp_path).context().platform.get_job("nobody")


def test_a_wave_of_ours_is_never_taken_for_one(tmp_path: Path) -> None:
    """Version 2 lags, and the older one shows it: it is not there yet, and can be cancelled."""
    site = opened(tmp_path)

    def edit(path: str, response: httpx.Response) -> httpx.Response:
        changed = path == f"/campaign/{site.job}"
        return httpx.Response(200, json={**response.json(), "name": "rb-r_1-1"}) if changed else response

    site.here.edit = edit
    platform = site.context().platform
    with pytest.raises(NoSuchJobError, match="knows no campaign"):
        platform.get_job(site.job)
    with pytest.raises(PlatformError) as refused:
        platform.stop_job(site.job)
    assert "version 1" not in str(refused.value)
