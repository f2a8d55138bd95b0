"""The carrier asked about calls of every platform that tells its ids, held against what truly happened."""

from pathlib import Path
from threading import Lock

import httpx
import pytest

from deployments.sandbox.carrier.account import account_of
from deployments.sandbox.engine.moves import make_move
from models.disposition.actions import action_for
from models.enums import Action, ContactStatus
from tasks.carriers.keys import TwilioKeys
from tasks.carriers.twilio import Twilio
from tasks.context import RunContext
from tests.conformance.suite.here import URL
from tests.conformance.suite.platforms import PLATFORMS
from tests.conformance.suite.site import Site

TELLING = ("elevenlabs", "vapi", "retell", "cartesia")
KNOWS_ITSELF = ("retell",)
"""Platforms that tell a duration of a call that they call failed: there the carrier need not be asked."""
SILENT = ("vogent", "voqo")


def opened(home: Path, name: str) -> tuple[Site, RunContext, list[httpx.Request]]:
    """Return a job that fell short on a platform, a context with the carrier's keys, and what was asked."""
    site = Site(PLATFORMS[name], home, "fell-short", wishes={"contacts": 60})
    if name == "elevenlabs":
        site.fault("twilio_sids")
    make_move(site.here.scene, "answered_503", n=4)
    asked: list[httpx.Request] = []
    lock = Lock()

    def carried(request: httpx.Request) -> httpx.Response:
        with lock:
            asked.append(request)
            return site.here.sent_on(request)

    account = account_of(site.here.key)
    keys = TwilioKeys(account.sid, account.sid, account.token)
    ctx = site.context()
    ctx.carrier = Twilio(URL, keys, clock=site.clock, transport=httpx.MockTransport(carried))
    return site, ctx, asked


def looked(site: Site, ctx: RunContext) -> None:
    """Look at the job."""
    from flows.triage import check_the_job

    check_the_job(ctx)


@pytest.mark.parametrize("name", TELLING)
def test_the_carrier_tells_the_truth_of_each_platforms_failed_calls(tmp_path: Path, name: str) -> None:
    """Each word that is heard is of that person's own call; whoever had answered is redialled by nobody."""
    site, ctx, asked = opened(tmp_path, name)
    looked(site, ctx)
    assert ctx.unheard() == ()
    truth = {row.phone: row.call for row in site.here.scene.job.rows if row.call}
    heard = [one for one in ctx.case.judged if one.carrier]
    assert len(heard) >= 5
    for one in heard:
        call = truth[one.phone or ""]
        assert call is not None
        assert one.carrier is not None
        assert one.carrier.was_answered == call.outcome.answered
    disagreed = sum(one.carrier is not None and one.carrier.was_answered for one in heard)
    assert (disagreed == 0) if name in KNOWS_ITSELF else (4 <= disagreed <= 6)
    answered = {phone for phone, call in truth.items() if call and call.outcome.answered}
    assert not [one for one in ctx.case.judged if one.phone in answered and one.action is Action.REDIAL]
    shown = [one for one in ctx.case.judged if one.contact.status is ContactStatus.NOT_REACHED]
    assert all(
        one.carrier for one in shown if action_for(one.disposition, redial_later=True) is Action.REDIAL
    )
    first = len(asked)
    looked(site, ctx)
    assert len(asked) == first


@pytest.mark.parametrize("name", SILENT)
def test_where_no_id_is_told_nobody_is_asked(tmp_path: Path, name: str) -> None:
    """The platform's word stands alone there, and no gap is made of it."""
    site, ctx, asked = opened(tmp_path, name)
    looked(site, ctx)
    assert (asked, ctx.unheard()) == ([], ())
    assert not any(one.carrier for one in ctx.case.judged)
