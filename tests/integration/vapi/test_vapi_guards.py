"""What Vapi does not keep of its documents: each guard of its adapter strikes, and nobody is called twice."""

import asyncio
import json
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlmodel import select

from models.calling.rule import Facts
from models.handovers.predial import Question
from models.tables.ledger import Planned, Recovery
from tasks.clock import VirtualClock
from tasks.dispatch.asked.eligible import refusal
from tasks.ledger import recoveries
from tasks.ledger.people import opt_outs
from tasks.ledger.people.granted import WaveName
from tests.integration.vapi.test_predial_door import Out
from tests.integration.vapi.vapi_site import CREATE, SECRET, VapiSite

Change = Callable[[dict[str, Any]], Any]


@pytest.fixture
def site(tmp_path: Path) -> VapiSite:
    """Return an organisation with a campaign whose dispatcher has died, and its upload."""
    site = VapiSite(tmp_path)
    site.handed_over()
    return site


def edited(site: VapiSite, matches: Callable[[str], bool], change: Change) -> None:
    """Let the platform answer otherwise where a path matches."""

    def edit(path: str, response: httpx.Response) -> httpx.Response:
        if not matches(path) or not response.is_success:
            return response
        body = response.json()
        answer = change(body)
        return (
            answer if isinstance(answer, httpx.Response) else httpx.Response(response.status_code, json=body)
        )

    site.here.edit = edit


def no_access(_body: Any) -> httpx.Response:
    """Answer that the key may not read this."""
    return httpx.Response(403, json={"message": "Forbidden", "statusCode": 403})


@pytest.mark.strikes("vapi.ungated")
def test_a_wave_that_does_not_ask_is_the_last(site: VapiSite) -> None:
    """A platform that was told to ask before each call, and does not show that it does, gets nothing more."""
    edited(site, lambda path: path == CREATE, lambda body: body.pop("predialPlan", None))
    told = site.run()
    assert told["state"] == "held"
    assert len(site.here.creates) == 1
    assert site.here.twice == {}
    assert told["counts"]["accepted"] < told["counts"]["planned"]


@pytest.mark.strikes("vapi.short")
def test_a_listing_that_is_short_of_its_own_total_is_not_believed(site: VapiSite) -> None:
    """Fewer contacts than the platform counts: somebody is missing, and nobody is called."""
    edited(site, lambda path: path.endswith("/contacts"), lambda body: body["results"].pop() and None)
    told = site.run()
    assert told["state"] == "held"
    assert site.here.creates == []


@pytest.mark.strikes("calls.unread")
def test_a_call_that_may_not_be_read_is_a_gap(site: VapiSite) -> None:
    """A key without the right to read calls ends no run, and what only they tell is in doubt."""

    def edit(path: str, response: httpx.Response) -> httpx.Response:
        if path.startswith("/call/"):
            return no_access(None)
        if path.endswith("/contacts"):
            rows = response.json()
            for row in rows["results"]:
                row.pop("endedReason", None)
            return httpx.Response(200, json=rows)
        return response

    site.here.edit = edit
    ctx = site.triage()
    assert any("a call could not be read" in gap for gap in ctx.platform.gaps())
    site.run()
    assert site.here.twice == {}


@pytest.mark.strikes("vapi.unlisted")
def test_calls_that_may_not_be_listed_are_a_gap(site: VapiSite) -> None:
    """The listing of calls is a side read: it is said that it is missing, and nobody is called twice."""
    edited(site, lambda path: path == "/call", no_access)
    told = site.run()
    assert told["state"] in {"recovered", "held"}
    assert site.here.twice == {}


@pytest.mark.strikes("vapi.stopped_unheard")
def test_a_cancel_whose_answer_is_lost_is_looked_up(site: VapiSite) -> None:
    """What a second cancel does no document says: the campaign is read, and it is over."""
    site.fault("cancel_then_500", count=1)
    told = site.run()
    assert told["state"] == "recovered"
    assert site.here.scene.job.status == "cancelled"
    assert site.here.twice == {}


@dataclass
class Meddling(VirtualClock):
    """A clock that lets something happen at its nth reading."""

    of: Any
    act: Callable[[], Any]
    nth: int

    def now(self) -> datetime:
        """Return the time; something happens meanwhile."""
        self.nth -= 1
        if self.nth == 0:
            self.act()
        moment: datetime = self.of.now()
        return moment


def asked_while(out: Out, act: Callable[[], Any], nth: int = 1) -> str:
    """Ask about the first of a wave while something happens between the look and the yes."""
    site = out.site
    ledger = replace(site.ledger, clock=Meddling(site.clock, act, nth))
    whose = WaveName("vapi", site.runtime.workspace, out.marker)
    return refusal(ledger, whose, Question("c1", "x", out.people[0]), None)


@pytest.mark.strikes("predial.moved")
def test_a_cancel_between_the_look_and_the_yes_is_a_no(tmp_path: Path) -> None:
    """What a yes rests on is read again in the transaction that writes it down."""
    out = Out(tmp_path)
    (recovery,) = recoveries.listing(out.site.ledger)
    assert "changed meanwhile" in asked_while(
        out, lambda: recoveries.ask_cancel(out.site.ledger, recovery.id)
    )


@pytest.mark.strikes("predial.moved")
def test_an_opt_out_between_the_look_and_the_yes_is_a_no(tmp_path: Path) -> None:
    """Who asks not to be called after the list was read, and before the yes, is not called."""
    out = Out(tmp_path)
    with out.site.ledger.read() as session:
        policy = session.exec(select(Recovery)).one().policy
    out.change(Recovery, policy=policy | {"calling_window": "AU"})
    out.change(Planned, calling=Facts(("Australia/Sydney",), "AU").as_json())
    out.site.clock.sleep(24 * 3600)  # Tuesday, eleven in the morning there
    listed = partial(opt_outs.add, out.site.ledger, out.site.runtime.workspace, [out.people[0]], "said so")
    # The hours are the last thing that is asked for before the yes, and that reads the clock once more.
    assert "changed meanwhile" in asked_while(out, listed, nth=2)


@pytest.mark.strikes("predial.overload")
def test_more_questions_than_can_wait_are_turned_away(tmp_path: Path) -> None:
    """While the ledger is locked questions pile up to a bound; whatever comes then is no yes, at once."""
    out = Out(tmp_path, contacts=40)
    path = str(out.site.ledger.engine.url.database)
    lock = sqlite3.connect(path, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")

    async def storm() -> list[int]:
        transport = httpx.ASGITransport(out.site.door, raise_app_exceptions=False)
        headers = {"authorization": f"Bearer {SECRET}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://gate", headers=headers) as client:

            async def ask(n: int) -> int:
                body = json.dumps(out.message(out.people[n % len(out.people)]))
                answer = await client.post(out.path, content=body)
                if answer.status_code == 503 and lock.in_transaction:
                    lock.execute("ROLLBACK")
                return answer.status_code

            return await asyncio.gather(*(ask(n) for n in range(420)))

    codes = asyncio.run(storm())
    lock.close()
    assert set(codes) == {200, 503}
