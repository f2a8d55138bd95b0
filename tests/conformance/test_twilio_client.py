"""The carrier's client: what an answer proves, on a wire of the test's own."""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from models.platform import PlatformError
from tasks.carriers.keys import TwilioKeys
from tasks.carriers.limits import Pace
from tasks.carriers.twilio import MOST_BYTES, MOST_DOWN, PER_SECOND, REST, TRIES, Twilio
from tasks.clock import VirtualClock

FACTS = json.loads((Path(__file__).parent / "twilio_facts.json").read_text())
ACCOUNT, SECRET = f"AC{'a' * 32}", "the secret of nobody"
PHONE = "+61491570156"
PREFIX = f"/2010-04-01/Accounts/{ACCOUNT}"
GZIP = {"content-encoding": "gzip"}


def sid(n: int) -> str:
    """Return the nth SID of a call."""
    return f"CA{n:032x}"


def body(n: int = 1, **more: Any) -> dict[str, Any]:
    """Return a call as the document's example shows it."""
    return {
        "account_sid": ACCOUNT,
        "answered_by": "machine_start",
        "direction": "outbound-api",
        "duration": "4",
        "end_time": "Fri, 18 Oct 2019 17:03:00 +0000",
        "from": "+13051416799",
        "sid": sid(n),
        "start_time": "Fri, 18 Oct 2019 17:02:00 +0000",
        "status": "completed",
        "to": PHONE,
        **more,
    }


class Wire:
    """An account with calls by SID: what it answers, and what it was asked."""

    def __init__(self, answer: Callable[[httpx.Request], httpx.Response | None] | None = None) -> None:
        self.asked: list[httpx.Request] = []
        self.clock = VirtualClock()
        self.answer = answer or (lambda _: None)
        self.calls: dict[str, Any] = {sid(n): body(n) for n in range(1, 100)}
        self.errors: list[Any] = []
        """The notifications of every call."""

    def client(self, user: str = ACCOUNT) -> Twilio:
        """Return the client."""
        transport = httpx.MockTransport(self._answer)
        keys = TwilioKeys(ACCOUNT, user, SECRET)
        return Twilio("https://carrier.example", keys, clock=self.clock, transport=transport)

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if found := self.answer(request):
            return found
        name = request.url.path.rsplit("/", 1)[-1].removesuffix(".json")
        if name == "Notifications":
            return httpx.Response(200, json={"notifications": self.errors})
        if name in self.calls:
            return httpx.Response(200, content=iter([json.dumps(self.calls[name]).encode()]))
        return httpx.Response(404, json={"code": 20404, "message": "not found", "status": 404})

    @property
    def paths(self) -> list[str]:
        """Return what was asked for."""
        return [one.url.path for one in self.asked]


def test_a_call_is_read_by_its_sid_alone_and_nothing_is_ever_written() -> None:
    """One GET with the account's pair; status, who took it, how long and when come back as they stand."""
    wire = Wire()
    client = wire.client()
    found = client.look_up([sid(1)])
    assert [(one.method, one.url.path) for one in wire.asked] == [("GET", f"{PREFIX}/Calls/{sid(1)}.json")]
    pair = b64encode(f"{ACCOUNT}:{SECRET}".encode()).decode()
    assert wire.asked[0].headers["authorization"] == f"Basic {pair}"
    answer = found[sid(1)]
    assert (answer.to, answer.call.words) == (PHONE, "completed, answered by machine_start, 4 s")
    assert (answer.call.started_at, answer.call.ended_at) == (
        datetime(2019, 10, 18, 17, 2, tzinfo=UTC),
        datetime(2019, 10, 18, 17, 3, tzinfo=UTC),
    )
    assert client.gaps() == ()


@pytest.mark.parametrize(
    "odd",
    [
        "",
        "SCL_abc",
        "CA123",
        f"{sid(1)}\n",
        f"{sid(1)}/../Calls",
        f"CA{'g' * 32}",
        "../../Accounts",
        7,
        b"CA",
    ],
)
def test_only_a_sid_is_put_into_a_path(odd: Any) -> None:
    """Whatever else a platform calls its carrier's id, nobody is asked about it."""
    wire = Wire()
    client = wire.client()
    assert not client.is_id(odd)
    assert client.look_up([odd]) == {}
    assert wire.asked == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"sid": sid(2)}, "another call"),
        ({"account_sid": f"AC{'b' * 32}"}, "another call"),
        ({"direction": "inbound"}, "that the person has made"),
        ({"direction": "trunking-originating"}, "that the person has made"),
        ({"status": ["completed"]}, "without what it documents"),
        ({"status": None}, "without what it documents"),
        ({"duration": {"seconds": 4}}, "without what it documents"),
        ({"duration": "-4"}, "without what it documents"),
        ({"duration": True}, "without what it documents"),
        ({"duration": "9" * 4000}, "without what it documents"),
        ({"status": "x" * 41}, "without what it documents"),
        ({"status": "busy\nreally"}, "without what it documents"),
        ({"duration": "four"}, "without what it documents"),
        ({"answered_by": {"who": "human"}}, "without what it documents"),
        ({"to": [PHONE]}, "without what it documents"),
        ({"start_time": 1}, "without what it documents"),
        ({"caller_name": "x" * MOST_BYTES}, "answered more than"),
    ],
)
@pytest.mark.strikes("carrier.unread")
def test_what_is_no_answer_to_the_question_is_a_gap(more: Mapping[str, Any], said: str) -> None:
    """Another call, a call by the person, changed types, too much of anything: nothing is known by it."""
    wire = Wire()
    wire.calls[sid(1)] = body(1, **more)
    client = wire.client()
    assert client.look_up([sid(1)]) == {}
    (gap,) = client.gaps()
    assert said in gap
    assert PHONE not in gap
    assert SECRET not in gap
    assert not client.remembers(sid(1))


def error(code: Any, call_sid: str = sid(1), log: str = "0") -> dict[str, Any]:
    """Return a notification, with the number in its text."""
    text = f"Msg=The+call+to+{PHONE}+failed"
    return {"call_sid": call_sid, "error_code": code, "log": log, "message_text": text}


def test_a_failed_call_is_asked_for_its_error_codes_and_no_other_is() -> None:
    """Once each, of this very call, errors alone: a warning says nothing, nor does another call's error."""
    wire = Wire()
    wire.errors = [
        error("13224"),
        error("13224"),
        error("32011"),
        error("21215", sid(9)),
        error("1", log="1"),
    ]
    wire.calls[sid(1)] = body(1, status="failed", duration=None, answered_by=None)
    wire.calls[sid(2)] = body(2, status="busy", duration=None, answered_by=None)
    client = wire.client()
    found = client.look_up([sid(1), sid(2)])
    assert (found[sid(1)].call.codes, found[sid(2)].call.codes) == (("13224", "32011"), ())
    asked = [one for one in wire.asked if "Notifications" in one.url.path]
    assert [one.url.path for one in asked] == [f"{PREFIX}/Calls/{sid(1)}/Notifications.json"]
    assert asked[0].url.params["Log"] == "0"
    client.look_up([sid(1)])
    assert len(wire.asked) == 3
    assert client.gaps() == ()


@pytest.mark.parametrize(
    ("answer", "said", "times"),
    [
        (httpx.Response(401, json={"message": "Authenticate"}), "refused the key", 1),
        (httpx.Response(200, json={"notifications": [error(13224)]}), "without what it documents", 2),
        (httpx.Response(200, json={"notifications": [error("1" * 99)]}), "without what it documents", 2),
        (httpx.Response(200, json={"notifications": None}), "without what it documents", 2),
        (httpx.Response(404, json={}), "", 2),
    ],
)
def test_a_call_counts_without_its_codes(answer: httpx.Response, said: str, times: int) -> None:
    """A restricted key may read calls and not their errors: the status is heard all the same, as is said."""
    wire = Wire(lambda one: answer if "Notifications" in one.url.path else None)
    for n in (1, 2):
        wire.calls[sid(n)] = body(n, status="failed", duration=None, answered_by=None)
    client = wire.client()
    for n in (1, 2):
        assert client.look_up([sid(n)])[sid(n)].call.words == "failed"
    assert sum("Notifications" in path for path in wire.paths) == times
    assert [said in gap for gap in client.gaps()] == ([True] if said else [])
    assert PHONE not in str(client.gaps())


@pytest.mark.parametrize(
    ("answer", "said", "times"),
    [
        (lambda _: httpx.Response(200, html="<html>"), "not JSON", TRIES),
        (lambda _: httpx.Response(200, json=[1]), "without what it documents", 1),
        (lambda _: httpx.Response(200, content=iter([b"[" * 60_000])), "not JSON", TRIES),
        (lambda _: httpx.Response(200, content=iter([b"9" * 5_000])), "not JSON", TRIES),
        (lambda _: httpx.Response(400, content=iter([b"[" * 60_000])), "no readable reason", 1),
        (lambda _: httpx.Response(200, headers=GZIP, content=iter([b"{}"])), "cannot be unpacked", TRIES),
        (lambda _: httpx.Response(503), "answered 503", TRIES),
        (lambda _: httpx.Response(418, text="teapot"), "answered 418", 1),
        (lambda _: httpx.Response(302, headers={"location": "https://evil.example/"}), "evil.example", 1),
        (lambda _: (_ for _ in ()).throw(httpx.ReadTimeout("slow")), "did not answer in time", TRIES),
        (lambda _: (_ for _ in ()).throw(httpx.ConnectError("no")), "could not be reached", TRIES),
    ],
)
@pytest.mark.strikes("carrier.unread")
def test_trouble_is_a_gap_in_a_sentence(answer: Any, said: str, times: int) -> None:
    """Busy is asked again, the rest is not; a redirect is never followed, and nothing of it raises."""
    wire = Wire(answer)
    client = wire.client()
    assert client.look_up([sid(1)]) == {}
    assert len(wire.asked) == times
    assert {one.url.host for one in wire.asked} == {"carrier.example"}
    assert said in client.gaps()[0]


def test_a_carrier_at_its_limit_is_waited_for_as_long_as_it_asks() -> None:
    """429 was never processed (Twilio 20429), so the same read may go again, after the pause it names."""
    left = [httpx.Response(429, headers={"Retry-After": "7"}, json={"code": 20429, "message": "Too many"})]
    wire = Wire(lambda _: left.pop() if left else None)
    began = wire.clock.now()
    assert wire.client().look_up([sid(1)])[sid(1)].call.status == "completed"
    assert (wire.clock.now() - began).total_seconds() == 7


@pytest.mark.parametrize("code", [401, 403])
@pytest.mark.strikes("carrier.unread")
def test_a_refused_key_is_said_once_and_not_tried_again(code: int) -> None:
    """Whoever set it up reads which settings to look at; no other call is asked about with it."""
    wire = Wire(lambda _: httpx.Response(code, json={"code": 20003, "message": "Authenticate"}))
    client = wire.client()
    for n in range(1, 4):
        assert client.look_up([sid(n)]) == {}
    assert len(wire.asked) == 1
    (gap,) = client.gaps()
    assert "RINGBACK_TWILIO_ACCOUNT_SID" in gap
    assert "RINGBACK_PLATFORM" not in gap
    assert SECRET not in f"{gap} {client!r} {TwilioKeys(ACCOUNT, ACCOUNT, SECRET)!r}"


@pytest.mark.strikes("carrier.foreign")
def test_a_call_of_another_account_is_asked_about_once() -> None:
    """It is no proof of anything: the platform's word stands, and that is said."""
    wire = Wire()
    wire.calls.clear()
    client = wire.client()
    assert client.look_up([sid(1), sid(2)]) == {}
    assert client.look_up([sid(1), sid(2)]) == {}
    assert sorted(wire.paths) == [f"{PREFIX}/Calls/{sid(n)}.json" for n in (1, 2)]
    assert len(client.gaps()) == 1
    assert "not of the Twilio account" in client.gaps()[0]


def test_a_call_that_is_over_is_asked_about_once_and_one_that_is_up_again() -> None:
    """What has ended does not change; what rings is news at the next look."""
    wire = Wire()
    wire.calls[sid(1)] = body(1, status="ringing", duration=None, answered_by=None, end_time=None)
    client = wire.client()
    assert client.look_up([sid(1), sid(2)])[sid(1)].call.is_open
    wire.calls[sid(1)] = body(1, status="busy", duration=None, answered_by=None)
    seen = client.look_up([sid(1), sid(2)])
    assert {one: told.call.status for one, told in seen.items()} == {sid(1): "busy", sid(2): "completed"}
    client.look_up([sid(1), sid(2)])
    assert len(wire.asked) == 3


@pytest.mark.strikes("carrier.rests")
def test_a_carrier_that_is_down_is_left_alone_for_a_while() -> None:
    """A few reads in a row that fail are enough: nobody's recovery waits for it, and it is tried later."""
    wire = Wire(lambda _: httpx.Response(503))
    client = wire.client()
    client.look_up([sid(n) for n in range(1, 60)])
    first = len(wire.asked)
    assert first <= (MOST_DOWN + 4) * TRIES
    client.look_up([sid(1)])
    assert len(wire.asked) == first
    wire.answer = lambda _: None
    wire.clock.sleep(REST.total_seconds())
    assert client.look_up([sid(1)])[sid(1)].call.was_answered


@pytest.mark.parametrize("code", [401, 503])
@pytest.mark.strikes("carrier.unread")
def test_a_call_that_was_up_stays_up_while_nothing_else_is_told(code: int) -> None:
    """Whom the carrier was ringing is not free because it cannot be asked any more: only its end is news."""
    wire = Wire()
    wire.calls[sid(1)] = body(1, status="ringing", duration=None, answered_by=None, end_time=None)
    client = wire.client()
    assert client.look_up([sid(1)])[sid(1)].call.is_open
    wire.answer = lambda _: httpx.Response(code, json={})
    assert client.look_up([sid(1), sid(2)]).keys() == {sid(1)}
    assert client.look_up([sid(1)])[sid(1)].call.is_open
    assert not client.remembers(sid(1))


@pytest.mark.strikes("carrier.unread", "carrier.rests")
def test_a_call_that_was_up_is_up_for_a_carrier_that_rests_and_lands_after_it() -> None:
    """While it is left alone its last word counts, and its next one as soon as there is one."""
    wire = Wire()
    wire.calls[sid(1)] = body(1, status="queued", duration=None, answered_by=None, end_time=None)
    client = wire.client()
    client.look_up([sid(1)])
    wire.answer = lambda _: httpx.Response(503)
    client.look_up([sid(n) for n in range(2, 9)])
    asked = len(wire.asked)
    assert client.look_up([sid(1)])[sid(1)].call.is_open
    assert len(wire.asked) == asked
    wire.answer = lambda _: None
    wire.calls[sid(1)] = body(1, status="busy", duration=None, answered_by=None)
    wire.clock.sleep(REST.total_seconds())
    assert client.look_up([sid(1)])[sid(1)].call.status == "busy"


@pytest.mark.strikes("carrier.no_codes")
def test_errors_that_do_not_come_cost_no_more_than_a_few_tries() -> None:
    """Calls are answered and their errors are not: nobody waits three times for each of two hundred."""
    slow = httpx.ReadTimeout("slow")

    def answer(request: httpx.Request) -> httpx.Response | None:
        if "Notifications" in request.url.path:
            wire.clock.sleep(15)
            raise slow
        return None

    wire = Wire(answer)
    for n in range(1, 60):
        wire.calls[sid(n)] = body(n, status="failed", duration=None, answered_by=None)
    client = wire.client()
    for n in range(1, 56, 4):
        found = client.look_up([sid(n + more) for more in range(4)])
        assert {one.call.words for one in found.values()} == {"failed"}
    assert sum("Notifications" in path for path in wire.paths) <= 4 * TRIES
    wire.clock.sleep(REST.total_seconds())
    wire.answer, wire.errors = (lambda _: None), [error("13224", sid(59))]
    assert client.look_up([sid(59)])[sid(59)].call.codes == ("13224",)


class CorrectedClock(VirtualClock):
    """A clock whose machine is told the right time while it runs."""

    def put_back(self, by: timedelta) -> None:
        """Stand earlier than before."""
        self._now -= by


def test_a_clock_that_is_put_back_holds_nobody_up() -> None:
    """The machine's time is corrected by an hour: the next request waits its own gap, and no hour."""
    clock = CorrectedClock()
    pace = Pace(clock, PER_SECOND)
    pace.wait()
    clock.put_back(timedelta(hours=1))
    began = clock.now()
    pace.wait()
    assert (clock.now() - began).total_seconds() <= 1 / PER_SECOND


def test_reads_begin_no_faster_than_the_pace() -> None:
    """Fifty calls take five seconds at ten a second, side by side or not."""
    wire = Wire()
    began = wire.clock.now()
    assert len(wire.client().look_up([sid(n) for n in range(1, 52)])) == 51
    assert (wire.clock.now() - began).total_seconds() == pytest.approx(50 / PER_SECOND)


def test_a_check_reads_the_account_or_as_a_key_a_page_of_its_calls() -> None:
    """Standard API keys do not reach the account; neither read shows or keeps what it holds."""
    shown = {"sid": ACCOUNT, "status": "active", "auth_token": SECRET}
    wire = Wire(lambda _: httpx.Response(200, json=shown))
    assert SECRET not in wire.client().check()
    assert "API key" in wire.client(user=f"SK{'b' * 32}").check()
    assert wire.paths == [f"{PREFIX}.json", f"{PREFIX}/Calls.json"]
    shown["status"] = "suspended"
    with pytest.raises(PlatformError, match="says that the account is suspended"):
        wire.client().check()
    wire.answer = lambda _: httpx.Response(404, json={})
    with pytest.raises(PlatformError, match="knows no such account"):
        wire.client().check()
