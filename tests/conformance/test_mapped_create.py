"""Creates by a mapping: sent once, and only what the platform documents as a refusal is one."""

from typing import Any

import httpx
import pytest

from models.enums import ContactStatus, JobStatus
from models.moments import unix
from models.platform import Contact, Draft, Job, SubmitOutcomeUnknownError, SubmitRefusedError
from tests.fakes.desk import Desk, says
from tests.unit.mapping.example import changed, parsed, without

PATH = "/rest/v1/jobs"
TOKEN = ("[create.job]", '[create.token]\nheader = "Idempotency-Key"\n\n[create.job]')
LINE = (
    "[evidence.stop]",
    """[evidence."create.token"]
says = "A key that comes again creates nothing new."
source = "https://desk.example"

[evidence.stop]""",
)
MADE = {"data": {"id": "job_9", "label": "rb-r_05a9f21adc-1"}}


def draft(**changes: Any) -> Draft:
    """Return a wave of one contact."""
    job = {"id": "job_1", "agent_id": "agent_1", "number_id": "num_1"} | changes
    source = Job(
        **job, name="x", status=JobStatus.RUNNING, raw_status="Running", total=1, dispatched=0, finished=0,
        created_at=unix(0), seen_at=unix(0),
    )  # fmt: skip
    payload = {"name": 'Kim "O\'Hara" {from}', "note": "${x}"}
    row = Contact("c1", "+61255550001", ContactStatus.NOT_DIALED, "planned", payload=payload)
    return Draft("rb-r_05a9f21adc-1", source, (row,), 3)


def answering(answer: Any) -> Desk:
    """Return a platform that answers every create so."""
    return Desk({f"POST {PATH}": answer})


def test_a_wave_is_built_of_values() -> None:
    """Every value stands where the mapping puts it, whatever signs it holds, and our marker in two places."""
    at = answering(lambda _request: httpx.Response(201, json=MADE))
    made = at.platform(parsed(changed(TOKEN, LINE))).create_job(draft())
    assert (made.id, made.name) == ("job_9", "rb-r_05a9f21adc-1")
    said = {"name": 'Kim "O\'Hara" {from}', "note": "${x}", "ringback_wave": "rb-r_05a9f21adc-1"}
    assert at.sent(PATH) == [
        {
            "label": "rb-r_05a9f21adc-1",
            "agent": "agent_1",
            "from_number": "num_1",
            "limit": 3,
            "contacts": [{"id": "c1", "phone": "+61255550001", "variables": said}],
        }
    ]
    assert at.asked[0].headers["idempotency-key"] == "rb-r_05a9f21adc-1"


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 409, 425, 402, 418, 200, 202, 301, 302, 307])
def test_whatever_is_not_listed_may_have_called(status: int) -> None:
    """A server's error, a time-out, a redirect, a status that nobody listed: unknown, and sent once."""
    at = answering(says(status, b'{"data": {}}', location="https://elsewhere.example/"))
    with pytest.raises(SubmitOutcomeUnknownError):
        at.platform().create_job(draft())
    assert len(at.asked) == 1
    assert at.asked[0].url.host == "desk.example"


@pytest.mark.parametrize(
    "error", [httpx.ReadTimeout, httpx.WriteTimeout, httpx.ReadError, httpx.RemoteProtocolError]
)
def test_a_lost_answer_is_unknown(error: type[httpx.HTTPError]) -> None:
    """Once a byte may be out nothing is known of what became of it."""

    def lost(_request: httpx.Request) -> httpx.Response:
        raise error("lost")

    at = answering(lost)
    with pytest.raises(SubmitOutcomeUnknownError):
        at.platform().create_job(draft())
    assert len(at.asked) == 1


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[]", b"{}", b'{"data": {"id": null}}', b'{"data": {"id": {}}}']
)
def test_an_accepted_wave_without_an_id_is_unknown(body: bytes) -> None:
    """Which job was made has to be looked up, not made up."""
    with pytest.raises(SubmitOutcomeUnknownError):
        answering(says(201, body)).platform().create_job(draft())


@pytest.mark.parametrize("status", [400, 401, 403, 404, 422])
def test_a_listed_refusal_is_one_for_good(status: int) -> None:
    """What the platform documents as a refusal stops the wave, with its words and without numbers."""
    words = b'{"error": {"message": "No agent for +61255550001."}}'
    with pytest.raises(SubmitRefusedError) as refused:
        answering(says(status, words)).platform().create_job(draft())
    assert refused.value.fatal
    assert "No agent for" in str(refused.value)
    assert "61255550001" not in str(refused.value)


def test_try_again_is_no_refusal_for_good() -> None:
    """A listed limit goes again under the same marker, after the pause that was asked for."""
    with pytest.raises(SubmitRefusedError) as refused:
        answering(says(429, b"{}", **{"retry-after": "7"})).platform().create_job(draft())
    assert (refused.value.fatal, refused.value.retry_after) == (False, 7.0)


def test_nothing_is_sent_that_would_not_be_the_same_call() -> None:
    """A place without a value, too many contacts, variables that are no JSON: refused, and nothing sent."""
    at = answering(says(201, b"{}"))
    with pytest.raises(SubmitRefusedError, match=r"nothing for job\.agent_id"):
        at.platform().create_job(draft(agent_id=None))
    many = Draft("rb-r_1-1", draft().source, draft().contacts * 3, 1)
    with pytest.raises(SubmitRefusedError, match="takes 2"):
        at.platform(parsed(changed(("max_rows = 1000", "max_rows = 2")))).create_job(many)
    odd = Contact("c1", "+61255550001", ContactStatus.NOT_DIALED, "planned", payload={"x": float("nan")})
    with pytest.raises(SubmitRefusedError, match="no JSON"):
        at.platform().create_job(Draft("rb-r_1-1", draft().source, (odd,), 1))
    long = Draft(f"rb-{'x' * 40}-1", draft().source, draft().contacts, 1)
    with pytest.raises(SubmitRefusedError, match=r"does not fit create\.marker"):
        at.platform(parsed(changed(("longest = 80", "longest = 30")))).create_job(long)
    assert at.asked == []


def test_a_mapping_without_own_retries_sends_nothing() -> None:
    """Where nobody has said whether the platform calls again by itself, no wave is made."""
    text = changed(('own_retries = "none"\n', ""), text=without('evidence."create.own_retries"'))
    at = answering(says(201, b"{}"))
    with pytest.raises(SubmitRefusedError, match="by itself"):
        at.platform(parsed(text)).create_job(draft())
    assert at.asked == []
