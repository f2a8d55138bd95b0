"""The door of signed links: what a click from a ticket gets, without a token."""

import hashlib
import logging
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from models.messages.links import LinkPurpose, expiry, link
from models.tables.ledger import PackageRow
from tasks.clock import VirtualClock
from tasks.ledger.store import Ledger
from tasks.runtime.keys import rotate
from tasks.runtime.links import Links
from tasks.runtime.settings.settings import Settings
from tests.fakes.bench import settings_of
from tests.gateway_kit import Gate
from tests.integration.gates import run
from tests.integration.scenes import claimed

BROWSER = {"Accept": "text/html,*/*"}


class Site:
    """A gateway with a key file, and one recovery with two packages."""

    def __init__(self, ledger: Ledger, clock: VirtualClock, home: Path) -> None:
        self.settings: Settings = settings_of(home, gateway={"url": "https://ringback.example.test/"})
        self.links, self.home = Links(self.settings, clock), home
        self.gate = Gate(ledger, clock, link_key=self.links.key)
        claimed(ledger)
        self.shas = [self._package(ledger, clock, name) for name in ("old", "new")]

    def _package(self, ledger: Ledger, clock: VirtualClock, name: str) -> str:
        path = self.home / f"{name}.zip"
        path.write_bytes(f"PK {name}".encode())
        sha = hashlib.sha256(path.read_bytes()).hexdigest()
        with ledger.write() as session:
            session.add(PackageRow(recovery_id="r_1", at=clock.now(), path=str(path), sha256=sha, size=6))
        return sha

    def get(self, path: str, headers: dict[str, str] | None = None) -> httpx.Response:
        """Click on a link, without a token."""

        async def ask() -> httpx.Response:
            async with self.gate.client(headers) as client:
                return await client.get(path)

        return run(ask())


@pytest.fixture
def site(ledger: Ledger, clock: VirtualClock, tmp_path: Path) -> Site:
    """Return a gateway with links."""
    return Site(ledger, clock, tmp_path)


@pytest.fixture(params=["sqlite"])
def url(blank_file: Path, tmp_path: Path) -> str:
    """Keep these tests on SQLite: what they look at is no query's work."""
    (tmp_path / "ledger.db").write_bytes(blank_file.read_bytes())
    return f"sqlite:///{tmp_path / 'ledger.db'}"


def test_a_link_downloads_its_own_package_and_no_other(site: Site) -> None:
    """Each link gives the very bytes it was signed for, without a token, and tells caches to keep nothing."""
    for sha, content in zip(site.shas, (b"PK old", b"PK new"), strict=True):
        answer = site.get(site.links.package("r_1", sha))
        assert (answer.status_code, answer.content) == (200, content)
        assert (answer.headers["cache-control"], answer.headers["referrer-policy"]) == (
            "no-store",
            "no-referrer",
        )


def test_a_link_that_has_ended_is_one_sentence(site: Site) -> None:
    """Expired, changed, of a removed file, cut short: words for a person, a page for a browser, no JSON."""
    good = site.links.package("r_1", site.shas[0])
    changed = good[:-1] + ("a" if good[-1] != "a" else "b")
    (site.home / "new.zip").unlink()
    gone = site.links.package("r_1", site.shas[1])
    past = expiry(site.gate.clock.now(), -1)
    late = link(site.links.key(), LinkPurpose.PACKAGE, "r_1", past, site.shas[0])
    expected = {
        changed: (403, "not valid"),
        gone: (410, "ringback escalate r_1"),
        late: (410, "has expired"),
        good.rpartition("/")[0]: (404, "not whole"),
    }
    for path, (status, said) in expected.items():
        plain, page = site.get(path), site.get(path, BROWSER)
        assert (plain.status_code, plain.headers["content-type"]) == (status, "text/plain; charset=utf-8")
        assert said in plain.text
        assert page.headers["content-type"] == "text/html; charset=utf-8"
        assert "<p>" in page.text
        assert "PK" not in plain.text


def test_a_rotated_key_ends_every_link_at_once(site: Site) -> None:
    """Nobody has to start the gateway anew for it, and a new link works."""
    old = site.links.package("r_1", site.shas[0])
    assert site.get(old).status_code == 200
    rotate(site.settings)
    assert site.get(old).status_code == 403
    assert site.get(site.links.package("r_1", site.shas[0])).status_code == 200


def test_no_log_keeps_a_signature(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever comes of a click, no line of the gateway's repeats the seal."""
    path = site.links.package("r_1", site.shas[0])
    with caplog.at_level(logging.DEBUG, "ringback"):
        for one in (path, path + "a"):
            site.get(one)
    assert path.rpartition("/")[2] not in caplog.text


def test_a_gateway_without_a_key_opens_nothing(ledger: Ledger, clock: VirtualClock, site: Site) -> None:
    """Where no links are given out none is good."""
    path = site.links.package("r_1", site.shas[0])
    site.gate = Gate(ledger, clock)
    assert site.get(path).status_code == 403


def test_a_link_is_good_for_as_long_as_the_settings_say(site: Site) -> None:
    """Seven days if nothing else is said."""
    path = site.links.package("r_1", site.shas[0])
    site.gate.clock.sleep(timedelta(days=7).total_seconds() - 1)
    assert site.get(path).status_code == 200
    site.gate.clock.sleep(1)
    assert site.get(path).status_code == 410
