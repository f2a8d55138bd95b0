"""A ticket system that is slow, not dead: the lease outlives the work, so nobody else comments meanwhile."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from models.enums import State
from models.messages.milestones import TicketRef
from tasks.ledger import outbox
from tasks.marks import listen
from tasks.runtime.outbox import SettingsOffice
from tasks.tickets.delivery import LEASE_SECONDS, OutboxDeliverer
from tests.fakes.bench import SECRET, Bench
from tests.plain_settings import plain_settings

PAGE_SECONDS, PAGES = 25.0, 50
"""The longest that one request may take, and the most pages of comments that are looked through."""


@dataclass
class SlowDesk:
    """A Zendesk whose every answer takes the longest that is waited for, on the test's own clock."""

    sleep: Callable[[float], None] = lambda _seconds: None
    meanwhile: Callable[[int], None] = lambda _page: None
    pages: int = 0
    comments: list[str] = field(default_factory=list)
    seconds: float = PAGE_SECONDS

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer a page of other people's comments, or take a comment."""
        if request.method == "GET":
            self.pages += 1
            page = self.pages
            self.sleep(self.seconds)
            self.meanwhile(page)
            has_more = page % PAGES != 0
            meta = {"has_more": has_more, "after_cursor": str(page)}
            found = [{"plain_body": text} for text in self.comments] if not has_more else []
            return httpx.Response(200, json={"comments": found, "meta": meta})
        body = json.loads(request.content)
        if "comment" in body.get("ticket", {}):
            self.comments.append(body["ticket"]["comment"]["body"])
        return httpx.Response(200, json={})


@pytest.fixture
def ctx() -> SlowDesk:
    """Return the slow system."""
    return SlowDesk()


@pytest.fixture
def bench(ctx: SlowDesk, tmp_path: Path) -> Bench:
    """Return a ledger with one ended recovery and a deliverer towards the slow system."""
    told = {"kind": "zendesk", "url": "https://desk.test", "user": "a@b.test", "token": SecretStr("t" * 20)}
    settings = plain_settings(tickets={"desk": told}, home=tmp_path)
    made = Bench(settings, tmp_path, TicketRef("desk", "1"), httpx.MockTransport(ctx))
    ctx.sleep = made.clock.sleep
    return made


def another(bench: Bench) -> OutboxDeliverer:
    """Return a second deliverer, as another process is one."""
    return OutboxDeliverer(bench.ledger, SettingsOffice(bench.settings, bench.clock, bench.transport), SECRET)


def test_fifty_slow_pages_are_one_comment(bench: Bench, ctx: SlowDesk) -> None:
    """1,250 seconds of searching against a lease of 300: nobody else takes the message, one comment lands."""
    taken: list[object] = []
    ctx.meanwhile = lambda _page: taken.append(outbox.take(bench.ledger, "other", LEASE_SECONDS))
    begun = bench.clock.now()
    bench.push()
    assert (bench.clock.now() - begun).total_seconds() > 4 * LEASE_SECONDS
    assert (len(taken), set(taken)) == (PAGES, {None})
    assert (len(ctx.comments), outbox.undelivered(bench.ledger)) == (1, [])


def test_who_was_overtaken_sends_nothing_more(bench: Bench, ctx: SlowDesk) -> None:
    """One answer took longer than the lease lasts, another deliverer has commented: the first one stops."""
    other = another(bench)

    def stall(page: int) -> None:
        if page == 1:
            ctx.meanwhile = lambda _page: None
            ctx.seconds = 0.0
            bench.clock.sleep(LEASE_SECONDS + 1)
            other.push()

    ctx.meanwhile = stall
    with listen() as heard:
        bench.push()
    assert heard["outbox.overtaken"] == 1
    assert (len(ctx.comments), outbox.undelivered(bench.ledger)) == (1, [])


def test_a_lease_that_nobody_else_took_is_still_ours(bench: Bench, ctx: SlowDesk) -> None:
    """It lapsed during one answer and nobody was there to take it: the message goes out all the same."""
    ctx.seconds = LEASE_SECONDS + 1
    bench.push()
    assert len(ctx.comments) == 1


def test_every_later_message_is_sent_as_well(bench: Bench, ctx: SlowDesk) -> None:
    """The beat belongs to the message at hand, not to the first one that went through the door."""
    ctx.seconds = 0.0
    bench.push()
    bench.come_to(State.HELD)
    bench.push()
    assert len(ctx.comments) == 2
    assert outbox.undelivered(bench.ledger) == []
