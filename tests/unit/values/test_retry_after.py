"""Retry-After is read as it is documented, in one place for platforms and ticket systems."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.clock import VirtualClock
from tasks.platforms.http import LONGEST_PAUSE, Reader, http_date, retry_after, seconds_asked
from tasks.tickets.http import asked_pause

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
DATE = "Tue, 01 Jan 2030 12:00:30 GMT"


def answer(**headers: str) -> httpx.Response:
    """Return a refusal with these headers."""
    return httpx.Response(429, headers={name.replace("_", "-"): text for name, text in headers.items()})


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30", 30.0), ("0", 0.0), ("0.5", 0.5), (" 7 ", 7.0), (DATE, 30.0),
        ("Tuesday, 01-Jan-30 12:00:30 GMT", 30.0), ("Tue Jan  1 12:00:30 2030", 30.0),
        ("Mon, 31 Dec 2029 00:00:00 GMT", 0.0),
    ],
)  # fmt: skip
def test_seconds_and_dates_are_read(text: str, seconds: float) -> None:
    """Seconds may be decimal, a date may be in any of HTTP's three forms, and the past is no wait."""
    assert retry_after(answer(retry_after=text), NOW) == seconds
    assert asked_pause(answer(retry_after=text), NOW) == seconds


@pytest.mark.parametrize(
    "text", ["", "-5", "soon", "nan", "inf", "1e9", "0x10", "1_000", "12 s", "9" * 40, DATE[:9]]
)
def test_what_cannot_be_read_asks_for_nothing(text: str) -> None:
    """Garbage, negative and infinite pauses are none: our own pause holds then."""
    assert retry_after(answer(retry_after=text), NOW) is None
    assert asked_pause(answer(retry_after=text), NOW) is None
    assert retry_after(answer(), NOW) is None


@pytest.mark.parametrize("hours", [-9, 0, 9])
def test_a_date_counts_on_the_platforms_own_clock(hours: int) -> None:
    """A platform whose clock is hours off asks for its 30 seconds all the same."""
    theirs = NOW + timedelta(hours=hours)
    told = {"date": http(theirs), "retry_after": http(theirs + timedelta(seconds=30))}
    assert retry_after(answer(**told), NOW) == 30.0


def http(at: datetime) -> str:
    """Return an HTTP date."""
    return f"{at:%a, %d %b %Y %H:%M:%S} GMT"


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading(text: str) -> None:
    """Whatever a header holds, the pause is a number from 0 on, or none."""
    found = seconds_asked(text, NOW)
    assert found is None or found >= 0.0
    date = http_date(text)
    assert date is None or date.tzinfo is not None


@pytest.mark.parametrize(
    ("asked", "waits"), [("0", 4 * 0.5), ("3", 4 * 3.0), ("9999", 4 * LONGEST_PAUSE), ("x", 7.5)]
)
def test_a_read_never_hammers_and_never_waits_for_ever(asked: str, waits: float) -> None:
    """Between two tries lies at least the first pause, whatever is asked, and at most the longest."""
    clock = VirtualClock(NOW)
    transport = httpx.MockTransport(lambda _request: answer(retry_after=asked))
    client = httpx.Client(base_url="https://voice.example", transport=transport)
    with pytest.raises(Exception, match="asked 5 times"):
        Reader(client, clock, "X").get("/")
    assert (clock.now() - NOW).total_seconds() == waits
