"""The raw answer about a call: from the documented path of each platform, with the ids of the request."""

from typing import Any, cast

import httpx
import pytest

from models.platform import NoSuchJobError, RawAnswer
from tasks.clock import VirtualClock
from tasks.platforms.cartesia.adapter import Cartesia
from tasks.platforms.cartesia.calls import BatchCalls
from tasks.platforms.elevenlabs.adapter import ElevenLabs
from tasks.platforms.elevenlabs.calls import Conversations
from tasks.platforms.gaps import Gaps
from tasks.platforms.http import Reader
from tasks.platforms.mapped.adapter import Mapped
from tasks.platforms.port import ShowsAnswers
from tasks.platforms.retell.adapter import Retell
from tasks.platforms.retell.calls import CallLists
from tasks.platforms.vapi.adapter import Vapi
from tasks.platforms.vapi.calls import CampaignCalls
from tasks.platforms.vapi.lists import Lists
from tasks.platforms.vogent.adapter import Vogent
from tasks.platforms.vogent.calls import Dials
from tasks.platforms.voqo.adapter import Voqo

CALL = "call_1"
PATHS = {
    "elevenlabs": f"/v1/convai/conversations/{CALL}",
    "cartesia": f"/agents/calls/{CALL}",
    "vogent": f"/dials/{CALL}",
    "vapi": f"/call/{CALL}",
    "retell": f"/v2/get-call/{CALL}",
}
BODY = {"id": CALL, "odd": {"of": ["any", "shape"]}}


def asked(name: str, answer: httpx.Response, seen: list[httpx.Request]) -> RawAnswer:
    """Ask for the raw answer about a call over a wire that gives one answer."""

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return answer

    client = httpx.Client(base_url="https://voice.example", transport=httpx.MockTransport(reply))
    read, gaps, clock = Reader(client, VirtualClock(), name), Gaps(), VirtualClock()
    calls: dict[str, Any] = {
        "elevenlabs": lambda: Conversations(read, gaps, {}),
        "cartesia": lambda: BatchCalls(read, gaps),
        "vogent": lambda: Dials(read, gaps),
        "vapi": lambda: CampaignCalls(read, cast("Lists", None), gaps, clock),
        "retell": lambda: CallLists(read, gaps),
    }
    return cast("RawAnswer", calls[name]().raw(CALL))


@pytest.mark.parametrize("name", PATHS)
def test_an_answer_comes_as_it_is_with_its_ids(name: str) -> None:
    """Nothing of the body is read, and only headers that name a request are kept."""
    seen: list[httpx.Request] = []
    headers = {"request-id": "req_7f", "CF-Ray": "8b1-SYD", "set-cookie": "a=b", "x-request-id": "not an id"}
    found = asked(name, httpx.Response(200, json=BODY, headers=headers), seen)
    assert found.body == BODY
    assert found.request_ids == {"request-id": "req_7f", "cf-ray": "8b1-SYD"}
    assert [(one.method, one.url.path) for one in seen] == [("GET", PATHS[name])]


@pytest.mark.parametrize("name", PATHS)
def test_a_call_that_is_forgotten_is_no_answer(name: str) -> None:
    """It raises the error of what is not there, in a sentence."""
    with pytest.raises(NoSuchJobError):
        asked(name, httpx.Response(404), [])


def test_where_the_shape_is_not_known_no_answer_is_shown() -> None:
    """Platforms by a mapping file and those that look no call up show none; all others do."""
    assert all(issubclass(one, ShowsAnswers) for one in (ElevenLabs, Cartesia, Vogent, Vapi, Retell))
    assert not any(issubclass(one, ShowsAnswers) for one in (Mapped, Voqo))
