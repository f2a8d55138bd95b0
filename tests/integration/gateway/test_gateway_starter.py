"""Starting a run over Prefect's REST API: what counts as started, as later, and as never."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from deployments.gateway.starter import PermanentStartError, PrefectStarter, RetryableStartError
from models.hooks.order import StartRequest
from models.hooks.request import RecoveryRequest
from tests.fakes.gateway_starter import FakeStarter
from tests.integration.fake_prefect import FakePrefect

REQUEST = RecoveryRequest(job_id="btcal_1", ticket="zendesk:4711", requested_by="hook zendesk").parameters()
ORDER = StartRequest(REQUEST, "ringback/zendesk:4711/btcal_1/abc", ("ringback",))
RUN = {"id": "run-1", "parameters": {"request": REQUEST}, "state": {"type": "SCHEDULED", "name": "Scheduled"}}


def starter(create: Callable[[httpx.Request], httpx.Response], name: Any = None) -> PrefectStarter:
    """Return a starter on a server that answers a create in some way."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return name or httpx.Response(200, json={"id": "d-1"})
        return create(request)

    return PrefectStarter("http://prefect/api", transport=httpx.MockTransport(answer))


def answering(status: int, document: Any) -> PrefectStarter:
    """Return a starter on a server that gives one answer."""
    return starter(lambda _request: httpx.Response(status, json=document))


def test_the_request_is_as_agreed() -> None:
    """The deployment is found by its name; one parameter, the key and tags are sent, and credentials.

    A workspace that is newer than the form's list is the flow's to refuse, and not Prefect's.
    """
    seen: list[httpx.Request] = []

    def create(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(201, json=RUN)

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json={"id": "d-1"}) if request.method == "GET" else create(request)

    one = PrefectStarter("http://prefect/api/", auth="me:pw", transport=httpx.MockTransport(answer))
    assert (one.start(ORDER), one.start(ORDER)) == ("run-1", "run-1")
    by_name, created = seen[0], seen[1]
    assert by_name.url.raw_path == b"/api/deployments/name/Recover%20a%20batch%20job/recover"
    assert created.url.path == "/api/deployments/d-1/create_flow_run"
    assert json.loads(created.content) == {
        "parameters": {"request": REQUEST},
        "idempotency_key": ORDER.key,
        "tags": ["ringback"],
        "enforce_parameter_schema": False,
    }
    assert created.headers["authorization"].startswith("Basic ")
    assert len([request for request in seen if request.method == "GET"]) == 1


@pytest.mark.parametrize("status", [200, 201])
def test_a_new_run_and_a_known_key_are_started(status: int) -> None:
    """201 made it, 200 is the run that this key made before, wherever it stands by now."""
    assert answering(status, RUN).start(ORDER) == "run-1"
    over = RUN | {"state": {"type": "COMPLETED", "name": "Recovered"}}
    assert answering(200, over).start(ORDER) == "run-1"


@pytest.mark.parametrize(
    ("status", "document", "said"),
    [
        (409, {"detail": "Error creating flow run: request.job_id is too short"}, "job_id is too short"),
        (422, {"detail": [{"msg": "x"}]}, "refused the run"),
        (400, {}, "without a reason"),
        (201, RUN | {"state": {"type": "CANCELLED", "name": "Cancelled"}}, "ended it at once (Cancelled)"),
        (200, RUN | {"parameters": {"request": REQUEST | {"job_id": "other"}}}, "another request"),
        (200, RUN | {"parameters": None}, "another request"),
    ],
)
def test_what_will_never_start_is_final(status: int, document: Any, said: str) -> None:
    """A bad parameter, a run cancelled as it was made and a key of another wish are not tried for ever."""
    with pytest.raises(PermanentStartError, match=said.replace("(", r"\(").replace(")", r"\)")):
        answering(status, document).start(ORDER)


@pytest.mark.parametrize(
    ("status", "document"),
    [
        (200, RUN | {"status": "REJECT"}),
        (200, RUN | {"status": "ABORT"}),
        (200, RUN | {"status": "WAIT"}),
        (200, []),
        (200, {"no": "id"}),
        (401, {}),
        (403, {}),
        (404, {}),
        (429, {}),
        (500, {}),
        (502, {}),
        (503, {}),
        (302, {}),
    ],
)
def test_what_is_not_known_to_have_started_is_asked_again(status: int, document: Any) -> None:
    """A REJECT in a 200 is no success; neither is anything else that is not a run."""
    with pytest.raises(RetryableStartError):
        answering(status, document).start(ORDER)


@pytest.mark.parametrize(
    "error", [httpx.ConnectError("x"), httpx.ReadTimeout("x"), httpx.RemoteProtocolError("x")]
)
def test_a_line_that_breaks_is_later(error: httpx.HTTPError) -> None:
    """No connection, no answer, half an answer: the same key again later."""

    def broken(_request: httpx.Request) -> httpx.Response:
        raise error

    with pytest.raises(RetryableStartError, match="does not answer"):
        starter(broken).start(ORDER)


def test_a_page_that_is_no_prefect_is_later() -> None:
    """Something else answers there: said, and tried again."""
    with pytest.raises(RetryableStartError, match="no Prefect server"):
        starter(lambda _request: httpx.Response(200, text="<html>")).start(ORDER)
    with pytest.raises(RetryableStartError, match="no Prefect server"):
        starter(lambda _request: httpx.Response(200), httpx.Response(200, text="<html>")).start(ORDER)


def test_a_deployment_that_is_not_there_yet_is_later() -> None:
    """`ringback up` is still starting."""
    with pytest.raises(RetryableStartError, match="`ringback up` makes it"):
        starter(lambda _request: httpx.Response(201, json=RUN), httpx.Response(404, json={})).start(ORDER)


def test_a_deployment_that_was_made_anew_is_found_again() -> None:
    """Its id has changed: the name is looked up again at the next try."""
    ids, made = ["d-1", "d-2"], []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "GET":
            return httpx.Response(200, json={"id": ids.pop(0)})
        made.append(request.url.path)
        return httpx.Response(201, json=RUN) if "d-2" in request.url.path else httpx.Response(404, json={})

    one = PrefectStarter("http://prefect/api", transport=httpx.MockTransport(answer))
    with pytest.raises(RetryableStartError, match="gone"):
        one.start(ORDER)
    assert one.start(ORDER) == "run-1"
    assert [path.split("/")[3] for path in made] == ["d-1", "d-2"]


def test_both_fakes_have_prefects_manners() -> None:
    """The shipped fake and the one on a port answer a known key alike, also with other parameters."""
    server = FakePrefect()
    try:
        for one in (FakeStarter(), PrefectStarter(server.url)):
            first = one.start(ORDER)
            assert one.start(ORDER) == first
            assert one.start(StartRequest(REQUEST, "another key")) != first
            with pytest.raises(PermanentStartError, match="another request"):
                one.start(StartRequest(REQUEST | {"job_id": "other"}, ORDER.key))
    finally:
        server.close()
