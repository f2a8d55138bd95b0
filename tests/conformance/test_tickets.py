"""Every ticket adapter against its fake: the same promises, whatever the wire."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.enums import State
from models.messages.milestones import carries
from tasks.ledger import tickets
from tasks.tickets.port import Marks, PermanentTicketError, RetryableTicketError
from tests.acceptance.tickets.fake_zendesk import FakeZendesk
from tests.fakes.bench import SYSTEM, Bench, bench_for, lost_answers
from tests.fakes.freshdesk import FakeFreshdesk
from tests.fakes.hook import FakeHook
from tests.fakes.intercom import FakeIntercom
from tests.fakes.jira import FakeJira, FakeServiceDesk
from tests.fakes.linear import FakeLinear
from tests.fakes.loopback import Trouble
from tests.fakes.pagerduty import FakePagerDuty
from tests.fakes.servicenow import FakeServiceNow
from tests.fakes.tickets import TOKEN, Comment, FakeTickets
from tests.integration.scenes import phone

FAKES = (
    FakeZendesk,
    FakeFreshdesk,
    FakeJira,
    FakeServiceDesk,
    FakeServiceNow,
    FakeIntercom,
    FakePagerDuty,
    FakeLinear,
    FakeHook,
)
ATTACHES = {"zendesk", "freshdesk", "jira", "jsm", "servicenow", "linear"}
TAGGED = {"zendesk", "freshdesk", "jira", "jsm", "intercom", "linear"}
STATUS = {
    "zendesk": "open",
    "freshdesk": "3",
    "jira": "In Progress",
    "jsm": "In Progress",
    "servicenow": "2",
    "intercom": "14",
    "pagerduty": "acknowledged",
    "linear": "In Review",
}
FIELD = {
    "zendesk": "3600001",
    "freshdesk": "cf_recovery",
    "servicenow": "u_recovery",
    "pagerduty": "recovery",
}
FIELD |= {"jira": "customfield_10050", "jsm": "customfield_10050", "intercom": "Recovery"}
WRITES = ("POST", "PUT", "PATCH")


@pytest.fixture(params=FAKES, ids=[fake.kind for fake in FAKES])
def fake(request: pytest.FixtureRequest) -> Iterator[FakeTickets]:
    """Return each system in turn, open on the loopback."""
    with request.param() as running:
        yield running


@pytest.fixture
def bench(fake: FakeTickets, tmp_path: Path) -> Bench:
    """Return a recovery that is linked to the system's ticket."""
    return bench_for(fake, tmp_path)


def with_mark(fake: FakeTickets, name: str) -> list[Comment]:
    """Return the ticket's comments that carry a milestone's marker."""
    return [one for one in fake.ticket.comments if carries(one.text, f"ringback:r_1:{name}")]


def test_every_milestone_is_one_internal_comment(fake: FakeTickets, bench: Bench) -> None:
    """Opened, waiting and ended each leave one comment in their order, and no customer reads any of them."""
    bench.come_to(State.AWAITING_APPROVAL)
    bench.held_with_package()
    assert bench.push() == {"delivered": 3}
    names = ["opened", "waiting", "ended"]
    assert [
        carries(c.text, f"ringback:r_1:{n}") for c, n in zip(fake.ticket.comments, names, strict=True)
    ] == [True] * 3
    assert fake.ticket.public == []


def test_a_comment_says_what_a_person_needs(fake: FakeTickets, bench: Bench) -> None:
    """State in the runbook's words, counts, next action, ETA and where to look stand in the comment."""
    eta = {"words": "35-50 min"}
    bench.come_to(State.ESCALATED, "The relaunch failed.", next_action="Call engineering.", eta=eta)
    bench.push()
    text = with_mark(fake, "ended")[0].text.replace("\\", "")
    for words in ("job-1 escalated to engineering", "The relaunch failed.", "2 reached, 6 not called"):
        assert words in text
    for words in ("Next: Call engineering.", "ETA: 35-50 min", "ringback status r_1"):
        assert words in text


def test_no_number_and_no_secret_leaves(fake: FakeTickets, bench: Bench) -> None:
    """Numbers of the job and of anybody, e-mail addresses and keys are masked whoever wrote them."""
    why = f"Ana (ana@example.test): call {phone(1)}, 07700 900 002, +1 202 555 0143; api_key=sk_live_12345678"
    bench.held_with_package(why)
    bench.push()
    sent = b"".join(asked.body for asked in fake.asked).decode("utf-8", "replace").replace("\\", "")
    digits = "".join(filter(str.isdecimal, sent))
    for number in ("7700900001", "7700900002", "2025550143"):
        assert number not in digits
    assert "ana@" not in sent
    assert "sk_live" not in sent


def test_the_package_is_attached_or_linked(fake: FakeTickets, bench: Bench, tmp_path: Path) -> None:
    """Where files are taken the package is on the ticket, else the comment says where it is."""
    bench.held_with_package()
    bench.push()
    if fake.kind in ATTACHES:
        assert list(fake.ticket.files.values()) == [b"PK a package"]
    else:
        assert str(bench.package) in with_mark(fake, "ended")[0].text


def test_a_package_is_linked_by_its_address(fake: FakeTickets, tmp_path: Path) -> None:
    """With `package_url` a system without attachments gets a signed link to the gateway."""
    bench = bench_for(fake, tmp_path, package_url="https://ringback.example.test/")
    bench.held_with_package()
    bench.push()
    linked = "https://ringback.example.test/links/package/r_1/" in with_mark(fake, "ended")[0].text
    assert linked == (fake.kind not in ATTACHES)


def test_a_file_that_is_too_large_is_told_in_words(fake: FakeTickets, bench: Bench) -> None:
    """A system that refuses the file's size still gets its comment, with the path."""
    if fake.kind not in ATTACHES:
        bench.held_with_package()
        assert bench.push() == {"delivered": 2}
        return
    bench.push()
    bench.held_with_package()
    fake.trouble = [Trouble(413, methods=("PUT",) if fake.kind == "linear" else WRITES)]
    assert bench.push() == {"delivered": 1}
    assert bench.package.name in with_mark(fake, "ended")[0].text.replace("\\", "")
    assert fake.ticket.files == {}


def test_a_marker_that_is_there_stops_a_second_comment(fake: FakeTickets, bench: Bench) -> None:
    """A comment whose answer was lost is found by its marker, and never posted twice."""
    bench.push()
    bench.held_with_package()
    fake.trouble = [Trouble(lost=True, methods=WRITES)] * 4
    for _ in range(12):
        bench.push()
        bench.wait(3600)
    assert bench.rows() == []
    assert len(with_mark(fake, "ended")) == 1
    assert len(fake.ticket.files) <= 1


def test_a_marker_is_found_behind_many_comments(fake: FakeTickets, bench: Bench) -> None:
    """The marker is found among hundreds of newer comments, over pages."""
    bench.push()
    fake.ticket.comments += [Comment(f"chatter {n}", internal=True) for n in range(250)]
    door = bench.office.door(SYSTEM).tickets
    if fake.kind != "hook":  # the hook's receiver knows by the message's id
        assert door.find(fake.ticket.id, "ringback:r_1:opened")
        assert not door.find(fake.ticket.id, "ringback:r_1:open")
        assert not door.find(fake.ticket.id, "ringback:r_1:ended")


def test_a_pause_that_is_asked_for_is_kept(fake: FakeTickets, bench: Bench) -> None:
    """After a 429 nothing is sent before Retry-After has passed on the clock, and then it is."""
    fake.trouble = [Trouble(429, {"Retry-After": "900"})]
    assert bench.push() == {"waiting": 1}
    asked = len(fake.asked)
    bench.wait(899)
    assert bench.push() == {}
    assert len(fake.asked) == asked
    bench.wait(2)
    assert bench.push() == {"delivered": 1}
    assert len(with_mark(fake, "opened")) == 1


@pytest.mark.parametrize("status", [409, 503])
def test_a_system_that_is_down_is_tried_again(fake: FakeTickets, bench: Bench, status: int) -> None:
    """A busy or broken system delays the comment and loses nothing."""
    fake.trouble = [Trouble(status, times=3)]
    tried = [bench.push()]
    for _ in range(3):
        bench.wait(3600)
        tried.append(bench.push())
    assert tried == [{"waiting": 1}] * 3 + [{"delivered": 1}]
    assert len(with_mark(fake, "opened")) == 1


@pytest.mark.parametrize("error", [httpx.ReadTimeout("slow"), httpx.ConnectError("refused")])
def test_silence_is_tried_again(fake: FakeTickets, tmp_path: Path, error: Exception) -> None:
    """No answer and no connection are trouble for later, said in words without the token."""

    def fail() -> Exception:
        return error

    bench = bench_for(fake, tmp_path, transport=lost_answers(fail))
    assert bench.push() == {"waiting": 1}
    (row,) = bench.rows()
    assert "did not answer in time" in row.last_words or "could not be reached" in row.last_words
    assert TOKEN not in row.last_words


def test_a_wrong_token_is_given_up_in_words(fake: FakeTickets, bench: Bench) -> None:
    """A refused token is not tried for days: it is said, without the token, and can be taken up again."""
    right, fake.token = fake.token, "whsec_" + "A" * 44
    assert bench.push() == {"given up": 1}
    (row,) = bench.rows()
    assert "token" in row.last_words
    assert right not in row.last_words
    assert fake.ticket.comments == []


def test_a_ticket_that_is_not_there_is_given_up_in_words(fake: FakeTickets, bench: Bench) -> None:
    """An unknown ticket is said with its id or path."""
    fake.ticket.id = "gone"
    assert bench.push() == {"given up": 1}
    assert "Check" in bench.rows()[0].last_words or "knows no" in bench.rows()[0].last_words


def test_marks_are_added_never_replaced(fake: FakeTickets, tmp_path: Path) -> None:
    """Status, fields and tags are set by state; a tag that was there stays; twice changes nothing more."""
    if fake.kind == "hook":
        bench_for(fake, tmp_path).office.door(SYSTEM).tickets.mark(fake.ticket.id, Marks(status="open"))
        assert fake.asked == []  # its event says all
        return
    fields = {FIELD[fake.kind]: "held"} if fake.kind in FIELD else {}
    on = {"status": STATUS[fake.kind], "fields": fields}
    tags: dict[str, Any] = {"tags": ["ringback"]} if fake.kind in TAGGED else {}
    more = {"tags": ["ringback-held"]} if fake.kind in TAGGED else {}
    bench = bench_for(fake, tmp_path, on={"held": on | more}, **tags)
    bench.held_with_package()
    bench.push()
    door = bench.office.door(SYSTEM)
    door.tickets.mark(fake.ticket.id, door.marks("held"))
    assert fake.ticket.status == STATUS[fake.kind]
    assert fake.ticket.tags == (["vip", "ringback", "ringback-held"] if fake.kind in TAGGED else ["vip"])
    assert fake.ticket.fields == fields
    assert fake.ticket.public == []
    assert not getattr(fake, "told_customer", False)


def test_what_people_write_is_never_markup(fake: FakeTickets, bench: Bench) -> None:
    """Words that look like HTML, Markdown or a mention stay words."""
    bench.held_with_package('<img src=x onerror="x()"> *bold* [link](http://x.test)')
    bench.push()
    sent = b"".join(asked.body for asked in fake.asked)
    if fake.kind in {"freshdesk", "intercom"}:
        assert b"<img" not in sent
    if fake.kind == "linear":
        assert b"[link](" not in sent
    assert "onerror" in with_mark(fake, "ended")[0].text


def test_garbage_is_trouble_for_later(fake: FakeTickets, tmp_path: Path) -> None:
    """An answer that is no JSON, or JSON of another shape, proves nothing: nothing is posted on it."""
    if fake.kind == "hook":
        return  # it reads no answer
    for body in (b"<html>", b"[", b'"text"', b"{}", b"[]", b"null"):
        transport = httpx.MockTransport(lambda _, body=body: httpx.Response(200, content=body))
        bench = bench_for(fake, tmp_path, transport=transport)
        done = bench.push()
        allowed = {"delivered"} if (fake.kind, body) == ("freshdesk", b"[]") else {"waiting"}
        assert set(done) == allowed
        assert all("report it" not in row.last_words for row in bench.rows())


def test_a_redirect_takes_the_token_nowhere(fake: FakeTickets, bench: Bench) -> None:
    """A redirect is not followed; it is given up, with what to correct."""
    with FakeZendesk() as elsewhere:
        fake.trouble = [Trouble(302, {"Location": elsewhere.url})]
        assert bench.push() == {"given up": 1}
        assert elsewhere.asked == []
    assert "url" in bench.rows()[0].last_words


def test_jira_marks_that_do_not_exist_are_given_up(tmp_path: Path) -> None:
    """A status without a transition names both, and the comment stands."""
    with FakeJira() as fake:
        bench = bench_for(fake, tmp_path, on={"opened": {"status": "Nowhere"}})
        assert bench.push() == {"given up": 1}
        assert "no transition of SUP-12 from Open to Nowhere" in bench.rows()[0].last_words
        assert len(with_mark(fake, "opened")) == 1


def test_jira_attaches_nothing_where_customers_could_see_it(tmp_path: Path) -> None:
    """In a service project the issue's own attachments may be seen outside: the package is linked there."""
    with FakeJira() as fake:
        fake.project = "service_desk"
        bench = bench_for(fake, tmp_path)
        bench.held_with_package()
        assert bench.push() == {"delivered": 2}
        assert fake.ticket.files == {}
        assert str(bench.package) in with_mark(fake, "ended")[0].text


def test_a_system_at_its_limit_is_left_alone_by_every_message(tmp_path: Path) -> None:
    """After a 429 no other ticket's message goes to that system before its time either."""
    with FakeZendesk() as fake:
        bench = bench_for(fake, tmp_path)
        tickets.link(bench.ledger, bench.claim, SYSTEM, "4712")
        fake.trouble = [Trouble(429, {"Retry-After": "900"})]
        assert bench.push() == {"waiting": 1}
        assert len(fake.asked) == 1
        bench.wait(901)
        assert bench.push() == {"delivered": 1, "given up": 1}


def test_linear_says_its_limit_in_a_400(tmp_path: Path) -> None:
    """Linear's 400 with RATELIMITED is a pause, until the moment that its header names."""
    with FakeLinear() as fake:
        bench = bench_for(fake, tmp_path)
        reset = str(int((bench.clock.now().timestamp() + 1200) * 1000))

        def limited(_: httpx.Request) -> httpx.Response:
            error = {"message": "Rate limit", "extensions": {"code": "RATELIMITED"}}
            headers = {"X-RateLimit-Requests-Reset": reset}
            return httpx.Response(400, json={"errors": [error]}, headers=headers)

        bench = bench_for(fake, tmp_path, transport=httpx.MockTransport(limited))
        with pytest.raises(RetryableTicketError) as told:
            bench.office.door(SYSTEM).tickets.find("SUP-9", "x")
        assert told.value.asked == pytest.approx(1200, abs=5)


def test_a_hook_is_dropped_by_its_id(tmp_path: Path) -> None:
    """A message that is sent twice has one id and one signature each time, so that it counts once."""
    with FakeHook() as fake:
        bench = bench_for(fake, tmp_path)
        fake.trouble = [Trouble(lost=True)]
        bench.push()
        bench.wait(60)
        assert bench.push() == {"delivered": 1}
        assert len({asked.headers["webhook-id"] for asked in fake.asked}) == 1
        assert len(fake.asked) == 2
        assert len(fake.ticket.comments) == 1


@pytest.mark.parametrize("secret", ["whsec_", "whsec_???", "short", "whsec_QQ=="])
def test_a_hook_without_a_proper_secret_is_refused(tmp_path: Path, secret: str) -> None:
    """A secret that the standard does not allow is named, and nothing is sent."""
    with FakeHook() as fake:
        bench = bench_for(fake, tmp_path, token=secret)
        with pytest.raises(PermanentTicketError, match="Standard Webhooks secret"):
            bench.office.door(SYSTEM)
        assert bench.push() == {"given up": 1}
        assert fake.asked == []
