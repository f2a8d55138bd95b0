"""What docs/deploy.md has people type, line by line, with this test's names in the places of its own."""

import re
from collections.abc import Mapping

from tests.acceptance.site import ROOT

PAGE = ROOT / "docs" / "deploy.md"
SECTION = "Several machines"


def block(heading: str, number: int = 0) -> str:
    """Return a block of commands below a heading of the section, the first one if no other is asked for."""
    section = re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)
    (page,) = [part for part in section if part.startswith(f"{SECTION}\n")]
    (below,) = [
        part for part in re.split(r"^### ", page, flags=re.MULTILINE) if part.startswith(f"{heading}\n")
    ]
    found = re.findall(r"(?:^    .*\n)+", below, flags=re.MULTILINE)
    return re.sub(r"^    ", "", found[number], flags=re.MULTILINE)


def typed(heading: str, names: Mapping[str, str], number: int = 0) -> str:
    """Return such a block with each of the page's names replaced; one that is not there is an error."""
    text = block(heading, number)
    for name, own in names.items():
        assert name in text, f"docs/deploy.md, {heading}: there is no {name!r} in\n{text}"
        text = text.replace(name, own)
    return text
