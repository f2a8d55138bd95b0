"""Half requests on a real socket: a head or a body that never comes stops nobody else, and is cut off."""

import json
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from deployments.gateway.__main__ import make_server
from deployments.gateway.patience import LONG_SECONDS, MOST_HALF, REQUEST_SECONDS, patient
from models.hooks.tokens import Scope
from tasks.clock import VirtualClock
from tasks.ledger.store import Ledger
from tests.gateway_kit import SECRET, Gate, wish
from tests.integration.fake_prefect import PATIENCE
from tests.integration.gates import problem
from tests.integration.gateway.test_gateway_api import call

HEAD = b"POST /hooks/token HTTP/1.1\r\nHost: gate\r\nX-Ringback-Token: " + SECRET.encode() + b"\r\n"
HALVES = {
    "nothing at all": b"",
    "half a line": b"POST /hooks/tok",
    "a head without an end": HEAD,
    "a body that never comes": HEAD + b"Content-Length: 500\r\n\r\n",
    "a body without an end": HEAD + b'Transfer-Encoding: chunked\r\n\r\n2\r\n{"\r\n',
    "a stranger's body": b"POST /v1/recoveries HTTP/1.1\r\nHost: gate\r\nContent-Length: 500\r\n\r\n{",
}


@pytest.fixture(params=["sqlite"])
def url(blank_file: Path, tmp_path: Path) -> str:
    """Keep these tests on SQLite."""
    shutil.copy(blank_file, tmp_path / "ledger.db")
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@contextmanager
def standing(
    gate: Gate, seconds: float, most: int = MOST_HALF, long_seconds: float = LONG_SECONDS
) -> Iterator[str]:
    """Serve the gateway on a free port of loopback and give its address."""
    listener, ready, told = socket.create_server(("127.0.0.1", 0), backlog=2048), threading.Event(), [""]

    def tell(address: str) -> None:
        told[0] = address
        ready.set()

    server = make_server(gate.parts, listener, tell, patient(seconds, most, long_seconds))
    thread = threading.Thread(target=lambda: server.run(sockets=[listener]), daemon=True)
    thread.start()
    assert ready.wait(PATIENCE)
    try:
        yield told[0]
    finally:
        server.should_exit = True
        thread.join(PATIENCE)


@pytest.fixture
def gate(ledger: Ledger, clock: VirtualClock) -> Gate:
    """Return a gateway."""
    return Gate(ledger, clock)


def begun(url: str, half: bytes) -> socket.socket:
    """Open a connection and send the beginning of a request."""
    address = httpx.URL(url)
    found = socket.create_connection((address.host, address.port or 0), timeout=PATIENCE)
    found.sendall(half)
    return found


def is_cut_off(half: socket.socket) -> bool:
    """Wait until the other side ends the connection; whatever it answers before is read."""
    try:
        while half.recv(65_536):
            continue
    except ConnectionError:
        return True
    except TimeoutError:
        return False
    return True


def hook(url: str, job: str) -> int:
    """Send a whole hook and return its answer's status."""
    headers = {"X-Ringback-Token": SECRET}
    body = json.dumps(wish("token", job))
    return httpx.post(f"{url}/hooks/token", content=body, headers=headers, timeout=PATIENCE).status_code


@pytest.mark.parametrize("how", HALVES)
def test_half_a_request_is_cut_off_and_stops_nobody(gate: Gate, how: str) -> None:
    """Thirty of them stand open: a whole hook is taken meanwhile, and each of them ends."""
    with standing(gate, seconds=2.0) as url:
        open_ones = [begun(url, HALVES[how]) for _ in range(30)]
        assert hook(url, "btcal_1") == 202
        assert all(map(is_cut_off, open_ones))
        assert hook(url, "btcal_2") == 202


def test_a_hand_over_has_a_longer_time_and_an_end(gate: Gate) -> None:
    """A form with files outlasts the time of other requests; one that never comes is cut off all the same."""
    token = gate.token()["Authorization"].encode()
    head = b"POST /v1/jobs/job_1/handovers HTTP/1.1\r\nHost: gate\r\nAuthorization: " + token
    head += b"\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 500\r\n\r\n--x\r\n"
    with standing(gate, seconds=1.0, long_seconds=3.0) as url:
        slow, other = begun(url, head), begun(url, HALVES["a body that never comes"])
        assert is_cut_off(other)
        slow.settimeout(0.2)
        assert not is_cut_off(slow)
        slow.settimeout(PATIENCE)
        assert is_cut_off(slow)
        assert hook(url, "btcal_1") == 202


def test_half_requests_do_not_pile_up(gate: Gate) -> None:
    """More of them than there is room for: the oldest go at once, long before their time."""
    with standing(gate, seconds=600.0, most=20) as url:
        open_ones = [begun(url, HALVES["a head without an end"]) for _ in range(60)]
        assert all(map(is_cut_off, open_ones[:39]))
        assert hook(url, "btcal_1") == 202


def test_what_is_dripped_after_the_answer_keeps_no_connection(gate: Gate) -> None:
    """A stranger is refused before the body; going on to send it does not hold the line."""
    with standing(gate, seconds=2.0) as url:
        half = begun(url, HALVES["a stranger's body"])
        assert b"401" in half.recv(65_536)
        half.sendall(b" " * 10)
        assert is_cut_off(half)


def test_a_connection_that_is_used_again_stays(gate: Gate) -> None:
    """Several whole requests over one connection are answered, each in its own time."""
    with standing(gate, seconds=5.0) as url, httpx.Client(base_url=url, timeout=PATIENCE) as client:
        assert [client.get("/health").status_code for _ in range(5)] == [200] * 5


def test_a_slow_body_is_answered_before_it_is_cut_off() -> None:
    """Its sender hears that it was too slow: that answer comes before the connection's own end."""
    from deployments.gateway.limits import BODY_SECONDS, UPLOAD_SECONDS

    assert BODY_SECONDS < REQUEST_SECONDS
    assert UPLOAD_SECONDS < LONG_SECONDS


def test_the_figures_can_ask_for_a_token(ledger: Ledger, clock: VirtualClock) -> None:
    """Open unless the settings say otherwise; then with a token that may read every workspace."""
    assert call(Gate(ledger, clock), "GET", "/metrics").status_code == 200
    gate = Gate(ledger, clock, metrics_token=True)
    problem(call(gate, "GET", "/metrics"), 401)
    problem(call(gate, "GET", "/metrics", gate.token(Scope.OPERATE, name="o")), 403)
    bound = gate.token(Scope.READ, name="b", workspaces=("shop",))
    assert "every workspace" in problem(call(gate, "GET", "/metrics", bound), 403)["detail"]
    found = call(gate, "GET", "/metrics", gate.token(Scope.READ, name="r"))
    assert (found.status_code, "ringback_ledger_up 1.0" in found.text) == (200, True)
    assert call(gate, "GET", "/health").status_code == 200
