"""Prefect's REST API as the doors use it: what is tried again, what is believed, what starts once."""

import json
from collections.abc import Callable
from datetime import datetime

import httpx
import pytest

from tasks.prefect_api import rest
from tasks.prefect_api.recovery_event import recovery_event
from tasks.prefect_api.rest import PrefectRefusedError, PrefectRest

Answer = Callable[[httpx.Request], httpx.Response]


def api(answer: Answer) -> PrefectRest:
    """Return a client whose server is a function."""
    return PrefectRest("http://prefect/api", httpx.MockTransport(answer))


def body(request: httpx.Request) -> dict[str, object]:
    """Return what a request says."""
    return dict(json.loads(request.content))


@pytest.mark.parametrize(("status", "believed"), [("ACCEPT", True), ("REJECT", False), ("ABORT", False)])
def test_a_resume_is_believed_by_its_status_and_not_its_code(status: str, believed: bool) -> None:
    """Prefect answers 200 to a form that it refuses; only ACCEPT means that the run goes on."""
    assert api(lambda _: httpx.Response(200, json={"status": status})).resume("id", {}) is believed


def test_a_form_that_does_not_fit_is_refused_with_its_reason() -> None:
    """A 409 becomes an error with Prefect's own words, which name the field."""
    told = {"detail": "Validation failed for field 'request.job_id'"}
    with pytest.raises(PrefectRefusedError, match=r"request\.job_id"):
        api(lambda _: httpx.Response(409, json=told)).create_run("id", {}, "key")


def test_a_block_is_asked_for_by_type_and_name() -> None:
    """The values of a block come with its secrets; where the server knows no such one there is none."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return httpx.Response(200, json={"data": {"key": "k"}}) if len(asked) == 1 else httpx.Response(404)

    assert api(answer).block("ringback-workspace", "acme") == {"key": "k"}
    assert api(answer).block("ringback-workspace", "acme") is None
    where = "block_types/slug/ringback-workspace/block_documents/name/acme?include_secrets=true"
    assert asked[0] == f"http://prefect/api/{where}"


def test_an_event_says_when_it_was_and_is_no_other_event() -> None:
    """What is announced from outside of a run has a moment and an id of its own."""
    told: list[dict[str, object]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        told.extend(json.loads(request.content))
        return httpx.Response(204)

    server = api(answer)
    for _ in range(2):
        server.emit(recovery_event("held", "r_1", "job_1", {"why": "call +61491570006"}))
    assert {one["event"] for one in told} == {"ringback.recovery.held"}
    assert len({str(one["id"]) for one in told}) == 2
    assert datetime.fromisoformat(str(told[0]["occurred"])).tzinfo
    assert "491570006" not in str(told)


def test_a_busy_server_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 503, as SQLite gives it under load, is tried again and is no failure."""
    monkeypatch.setattr(rest, "PAUSES", (0.0, 0.0))
    answers = [httpx.Response(503), httpx.Response(503), httpx.Response(200, json={"id": "d"})]
    assert api(lambda _: answers.pop(0)).deployment_id() == "d"


def test_a_server_without_our_deployment_says_so() -> None:
    """No deployment is no error: the caller goes another way."""
    assert api(lambda _: httpx.Response(404)).deployment_id() is None


def test_the_same_key_starts_one_run_and_an_ended_one_makes_room() -> None:
    """A run that goes on is returned again; one that ended in vain is followed by one under the next key."""
    states = {"k:0": "CRASHED", "k:1": "FAILED", "k:2": "PENDING"}
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        key = str(body(request)["idempotency_key"])
        asked.append(key)
        return httpx.Response(200, json={"id": key, "state_type": states[key]})

    for _ in range(2):
        run = api(answer).start_once("d", {}, "k")
        assert run
        assert run["id"] == "k:2"
    assert asked == ["k:0", "k:1", "k:2"] * 2


def test_a_run_that_always_ends_in_vain_is_left_to_a_person() -> None:
    """There is no endless loop of runs that crash: after some of them nothing more is started."""
    made = api(lambda _: httpx.Response(200, json={"state_type": "CRASHED"})).start_once("d", {}, "k")
    assert made is None
