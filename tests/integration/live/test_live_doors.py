"""The live page: behind a token, behind a link of its own, and with nothing in it that names a person."""

from pathlib import Path

import httpx
import pytest

from models.hooks.tokens import Scope
from tasks.clock import VirtualClock
from tasks.ledger.store import Ledger
from tasks.runtime.links import Links
from tests.fakes.bench import settings_of
from tests.gateway_kit import Gate
from tests.integration.gates import problem, run
from tests.integration.scenes import accepted, claimed, frozen, phone

PAGE, GLANCE = "/v1/recoveries/r_1/live", "/v1/recoveries/r_1/live.json"


@pytest.fixture(params=["sqlite"])
def url(blank_file: Path, tmp_path: Path) -> str:
    """Keep these tests on SQLite: the view's own run on both databases."""
    (tmp_path / "ledger.db").write_bytes(blank_file.read_bytes())
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
def links(tmp_path: Path, clock: VirtualClock) -> Links:
    """Return links under a key of their own."""
    return Links(settings_of(tmp_path, gateway={"url": "https://ringback.example.test"}), clock)


@pytest.fixture
def gate(ledger: Ledger, clock: VirtualClock, links: Links) -> Gate:
    """Return a gateway with a recovery that runs."""
    claim = claimed(ledger)
    frozen(ledger, claim)
    accepted(ledger, claim)
    return Gate(ledger, clock, link_key=links.key)


def get(gate: Gate, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
    """Ask the gateway."""

    async def ask() -> httpx.Response:
        async with gate.client(headers) as client:
            return await client.get(path)

    return run(ask())


def test_a_reader_gets_the_page_and_the_page_its_figures(gate: Gate) -> None:
    """What the page names as its source, asked as a browser does, without a token, is the view."""
    token = gate.token(Scope.READ)
    shown = get(gate, PAGE, token)
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in shown.headers["content-security-policy"]
    source = shown.text.partition('data-from="')[2].partition('"')[0]
    figures = get(gate, str(httpx.URL(f"http://gate{PAGE}").join(source).path))
    assert (figures.status_code, figures.json()["called"]) == (200, 3)
    glance = get(gate, GLANCE, token).json()
    assert glance.items() >= figures.json().items()
    linked = get(gate, glance["link"])
    assert linked.headers["content-type"] == "text/html; charset=utf-8"
    for text in (shown.text, figures.text, str(glance)):
        assert not any(phone(row) in text for row in range(1, 9))


def test_nobody_else_gets_in(gate: Gate, links: Links) -> None:
    """Without a token, with one of another workspace, or with a package's link there is no page."""
    problem(get(gate, PAGE), 401)
    other = gate.token(Scope.READ, name="other", workspaces=["other"])
    problem(get(gate, PAGE, other), 404)
    problem(get(gate, GLANCE, other), 404)
    package = links.package("r_1", "0" * 64).replace("/package/", "/live/")
    for path in (package, f"{package}/data.json", links.live("r_1").replace("r_1", "r_2")):
        answer = get(gate, path)
        assert (answer.status_code, answer.headers["content-type"]) == (403, "text/plain; charset=utf-8")


def test_a_link_to_the_page_ends_when_it_expires(gate: Gate, links: Links, clock: VirtualClock) -> None:
    """Page and figures then are one sentence."""
    path = links.live("r_1")
    assert get(gate, path).status_code == 200
    clock.sleep(7 * 86_400)
    for one in (path, f"{path}/data.json"):
        assert get(gate, one).status_code == 410


def test_a_gateway_without_links_says_so(ledger: Ledger, clock: VirtualClock, gate: Gate) -> None:
    """There is no page where nothing can keep it current; the figures are there for programs."""
    bare = Gate(ledger, clock)
    token = bare.token(Scope.READ)
    assert "no links" in problem(get(bare, PAGE, token), 404)["detail"]
    assert get(bare, GLANCE, token).json()["link"] is None
