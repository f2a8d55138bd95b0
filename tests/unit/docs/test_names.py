"""Names, files and links on the pages: what they point at is there."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from tests.unit.docs.pages import IDS, PAGES, ROOMS, ROOT, quoted, text_of

NAME = re.compile(rf"(?:{ROOMS})(?:\.\w+)+(?::\w+(?:\.\w+)*)?")
FILE = re.compile(rf"(?:{ROOMS})/[\w./-]*\w/?")
LINK = re.compile(r"\]\(([^)#\s]+)?(?:#([\w-]+))?\)")
CLAUSES = 30
"""Fewer rows than that, and the table of the runbook's clauses has lost some."""


def found(name: str) -> object:
    """Return what a dotted name stands for; raises where a part of it is gone."""
    module, _, attributes = name.partition(":")
    if not attributes:
        return whole(module)
    thing: object = import_module(module)
    for attribute in attributes.split("."):
        thing = getattr(thing, attribute)
    return thing


def whole(dotted: str) -> object:
    """Return a module, or what a name after its module stands for."""
    try:
        return import_module(dotted)
    except ModuleNotFoundError:
        above, _, last = dotted.rpartition(".")
        if not above:
            raise
        return getattr(whole(above), last)


def names(page: Path) -> list[str]:
    """Return the names of modules and functions in a page's backticks."""
    return [one for one in quoted(page) if NAME.fullmatch(one) and not one.endswith((".py", ".md"))]


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", text_of(page), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_name_on_a_page_is_in_the_code(page: Path) -> None:
    """A function that is renamed or gone leaves no page behind that still sends people to it."""
    gone = []
    for name in names(page):
        try:
            found(name)
        except (ImportError, AttributeError) as error:
            gone.append(f"{name}: {error}")
    assert gone == []


def test_a_name_that_is_gone_is_noticed() -> None:
    """The test above fails for a module, a function and a method that are not there."""
    for name in (
        "models.nowhere:x",
        "models.enums:Nowhere",
        "models.enums:State.nowhere",
        "models.enums.Nope",
    ):
        with pytest.raises((ImportError, AttributeError)):
            found(name)


def test_each_clause_of_the_runbook_names_what_does_it() -> None:
    """In every row of the runbook's page stands at least one function or flow of the product."""
    page = ROOT / "docs" / "runbook.md"
    rows = [line for line in text_of(page).splitlines() if line.startswith("| ")]
    heads = ("done by |", "decided by |", "named by |")
    clauses = [row for row in rows if not row.endswith(heads)]
    assert len(clauses) >= CLAUSES
    assert [row for row in clauses if not re.search(r"`(flows|tasks|models)\.[\w.]+:\w", row)] == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_file_on_a_page_is_there(page: Path) -> None:
    """Files and folders that a page names lie where it says."""
    named = {one for one in quoted(page) if FILE.fullmatch(one) and "NAME" not in one}
    assert [one for one in sorted(named) if not (ROOT / one).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=IDS)
def test_every_link_leads_somewhere(page: Path) -> None:
    """A link to another page, a picture or a heading finds it."""
    broken = []
    for target, anchor in LINK.findall(text_of(page)):
        if "://" in target or target.startswith("mailto:"):
            continue
        place = (page.parent / target).resolve() if target else page
        if not place.exists() or (anchor and anchor not in anchors(place)):
            broken.append(f"{target}#{anchor}")
    assert broken == []
