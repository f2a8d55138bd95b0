"""The door of Prefect's server, tried from outside: other pages, other names, people with the password."""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from tasks.prefect_api.rest import PrefectRest
from tests.acceptance.prefect import browser
from tests.acceptance.prefect.browser import browsing, log_in
from tests.acceptance.prefect.prefect_api import PrefectApi
from tests.acceptance.site import OpenSite

pytestmark = [pytest.mark.prefect, pytest.mark.timeout(600)]
needs_browser = pytest.mark.skipif(
    not browser.chromium() and not browser.REQUIRED,
    reason="no Chromium here: `apt-get install chromium`, or any other on the path",
)
ELSEWHERE = "calls.example"
"""A name that its owner lets lead to this machine."""
TRY = """async ([url, options]) => {
    try {
        const answer = await fetch(url, options);
        return [answer.type, answer.status, await answer.text()];
    } catch (error) { return [error.name, 0, ""]; }
}"""
SOCKET = """url => new Promise(done => {
    const socket = new WebSocket(url, "prefect");
    socket.onopen = () => done("open");
    socket.onerror = () => done("refused");
})"""


class Page(BaseHTTPRequestHandler):
    """A page of somebody else's."""

    def do_GET(self) -> None:
        """Show it."""
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b"<h1>A page like any other</h1>")

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def foreign() -> Iterator[str]:
    """Return the address of a page of another origin on this very machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    with ThreadPoolExecutor(1) as hand:
        hand.submit(server.serve_forever)
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
    server.server_close()


def base(prefect: PrefectApi) -> str:
    """Return the address of the UI."""
    return prefect.url.removesuffix("/api")


def count(prefect: PrefectApi) -> int:
    """Return how many flow runs there are."""
    with PrefectRest(prefect.url, auth=prefect.auth) as api:
        return len(api.runs({}))


@pytest.mark.parametrize("path", ["/flow_runs/filter", "/deployments/filter", "/block_documents/filter"])
@pytest.mark.parametrize("auth", [None, ("ringback", ""), ("ringback", "a guess that is wrong")])
def test_nobody_reads_without_the_password(prefect: PrefectApi, path: str, auth: Any) -> None:
    """A user of this machine who does not own the home reads nothing, whatever they guess."""
    answer = httpx.post(f"{prefect.url}{path}", json={}, auth=auth, timeout=60)
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": f"{ELSEWHERE}:4200"},
        {"Host": "127.0.0.1:1"},
        {"Origin": f"http://{ELSEWHERE}"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
    ],
)
def test_other_names_and_pages_are_refused_even_with_the_password(
    prefect: PrefectApi, headers: Mapping[str, str]
) -> None:
    """A browser that has been told the password does not lend it to another page, or to another name."""
    for path in ("/api/health", "/api/admin/version", "/", "/ui-settings"):
        answer = httpx.get(f"{base(prefect)}{path}", headers=headers, auth=prefect.auth, timeout=60)
        assert answer.status_code == 403, path
        assert answer.json()["exception_message"]


def test_a_recovery_without_the_password_is_refused_in_words(
    open_site: OpenSite, prefect: PrefectApi
) -> None:
    """A named server that asks for a password says so before anything is claimed, and nobody is called."""
    site = open_site("permit-leak")
    done = site.run("recover", site.job, "--yes", "--json", PREFECT_API_URL=prefect.url)
    assert done.code == 2
    assert "Set PREFECT_API_AUTH_STRING" in done.json["error"]
    assert (site.recoveries(), site.dialled()) == (0, {})


@needs_browser
def test_a_page_of_another_origin_neither_reads_nor_starts(
    prefect: PrefectApi, foreign: str, tmp_path: Path
) -> None:
    """A page that somebody has open beside the UI, logged in, reads nothing and starts nothing."""
    body = '{"name": "evil", "flow_id": "x"}'
    before = count(prefect)
    with browsing(tmp_path / "profile") as page:
        log_in(page, base(prefect), prefect.password)
        page.goto(foreign)
        for url, options in (
            (f"{prefect.url}/health", {}),
            (f"{prefect.url}/flow_runs/filter", {"method": "POST", "body": "{}"}),
            (f"{prefect.url}/flow_runs/", {"method": "POST", "body": body, "credentials": "include"}),
            (f"{prefect.url}/flow_runs/", {"method": "POST", "body": body, "mode": "no-cors"}),
            (f"{base(prefect)}/ui-settings", {"mode": "no-cors"}),
        ):
            kind, status, text = page.evaluate(TRY, [url, options])
            assert (kind in {"TypeError", "opaque"}, status, text) == (True, 0, ""), url
        assert page.evaluate(SOCKET, prefect.url.replace("http", "ws") + "/events/out") == "refused"
    assert count(prefect) == before


@needs_browser
def test_a_name_that_leads_here_shows_nothing(prefect: PrefectApi, tmp_path: Path) -> None:
    """By DNS rebinding a page gets our address under its own name: it is refused the UI and the API alike."""
    port = httpx.URL(prefect.url).port
    rule = f"--host-resolver-rules=MAP {ELSEWHERE} 127.0.0.1"
    with browsing(tmp_path / "profile", rule) as page:
        page.goto(f"http://{ELSEWHERE}:{port}/")
        assert "not reached as" in page.inner_text("body")
        kind, status, text = page.evaluate(TRY, ["/api/admin/version", {}])
        assert (status, "not reached as" in text) == (403, True), kind


@needs_browser
def test_the_ui_works_with_the_password(prefect: PrefectApi, tmp_path: Path) -> None:
    """Whoever knows the line of the file types it once, and sees what is there."""
    with browsing(tmp_path / "profile") as page:
        page.goto(f"{base(prefect)}/deployments")
        page.locator("input[type=password]").wait_for()
        log_in(page, base(prefect), prefect.password)
        page.goto(f"{base(prefect)}/deployments")
        page.get_by_text("Deployments", exact=True).first.wait_for()
        assert "/login" not in page.url
