"""Two recoveries in both voices and all formats, to the letter; RINGBACK_GOLDEN=1 writes them anew."""

import json
import os
from pathlib import Path

import pytest

from models.report.page.customer import paragraph
from models.report.page.document import HEADINGS
from models.report.page.voices import Format, Voice
from models.report.page.web.style import CSS
from tasks.finish.page.report import written
from tests.unit.docs.pages import ROOT, text_of
from tests.unit.report.page.example import CASES, RECOVERED, document

GOLDEN = Path(__file__).parent / "golden"
PAGE = ROOT / "docs" / "report.md"
KEYS = {
    "schema_version",
    "voice",
    "language",
    "title",
    "state",
    "state_words",
    "made_at",
    "timezone",
    "ids",
    "people",
    "flow",
    "sections",
    "eta",
    "chart",
}


@pytest.mark.parametrize("how", Format)
@pytest.mark.parametrize("voice", Voice)
@pytest.mark.parametrize("name", CASES)
def test_a_report_is_this_to_the_letter(name: str, voice: Voice, how: Format) -> None:
    """What people pass on changes only where somebody meant it to."""
    path, text = GOLDEN / f"{name}-{voice.value}.{how.value}", written(document(name, voice), how)
    if how is Format.HTML:  # its style is the same on every page, and test_web.py is about it
        assert text.count(CSS) == 1
        text = text.replace(CSS, "")
    if os.environ.get("RINGBACK_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("voice", Voice)
@pytest.mark.parametrize("name", CASES)
def test_the_keys_of_the_json_are_those_of_the_docs(name: str, voice: Voice) -> None:
    """A program may rely on every key: they are the same in both voices, and the page names each."""
    told = json.loads(written(document(name, voice), Format.JSON))
    assert told.keys() == KEYS
    assert list(told["sections"]) == list(HEADINGS)
    assert all(
        set(one) == {"heading", "paragraphs", "tables", "commands"} for one in told["sections"].values()
    )
    page = text_of(PAGE)
    assert [key for key in (*KEYS, *HEADINGS) if f"`{key}`" not in page] == []


def test_the_page_of_the_docs_shows_what_is_written() -> None:
    """The example in the docs is the customer's report as it is made, and so is the ticket's paragraph."""
    page = text_of(PAGE)
    assert (GOLDEN / "recovered-customer.md").read_text(encoding="utf-8").rstrip() in page
    assert paragraph(RECOVERED) in page
