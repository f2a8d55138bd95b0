"""The carrier asked about calls of every platform that tells its ids, held against what truly happened."""

from pathlib import Path
from threading import Lock

import httpx
import pytest

from deployments.sandbox.carrier.account import account_of
from deployments.sandbox.engine.moves import make_move
from deployments.sandbox.engine.people import CLEAR, Weather
from flows.recover import climb
from flows.triage import check_the_job
from models.disposition.actions import action_for
from models.enums import Action, ContactStatus
from tasks.carriers.keys import TwilioKeys
from tasks.carriers.twilio import Twilio
from tasks.context import RunContext, Silent
from tasks.ledger import plans
from tasks.runs.runner import run_claimed
from tasks.runtime.wiring import claim
from tasks.triage.carrier_calls import PART
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
    return site, *heard_by(site)


def heard_by(site: Site) -> tuple[RunContext, list[httpx.Request]]:
    """Return a context with the keys of a site's carrier, and what it is asked."""
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
    return ctx, asked


@pytest.mark.parametrize("name", TELLING)
def test_the_carrier_tells_the_truth_of_each_platforms_failed_calls(tmp_path: Path, name: str) -> None:
    """Each word that is heard is of that person's own call; whoever had answered is redialled by nobody."""
    site, ctx, asked = opened(tmp_path, name)
    check_the_job(ctx)
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
    check_the_job(ctx)
    assert len(asked) == first


class Shown(Silent):
    """A reporter that keeps how far each piece of work was."""

    def __init__(self) -> None:
        self.steps: list[tuple[str, int, int | None]] = []

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Keep it."""
        self.steps.append((what, done, total))


def test_a_long_search_for_the_carriers_ids_gives_signs_of_life(tmp_path: Path) -> None:
    """Vapi's rows tell no ids: reading call by call shows how far it is, every few calls, up to the end."""
    _, ctx, _ = opened(tmp_path, "vapi")
    shown = ctx.reporter = Shown()
    check_the_job(ctx)
    steps = [(done, total) for what, done, total in shown.steps if what == "asking for the carrier's ids"]
    (total,) = {total for _, total in steps}
    assert total is not None
    assert total > PART
    assert [done for done, _ in steps] == [*range(PART, total, PART), total]


@pytest.mark.parametrize("name", SILENT)
def test_where_no_id_is_told_nobody_is_asked(tmp_path: Path, name: str) -> None:
    """The platform's word stands alone there, and no gap is made of it."""
    _, ctx, asked = opened(tmp_path, name)
    check_the_job(ctx)
    assert (asked, ctx.unheard()) == ([], ())
    assert not any(one.carrier for one in ctx.case.judged)


@pytest.mark.parametrize("is_heard", [True, False])
def test_a_redial_that_the_carrier_has_answered_is_nobodys_next(tmp_path: Path, is_heard: bool) -> None:
    """Our own call failed on the platform and was answered: kept back, and else called again by the next."""
    site = Site(PLATFORMS["elevenlabs"], tmp_path, "fell-short", wishes={"contacts": 24})
    site.fault("twilio_sids")
    people = site.here.scene.world.people
    people.weather = Weather(1.0, ("answered_503",), spares_source=True)
    outcomes = recovered(site, is_heard=is_heard)
    assert {one[1:] for one in outcomes} == {
        ("ambiguous", True, True) if is_heard else ("transient", True, False)
    }
    people.weather = CLEAR
    assert {one[1] for one in recovered(site, is_heard=is_heard)} == {"reached"}
    assert len(site.twice) == (0 if is_heard else len(outcomes))


def recovered(site: Site, *, is_heard: bool) -> set[tuple[str | None, str | None, bool, bool]]:
    """Recover the job; return number, outcome, fault and whether the carrier was heard, of all called."""
    ctx = heard_by(site)[0] if is_heard else site.context()
    claim(ctx)
    told = run_claimed(ctx, climb)
    site.land()
    rows = [row for row in plans.contacts(site.ledger, str(told["recovery_id"])) if row.outcome]
    return {(row.phone, row.outcome, row.fault, plans.REDIAL_CARRIER in row.seen) for row in rows}
