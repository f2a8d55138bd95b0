"""A listing is complete or it raises: no order, no page size and no `has_more` is promised."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx
import pytest

from models.platform import InvalidResponseError, PlatformDownError, PlatformError
from tasks.marks import listen
from tasks.platforms import pages
from tests.fakes.odd_elevenlabs import API, BATCH, BEGAN, Odd, call_body, job_body, source, summary

LISTING = f"{BATCH}/workspace"
CALLS = f"{API}/conversations"
SINCE = datetime.fromtimestamp(BEGAN - 60, UTC)
OLD = BEGAN - 90 * 86_400


@pytest.fixture
def odd() -> Odd:
    """Return an odd platform."""
    return Odd()


def listed(odd: Odd) -> list[str]:
    """Return the ids that the adapter lists."""
    return [job.id for job in odd.open().list_jobs(SINCE)]


def old(n: int) -> list[dict[str, Any]]:
    """Return n jobs of long ago."""
    return [job_body(f"old_{i}", created_at_unix=OLD + i) for i in range(n)]


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_old_jobs_end_no_listing(odd: Odd, place: int) -> None:
    """A new job is found on whichever page it stands, behind any number of old ones."""
    rest = [old(100), old(100), old(20)]
    rest.insert(place, [job_body("new")])
    odd.pages(LISTING, "batch_calls", rest, "next_doc")
    assert listed(odd) == ["new"]
    assert odd.asked[LISTING] == 4


def answers(odd: Odd, *told: dict[str, Any]) -> None:
    """Let the listing answer these pages in order, whatever it is asked."""
    left = iter(told)
    odd.on(LISTING, lambda _request: httpx.Response(200, json=next(left)))


def page(*jobs: str, **rest: Any) -> dict[str, Any]:
    """Return a page of jobs."""
    return {"batch_calls": [job_body(job) for job in jobs]} | rest


def test_a_cursor_beside_a_missing_has_more_goes_on(odd: Odd) -> None:
    """`has_more` is optional: with a cursor given the listing goes on, without one it ends."""
    answers(odd, page("a", next_doc="1"), page("b", next_doc="2", has_more=None), page("c"))
    assert listed(odd) == ["a", "b", "c"]


def test_has_more_false_ends_also_beside_a_cursor(odd: Odd) -> None:
    """The documented end is an end, whatever cursor stands beside it."""
    answers(odd, page("a", next_doc="1", has_more=True), page("b", next_doc="2", has_more=False))
    assert listed(odd) == ["a", "b"]


def test_a_page_that_repeats_under_a_new_cursor_is_no_end(odd: Odd) -> None:
    """Repeats and empty pages end nothing, and whatever is shown twice is listed once."""
    answers(
        odd,
        page("a", "b", next_doc="1", has_more=True),
        page("a", "b", next_doc="2", has_more=True),
        page(next_doc="3", has_more=True),
        page("b", "c", has_more=False),
    )
    assert listed(odd) == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ([page("a", next_doc="1"), page("b", next_doc="1")], "circle"),
        ([page("a", next_doc="1"), page("b", next_doc="2"), page("c", next_doc="1")], "circle"),
        ([page("a", has_more=True)], "gives no cursor"),
        ([page("a", has_more=True, next_doc="")], "gives no cursor"),
        ([page("a", has_more="yes", next_doc="1")], "has_more"),
        ([page("a", has_more=True, next_doc=7)], "gives no cursor"),
    ],
    ids=["same cursor", "an earlier cursor", "no cursor", "empty cursor", "odd has_more", "odd cursor"],
)
def test_a_listing_without_a_trustworthy_end_is_not_believed(
    odd: Odd, told: list[dict[str, Any]], why: str
) -> None:
    """A cursor that goes nowhere raises before the first job is handed on: half a listing is none."""
    answers(odd, *told)
    with listen() as heard, pytest.raises(InvalidResponseError, match="cannot be trusted") as raised:
        odd.open().list_jobs(SINCE)
    assert why in str(raised.value)
    assert heard["listing.untrusted"] == 1


def test_a_listing_that_never_brings_anything_new_is_given_up(odd: Odd) -> None:
    """An endless listing ends with an error after a bounded number of pages."""
    numbers = count(1)
    odd.on(
        LISTING, lambda _: httpx.Response(200, json=page("a", next_doc=f"c{next(numbers)}", has_more=True))
    )
    with pytest.raises(InvalidResponseError, match="20 pages in a row brought nothing new"):
        listed(odd)
    assert odd.asked[LISTING] == pages.MOST_IDLE + 1


def test_a_listing_that_always_brings_something_new_is_given_up_too(odd: Odd) -> None:
    """A platform that invents jobs for ever is left after the most pages, with an error."""
    numbers = count(1)

    def more(_request: httpx.Request) -> httpx.Response:
        n = next(numbers)
        return httpx.Response(200, json=page(f"j{n}", next_doc=f"c{n}", has_more=True))

    odd.on(LISTING, more)
    with pytest.raises(InvalidResponseError, match=f"{pages.MOST_PAGES:,} pages"):
        listed(odd)
    assert odd.asked[LISTING] == pages.MOST_PAGES


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"name": "no id"}, "number 2 of page 1"),
        ("btcal_7", "number 2 of page 1"),
        ({k: v for k, v in job_body("btcal_7").items() if k != "created_at_unix"}, "job btcal_7"),
        (job_body("btcal_7", total_calls_dispatched="many"), "job btcal_7"),
        (job_body("btcal_7", created_at_unix=1e300), "job btcal_7"),
    ],
)
def test_a_member_that_cannot_be_read_is_named(odd: Odd, bad: str | dict[str, Any], named: str) -> None:
    """One job that cannot be read spoils the listing, for it may be the one that was looked for."""
    odd.on(LISTING, {"batch_calls": [job_body("a"), bad], "has_more": False})
    with pytest.raises(InvalidResponseError, match=named):
        listed(odd)


@pytest.mark.parametrize("body", [{}, {"batch_calls": None}, [], {"batch_calls": {"a": 1}}, "no"])
def test_a_page_without_a_list_is_no_empty_listing(odd: Odd, body: str | dict[str, Any] | list[Any]) -> None:
    """An answer that holds no list proves the absence of nothing."""
    odd.on(LISTING, httpx.Response(200, json=body))
    with pytest.raises(InvalidResponseError):
        listed(odd)


def test_a_page_that_fails_fails_the_listing(odd: Odd) -> None:
    """The third page is down for good: no job of the first two is handed on as the whole."""

    def page_of(request: httpx.Request) -> httpx.Response:
        at = int(request.url.params.get("last_doc", "0"))
        told = page(f"j{at}", next_doc=str(at + 1), has_more=True)
        return httpx.Response(200, json=told) if at < 2 else httpx.Response(503)

    odd.on(LISTING, page_of)
    with pytest.raises(PlatformDownError):
        odd.open().list_jobs(SINCE)


def test_a_job_that_is_shown_twice_is_shown_as_it_is_last(odd: Odd) -> None:
    """Between two pages a job may end; the later state is the truer one."""
    answers(odd, page("a", next_doc="1"), {"batch_calls": [job_body("a", status="completed")]})
    (job,) = odd.open().list_jobs(SINCE)
    assert job.raw_status == "completed"


def test_conversations_page_by_the_same_rules(odd: Odd) -> None:
    """Calls on the last of many pages are found, and a circle is a gap, never a complete listing."""
    job = source(odd)
    ours = [[summary(f"conv_{n}", agent_id="other")] for n in range(5)] + [[summary("conv_ours")]]
    odd.pages(CALLS, "conversations", ours, "next_cursor")
    odd.on(f"{CALLS}/*", call_body("conv_ours"))
    platform = odd.open()
    found = platform.list_calls(job, job.created_at, frozenset())
    assert ([call.id for call in found], found.complete) == (["conv_ours"], True)
    odd.on(CALLS, {"conversations": [summary("conv_ours")], "has_more": True, "next_cursor": "c"})
    again = platform.list_calls(job, job.created_at, frozenset())
    assert (tuple(again), again.complete) == ((), False)
    assert "cannot be trusted" in platform.gaps()[-1]


def test_sip_messages_are_read_to_their_last_page(odd: Odd) -> None:
    """The answer that counts may stand on the last page: 603 after two pages of attempts."""
    said = [
        [{"raw_message": f"SIP/2.0 {code} x\r\nCSeq: {n} INVITE", "n": n}]
        for n, code in enumerate((503, 480, 603))
    ]
    odd.pages(f"{CALLS}/conv_1/sip-messages", "sip_messages", said, "next_cursor")
    odd.on(f"{CALLS}/conv_1", call_body("conv_1"))
    assert odd.open().get_call("conv_1").reasons[0].code == "603"


def test_two_people_under_one_id_are_not_one(odd: Odd) -> None:
    """A row whose id another row has already, with another number, is never dropped in silence."""
    rows = [{"id": "r", "status": "pending", "phone_number": f"+44770090000{n}"} for n in (1, 2)]
    odd.on(f"{BATCH}/j", {**job_body("j"), "recipients": rows})
    with pytest.raises(InvalidResponseError, match="two people under one id"):
        list(odd.open().list_contacts("j"))


@pytest.mark.parametrize("body", [{}, {"recipients": None}, {"recipients": {"id": 1}}])
def test_a_job_without_rows_is_not_an_empty_job(odd: Odd, body: dict[str, Any]) -> None:
    """Rows that are left out are an error; an empty list is a job without people."""
    odd.on(f"{BATCH}/j", job_body("j") | body)
    with pytest.raises(PlatformError):
        list(odd.open().list_contacts("j"))
    odd.on(f"{BATCH}/j", job_body("j", recipients=[]))
    assert list(odd.open().list_contacts("j")) == []


def test_the_bound_of_time_is_kept(odd: Odd) -> None:
    """Of all that is read only the jobs since the asked moment are handed on."""
    shown = [
        job_body("new"),
        job_body("edge", created_at_unix=BEGAN - 60),
        job_body("old", created_at_unix=OLD),
    ]
    odd.on(LISTING, {"batch_calls": shown})
    assert listed(odd) == ["new", "edge"]
    assert SINCE + timedelta(seconds=60) == datetime.fromtimestamp(BEGAN, UTC)
