"""The pages of the docs, and what stands in them."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PAGES = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")], key=lambda page: (page.parent.name, page.name)
)
IDS = [str(page.relative_to(ROOT)) for page in PAGES]
ROOMS = "deployments|flows|tasks|models|tests|docs"


def text_of(page: Path) -> str:
    """Return a page whole."""
    return page.read_text(encoding="utf-8")


def quoted(page: Path) -> list[str]:
    """Return whatever stands in backticks within a line."""
    outside = re.sub(r"^```.*?^```", "", text_of(page), flags=re.DOTALL | re.MULTILINE)
    return re.findall(r"`([^`]+)`", outside)


def shell_lines(page: Path) -> list[str]:
    """Return the lines of indented and fenced blocks, continued ones joined."""
    text = re.sub(r"\\\n\s*", " ", text_of(page))
    fenced = re.findall(r"^```(?:sh|bash|console)?\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)
    indented = re.findall(r"^(?: {4}|\t)(\S.*)$", text, flags=re.MULTILINE)
    return [*indented, *(line for block in fenced for line in block.splitlines())]
