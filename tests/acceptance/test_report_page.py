"""The page of a report in a browser: three widths, light and dark, one sheet of paper, no network."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from deployments.watching.page import page as live_page
from models.chart.alt_text import alt_text
from models.chart.for_customers import for_customers
from models.chart.incident import incident_of
from models.messages.diagnostics import EventMark, HandedContact, TimelineRow
from models.messages.summary_text import zone_of
from models.report.page.document import Picture
from models.report.page.report import report
from models.report.page.voices import Voice
from models.report.page.web.page import html
from tasks.finish.page.chart import CallsKnown
from tasks.package.picture import ChartMargin, draw
from tests.acceptance.prefect import browser
from tests.unit.report.page.example import CASES, NOW, START, ZONE
from tests.unit.report.test_live import VIEW

pytestmark = pytest.mark.skipif(
    not browser.chromium() and not browser.REQUIRED,
    reason="no Chromium here: `apt-get install chromium`, or any other on the path",
)
WIDTHS = (360, 800, 1280)


def chart(voice: Voice) -> Picture:
    """Return the chart of the example: 44 minutes of silence, then calls of ours for twenty."""
    minutes = [START + timedelta(minutes=m) for m in range(3, 20)]
    seen = CallsKnown(
        timeline=tuple(
            TimelineRow(START - timedelta(minutes=m), "running", 60, 34, 27, failed=5) for m in (44, 0)
        ),
        handed=tuple(HandedContact(at, at + timedelta(minutes=1)) for at in minutes for _ in (0, 1))[:29],
        marks=(
            EventMark(START + timedelta(minutes=1), "job stopped", stops=True),
            EventMark(START + timedelta(minutes=22), "recovered"),
        ),
        closed=(),
        had_ended=False,
        total=60,
        generated_at=NOW,
    )
    incident, zone = incident_of(seen), zone_of(ZONE)
    assert zone
    incident = for_customers(incident) if voice is Voice.CUSTOMER else incident
    beside = ChartMargin(zone=zone, zone_name=ZONE, label="", axis="calls")
    return Picture(alt_text(incident, zone), draw(incident, "", beside)["chart.svg"].decode())


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Open a browser that has no network."""
    with browser.browsing(tmp_path_factory.mktemp("browser")) as opened:
        opened.context.set_offline(True)
        yield opened


@pytest.mark.parametrize("voice", Voice)
def test_a_page_fits_every_width_and_one_sheet(page: Page, voice: Voice, tmp_path: Path) -> None:
    """Nothing runs over the edge of a phone, the dark is dark, and it prints on one page of A4 by itself."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    now, work = CASES["recovered"]
    path = tmp_path / "report.html"
    path.write_text(html(report(now, work, voice, chart(voice))), encoding="utf-8")
    page.goto(path.as_uri())
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        grounds = []
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
            grounds.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
        assert grounds == ["rgb(255, 255, 255)", "rgb(20, 24, 29)"]
    printed = page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    assert asked == [path.as_uri()]
    if voice is Voice.CUSTOMER:
        page.emulate_media(color_scheme="light")
        height = page.evaluate("document.documentElement.scrollHeight")
        page.set_viewport_size({"width": 1100, "height": int(height)})
        browser.picture(page, "report-page")


@pytest.mark.parametrize("voice", Voice)
@pytest.mark.parametrize("case", CASES)
def test_nothing_keeps_anybody_from_reading_it(page: Page, case: str, voice: Voice, tmp_path: Path) -> None:
    """Axe finds no fault: contrast, names, landmarks, order, in the light and in the dark."""
    path = tmp_path / "report.html"
    path.write_text(html(report(*CASES[case], voice, chart(voice))), encoding="utf-8")
    page.goto(path.as_uri())
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page)
        assert not found.violations_count, found.generate_report()
        assert found.response["passes"]


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_keeps_anybody_from_looking_on(page: Page, width: int) -> None:
    """The live page has no fault either, with a sample, waves and an ETA on it, however wide it is."""
    shown, policy = live_page(VIEW.recovery_id, "view.json")
    headers = {"Content-Security-Policy": policy, "Content-Type": "text/html"}
    page.route("**/live/page", lambda route: route.fulfill(body=shown, headers=headers))
    page.route("**/view.json", lambda route: route.fulfill(json=VIEW.as_json()))
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("http://127.0.0.1/live/page")
    page.get_by_text("240 of 873 called").wait_for()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found = Axe().run(page)
        assert not found.violations_count, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
