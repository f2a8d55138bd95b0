"""The door of Prefect's server: who comes by another name or from another page is refused."""

import asyncio
from typing import Any

import pytest

from tasks.prefect_api.server.origin_guard import OriginGuard, origins, own_hosts, refusal

OURS = frozenset(own_hosts(4200))


@pytest.mark.parametrize("host", ["127.0.0.1:4200", "localhost:4200", "LOCALHOST:4200", "[::1]:4200"])
def test_the_servers_own_names_come_in(host: str) -> None:
    """Clients, which send no origin, and the server's own pages come in under each of its names."""
    assert refusal(host, None, OURS) is None
    assert refusal(host, f"http://{host}", OURS) is None


@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:4200", "127.0.0.1", "127.0.0.1:4201", "", "localhost.evil.example:4200"],
)
def test_another_name_is_refused(host: str) -> None:
    """A name that leads here without being ours is refused, whoever asks: its page would read the answers."""
    assert "not reached as" in (refusal(host, None, OURS) or "")
    assert refusal(host, f"http://{host}", OURS)


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://evil.example:4200",
        "http://127.0.0.1:8000",
        "http://127.0.0.1",
        "null",
        "",
        "file://",
        "chrome-extension://127.0.0.1:4200",
    ],
)
def test_another_page_is_refused(origin: str) -> None:
    """A page of any other origin is refused, one of another port on this machine too."""
    assert "another origin" in (refusal("127.0.0.1:4200", origin, OURS) or "")
    assert origin not in origins(OURS)


def test_a_server_without_names_lets_in_its_own_pages_only() -> None:
    """Where nobody has named a server of one's own, its pages come in under any name, and no others."""
    assert refusal("calls.example", "https://calls.example", frozenset()) is None
    assert refusal("calls.example", "https://evil.example", frozenset())


def ask(kind: str, **headers: str) -> tuple[list[Any], list[str]]:
    """Return what a door has sent, and what has come through it."""
    sent: list[Any] = []
    passed: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        passed.append(scope["type"])

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": kind, "headers": [(k.encode(), v.encode()) for k, v in headers.items()]}
    asyncio.run(OriginGuard(app, OURS)(scope, None, send))
    return sent, passed


def test_nothing_of_a_refused_request_reaches_the_server() -> None:
    """A refused request is answered with a sentence, and a web socket is closed, before the app sees them."""
    sent, passed = ask("http", host="evil.example:4200")
    assert (sent[0]["status"], passed) == (403, [])
    assert b"not reached as" in sent[1]["body"]
    sent, passed = ask("websocket", host="localhost:4200", origin="http://evil.example")
    assert ([one["type"] for one in sent], passed) == (["websocket.close"], [])


@pytest.mark.parametrize("kind", ["http", "websocket", "lifespan"])
def test_what_is_ours_goes_through(kind: str) -> None:
    """Requests under our name, and the server's own start and end, pass unchanged."""
    assert ask(kind, host="127.0.0.1:4200") == ([], [kind])
