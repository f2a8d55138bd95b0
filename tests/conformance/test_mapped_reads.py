"""Reads by a mapping: whatever a platform answers is taken as its mapping says, or not at all."""

from typing import Any

import httpx
import pytest

from models.enums import ContactStatus, JobStatus
from models.platform import (
    AuthenticationError,
    InvalidResponseError,
    NoSuchJobError,
    PlatformDownError,
    PlatformError,
    Reason,
)
from tests.fakes.desk import KEY, Desk, call, job, now, page, row, says
from tests.unit.mapping.example import changed, parsed, without

JOB, ROWS, CALL = "GET /rest/v1/jobs/job_1", "GET /rest/v1/jobs/job_1/contacts", "GET /rest/v1/calls/call_1"
JOBS, CALLS, CAPACITY = "GET /rest/v1/jobs", "GET /rest/v1/jobs/job_1/calls", "GET /rest/v1/capacity"
PAYLOAD = changed(('payload = "upload"\n', 'payload = "none"\n'), ("[evidence.stop]", (
    '[evidence."rows.payload"]\nsays = "A call needs nothing but the number."\n'
    'source = "https://desk.example/docs"\n\n[evidence.stop]'
)))  # fmt: skip


def desk(**answers: Any) -> Desk:
    """Return a platform with some answers changed, by the names above."""
    return Desk({globals()[name]: answer for name, answer in answers.items()})


def test_a_job_is_read_as_the_mapping_says() -> None:
    """Counters, set-up, status and times come from where the file says; the key goes in its header."""
    at = Desk()
    found = at.platform().get_job("job_1")
    assert (found.status, found.raw_status, found.name) == (JobStatus.RUNNING, "Running", "Renewals")
    assert (found.total, found.dispatched, found.finished, found.retries) == (2, 1, 1, 0)
    assert (found.agent_id, found.number_id) == ("agent_1", "num_1")
    assert found.created_at.isoformat() == "2026-03-01T22:00:00+00:00"
    assert at.asked[0].headers["authorization"] == f"Bearer {KEY}"


def test_rows_and_calls_are_read_as_the_mapping_says() -> None:
    """Each row has its status and call, each call its end and its reason."""
    platform = Desk().platform(parsed(PAYLOAD))
    rows = list(platform.list_contacts("job_1"))
    assert [one.status for one in rows] == [ContactStatus.NOT_REACHED, ContactStatus.NOT_DIALED]
    found = platform.get_calls(["call_1", "call_2"])
    assert found.keys() == {"call_1"}
    assert found["call_1"].answered is False
    assert found["call_1"].reasons == (Reason("sip", "486", "Busy Here"),)


@pytest.mark.parametrize("word", ["draining", "RUNNING", "", "running "])
def test_a_word_that_is_not_listed_is_unknown(word: str) -> None:
    """A status is what its platform documents, letter for letter; anything else means nothing here."""
    if not word:
        with pytest.raises(InvalidResponseError, match="state is missing"):
            desk(JOB={"data": job(state=word)}).platform().get_job("job_1")
        return
    assert desk(JOB={"data": job(state=word)}).platform().get_job("job_1").status is JobStatus.UNKNOWN
    platform = desk(ROWS=page([row(1, state=word)])).platform(parsed(PAYLOAD))
    assert [one.status for one in platform.list_contacts("job_1")] == [ContactStatus.UNKNOWN]
    assert desk(CALL={"data": call(state=word)}).platform().get_call("call_1").status is ContactStatus.UNKNOWN


ODD_JOBS = [
    {"created_at": "2026-03-02T09:00:00"},
    {"created_at": "02/03/2026"},
    {"created_at": 1772402400},
    {"created_at": None},
    {"state": ["Running"]},
    {"state": True},
    {"id": None},
    {"counts": {"contacts": "2", "dispatched": 1, "finished": 1}},
    {"counts": {"contacts": 2, "dispatched": -1, "finished": 1}},
    {"counts": {"contacts": 2, "dispatched": True, "finished": 1}},
    {"counts": {"contacts": 2, "dispatched": 1}},
    {"counts": None},
    {"id": "job_2"},
]


@pytest.mark.parametrize("change", ODD_JOBS, ids=repr)
def test_a_changed_type_is_no_value(change: dict[str, Any]) -> None:
    """A time without a zone, a count that is a text or below none, a missing field: an error, no guess."""
    with pytest.raises(InvalidResponseError) as refused:
        desk(JOB={"data": job(**change)}).platform().get_job("job_1")
    assert "1772402400" not in str(refused.value)


@pytest.mark.parametrize("phone", [61255550001, ["+61255550001"], {"e164": "+61255550001"}])
def test_a_number_that_is_no_text_is_not_read(phone: object) -> None:
    """A number of another type is not guessed at, and stands in no message."""
    with pytest.raises(InvalidResponseError) as refused:
        list(desk(ROWS=page([row(1, phone=phone)])).platform(parsed(PAYLOAD)).list_contacts("job_1"))
    assert "61255550001" not in str(refused.value)


def test_times_without_a_zone_are_read_where_it_is_documented() -> None:
    """The platform's own word on its zone makes them moments."""
    line = '[evidence."times.zone"]\nsays = "All times are in UTC."\nsource = "https://desk.example"\n\n'
    text = changed(
        ('form = "iso"', 'form = "iso"\nzone = "UTC"'), ("[evidence.stop]", f"{line}[evidence.stop]")
    )
    found = desk(JOB={"data": job(created_at="2026-03-02T09:00:00")}).platform(parsed(text)).get_job("job_1")
    assert found.created_at.isoformat() == "2026-03-02T09:00:00+00:00"


@pytest.mark.parametrize("status", [401, 403])
def test_an_expired_or_scoped_key_is_said(status: int) -> None:
    """A refused key is a sentence with the platform's words and without the key."""
    refused = says(status, b'{"error": {"message": "This key has expired."}}')
    with pytest.raises(AuthenticationError, match="This key has expired") as error:
        desk(JOB=refused).platform().get_job("job_1")
    assert KEY not in str(error.value)


def test_a_key_without_a_permission_leaves_gaps_beside_the_job() -> None:
    """What a scoped key may not read stays unknown, is said, and ends nothing."""
    refused = says(403, b'{"error": {"message": "Not allowed."}}')
    at = desk(CAPACITY=refused, CALLS=refused, CALL=refused)
    at.answers["GET /rest/v1/agents/agent_1"] = refused
    platform = at.platform()
    found = platform.get_job("job_1")
    assert platform.get_capacity().live is None
    assert platform.get_config(found).agent_exists is None
    assert platform.get_calls(["call_1"])["call_1"].status is ContactStatus.UNKNOWN
    assert not platform.list_calls(found, now(), frozenset()).complete
    assert (platform.capabilities.can_list_calls, platform.declared.can_list_calls) == (False, True)
    assert len(platform.gaps()) == 3


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (says(200, b"<html>Log in</html>"), InvalidResponseError),
        (says(200, b"[]"), InvalidResponseError),
        (says(200, b"null"), InvalidResponseError),
        (says(200, b"[" * 200_000), InvalidResponseError),
        (says(502, b"<html>" + b"x" * 5_000_000), PlatformDownError),
        (says(418, b"<html>" + b"x" * 5_000_000), PlatformError),
        (says(404, b"not here"), NoSuchJobError),
        (says(302, b"", location="https://login.example/x"), PlatformError),
    ],
)
def test_what_is_no_answer_is_one_short_sentence(answer: Any, kind: type[Exception]) -> None:
    """HTML, a huge error, a redirect to another host: one sentence, and nothing is sent elsewhere."""
    at = desk(JOB=answer)
    with pytest.raises(kind) as error:
        at.platform().get_job("job_1")
    assert len(str(error.value)) < 500
    assert {one.url.host for one in at.asked} == {"desk.example"}


def test_an_answer_without_bounds_is_not_swallowed() -> None:
    """An answer larger than any should be breaks off, and the read fails as if the platform were down."""

    class Endless(httpx.SyncByteStream):
        def __iter__(self) -> Any:
            while True:
                yield b" " * 1_000_000

    at = desk(JOB=lambda _request: httpx.Response(200, stream=Endless()))
    with pytest.raises(PlatformDownError):
        at.platform().get_job("job_1")


def pages(*answers: dict[str, Any]) -> Any:
    """Return pages one after the other, the last of them for ever."""
    left = list(answers)
    return lambda _request: httpx.Response(200, json=left.pop(0) if len(left) > 1 else left[0])


UNENDED = [
    pages(page([job()], total=7)),
    pages(page([job()], total=2), page([], total=2)),
    pages(page([job()], total="1")),
    pages(page([job()], total=None)),
    pages({"data": [job()]}),
    pages({"data": {"job_1": job()}, "meta": {"total": 1}}),
    pages(page([{"label": "no id"}])),
]


@pytest.mark.parametrize("answer", UNENDED)
def test_a_listing_without_a_trustworthy_end_is_refused(answer: Any) -> None:
    """A count that is never reached, or no count at all: what was listed so far is believed in nothing."""
    with pytest.raises(InvalidResponseError):
        desk(JOBS=answer).platform().list_jobs(now())


def test_a_cursor_that_runs_in_a_circle_is_refused() -> None:
    """The calls are then not all known, which is said."""
    at = desk(CALLS={"data": [call()], "next": 7})
    platform = at.platform()
    found = platform.list_calls(platform.get_job("job_1"), now(), frozenset())
    assert (found.found, found.complete) == ((), False)
    assert any("runs in a circle" in gap for gap in platform.gaps())


@pytest.mark.parametrize("following", [{"after": 1}, [7], True, 0.5])
def test_a_cursor_of_another_type_is_no_end(following: Any) -> None:
    """A cursor that is neither word nor number ends no listing: that calls are missing is said."""
    at = desk(CALLS={"data": [call()], "next": following})
    platform = at.platform()
    found = platform.list_calls(platform.get_job("job_1"), now(), frozenset())
    assert (found.found, found.complete) == ((), False)
    assert any("gives no cursor" in gap for gap in platform.gaps())


def test_pages_are_read_to_their_end_once_each() -> None:
    """Members that come twice count once, and the size and number of each page are asked for."""
    first = page([job("a"), job("b")], total=3)
    at = desk(JOBS=pages(first, page([job("b"), job("c")], total=3)))
    assert [one.id for one in at.platform().list_jobs(now())] == ["a", "b", "c"]
    assert [dict(one.url.params) for one in at.asked] == [
        {"per_page": "50", "page": "1"},
        {"per_page": "50", "page": "2"},
    ]


def test_two_people_under_one_id_are_not_trusted() -> None:
    """One id with two numbers hides nobody."""
    two = page([row(1), row(1, phone="+61255559999")])
    with pytest.raises(InvalidResponseError, match="two people under one id"):
        list(desk(ROWS=two).platform(parsed(PAYLOAD)).list_contacts("job_1"))


def test_counters_that_a_job_does_not_show_are_counted_from_its_rows() -> None:
    """Without counters the rows count, so that a job never looks emptier than its rows are."""
    text = changed(
        ('total = "counts.contacts"\ndispatched = "counts.dispatched"\nfinished = "counts.finished"\n', ""),
        text=PAYLOAD,
    )
    platform = Desk().platform(parsed(text))
    found = platform.get_job("job_1")
    assert (found.total, found.dispatched, found.finished) == (2, 1, 1)
    assert any("no counter" in line for line in platform.mapping.lacks)


def test_rows_without_times_moved_when_the_job_did_last() -> None:
    """Else when this run first saw them so: never earlier than is known."""
    bare = page([row(1, updated_at=None)])
    platform = desk(ROWS=bare).platform(parsed(PAYLOAD))
    found = platform.get_job("job_1")
    (one,) = platform.list_contacts("job_1")
    assert one.updated_at == found.created_at
    at = desk(ROWS=bare, JOB={"data": job(updated_at=None)})
    platform = at.platform(parsed(PAYLOAD))
    begun = at.clock.now()
    platform.get_job("job_1")
    first = next(platform.list_contacts("job_1")).updated_at
    at.clock.sleep(100)
    assert next(platform.list_contacts("job_1")).updated_at == first
    assert first is not None
    assert first >= begun


@pytest.mark.parametrize("job_id", ["../capacity", "a/b", "..", "x?y=1", "%2e%2e"])
def test_an_id_leads_nowhere_else(job_id: str) -> None:
    """An id with signs of a path is quoted whole, or not asked about."""
    at = Desk()
    with pytest.raises((NoSuchJobError, InvalidResponseError)):
        at.platform().get_job(job_id)
    assert all(one.url.raw_path.startswith(b"/rest/v1/jobs/") for one in at.asked)
    assert all(one.url.raw_path.count(b"/") == 4 for one in at.asked)
    assert not any(one.url.query for one in at.asked)


def test_no_stop_without_a_word_on_it() -> None:
    """A mapping that names no stop stops nothing."""
    at = Desk()
    with pytest.raises(PlatformError, match="does not say how a job is stopped"):
        at.platform(parsed(without("stop", "evidence.stop"))).stop_job("job_1")
    assert at.asked == []


def test_a_refused_stop_is_good_only_for_a_job_that_is_over() -> None:
    """A job that ended by itself refuses a stop; one that runs on is not called stopped."""
    refused = says(409, b'{"error": {"message": "Not now."}}')
    at = desk()
    at.answers["POST /rest/v1/jobs/job_1/stop"] = refused
    with pytest.raises(PlatformError, match="It still says Running"):
        at.platform().stop_job("job_1")
    at.answers[JOB] = {"data": job(state="Completed")}
    at.platform().stop_job("job_1")
