"""Blocks of a page that a program prints: from a mark to the next end."""

import re

END = "<!-- end -->"


def written(page: str, mark: str, block: str) -> str:
    """Return the page with the block below a mark replaced; raises ValueError where it has none."""
    found = re.compile(f"{re.escape(mark)}.*?{re.escape(END)}", re.DOTALL)
    if not found.search(page):
        raise ValueError(f"The page has no block {mark}")
    return found.sub(lambda _: f"{mark}\n{block}\n{END}", page, count=1)
