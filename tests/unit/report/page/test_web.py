"""The page: nothing of others becomes markup, nothing is loaded, and who cannot see or point can read it."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import product

import pytest

from models.chart.for_customers import for_customers
from models.chart.incident import incident_of
from models.report.page.as_markdown import markdown
from models.report.page.document import Picture
from models.report.page.report import report
from models.report.page.voices import Voice
from models.report.page.web.drawing import inlined
from models.report.page.web.page import html
from models.report.page.web.style import DARK, LIGHT
from models.triage.findings import Finding
from tasks.package.picture import ChartMargin, draw
from tests.unit.diagnostics_example import example
from tests.unit.report.page.example import CASES, RECOVERED, WORK, document

HOSTILE = '<script>alert(1)</script> & "x" | `y` [z](javascript:alert(2)) ![i](http://evil.test/p.png)'
PAGES = [html(document(name, voice)) for name, voice in product(CASES, Voice)]


class Read(HTMLParser):
    """A page as a browser takes it: every element with its attributes, and all text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the element."""
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep the text."""
        self.text += data

    def all(self, *tags: str) -> list[dict[str, str | None]]:
        """Return the attributes of every element of some kinds."""
        return [attributes for tag, attributes in self.found if tag in tags]


def hostile(voice: Voice) -> tuple[str, str]:
    """Return page and Markdown of a recovery all of whose words are somebody else's."""
    finding = WORK.findings[0]
    told = replace(
        WORK,
        why=HOSTILE,
        diagnosis=HOSTILE,
        next_action=HOSTILE,
        findings=(Finding(finding.check, finding.severity, finding.cause, HOSTILE),),
        asked=(HOSTILE,),
    )
    found = report(replace(RECOVERED, job=HOSTILE), told, voice, Picture(HOSTILE))
    return html(found), markdown(found)


@pytest.mark.parametrize("voice", Voice)
def test_what_others_wrote_stays_text(voice: Voice) -> None:
    """A job called like a script runs nowhere, neither in the page nor where the Markdown is shown."""
    page, text = hostile(voice)
    read = Read(page)
    assert read.all("script", "img", "a", "iframe", "object", "link", "base", "form") == []
    assert "alert(1)" in read.text
    assert [name for one in read.found for name in one[1] if name.startswith("on")] == []
    assert re.search(r"(?<!\\)<script", text) is None
    assert re.search(r"\](?<!\\)\(", text) is None
    assert re.search(r"(?<![\\|] )(?<!\\)`y", text) is None


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_loaded(page: str) -> None:
    """The page is one file: no script, no address, and a policy that lets a browser load nothing."""
    policy = [one["content"] for one in Read(page).all("meta") if one.get("http-equiv")]
    assert policy == ["default-src 'none'; style-src 'unsafe-inline'"]
    assert "://" not in page
    assert "url(" not in page.partition("</style>")[0]
    links = [value for _, one in Read(page).found for name, value in one.items() if name in {"href", "src"}]
    assert [link for link in links if not (link or "").startswith("#")] == []


@pytest.mark.parametrize("page", PAGES)
def test_a_page_can_be_read_without_seeing_it(page: str) -> None:
    """Language, title, landmarks, one first heading, labels that are there, heads of tables, alt text."""
    read = Read(page)
    assert read.all("html") == [{"lang": "en"}]
    assert all(len(read.all(tag)) == 1 for tag in ("title", "h1", "header", "main", "footer", "figure"))
    assert not read.all("h3")
    ids = [one["id"] for _, one in read.found if "id" in one]
    assert len(ids) == len(set(ids))
    assert {one["aria-labelledby"] for one in read.all("section")} <= set(ids)
    assert all(one.get("scope") for one in read.all("th"))
    assert len(read.all("caption")) == len(read.all("table"))
    assert all(one.get("role") == "img" and one.get("aria-label") for one in read.all("svg"))
    scrolled = [
        one for one in read.all("div", "pre") if one.get("class") == "scroll" or one in read.all("pre")
    ]
    assert all(one.get("tabindex") == "0" for one in scrolled)


def colours(theme: str) -> dict[str, str]:
    """Return the colours of a theme by name."""
    return dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", theme))


def contrast(one: str, other: str) -> float:
    """Return the ratio of two colours' luminances, as WCAG 2.2 defines it."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_every_text_has_contrast(theme: str) -> None:
    """Text has 4.5 to 1 against whatever it stands on, a mark or a line of the chart 3 to 1."""
    found = colours(theme)
    texts = [(t, b) for t in ("ink", "muted") for b in ("page", "card")]
    texts += [(t, "page") for t in ("blue", "green", "orange", "red")] + [("alarm", "stall")]
    assert [pair for pair in texts if contrast(found[pair[0]], found[pair[1]]) < 4.5] == []
    marks = [(m, b) for m in ("blue", "green", "red", "orange", "violet", "grey") for b in ("page", "stall")]
    assert [pair for pair in marks if contrast(found[pair[0]], found[pair[1]]) < 3] == []


@pytest.mark.parametrize("words", ["Job btcal_1", HOSTILE])
def test_a_chart_takes_the_colours_of_the_page(words: str) -> None:
    """Every colour of a drawn chart is one of the page's, so that it can be read in the dark."""
    incident = for_customers(incident_of(example()))
    svg = draw(incident, words, ChartMargin(cause=words, permits=example().timeline))["chart.svg"]
    drawn = inlined(svg, words)
    assert re.findall(r": (#[0-9a-f]{6})", drawn) == []
    assert Read(drawn).all("script", "img", "a", "style", "metadata") == []
    assert "://" not in drawn.replace("http://evil.test", "")
    assert Read(drawn).all("svg")[0]["aria-label"] == words
