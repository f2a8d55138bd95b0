"""Texts that others wrote, within a Markdown page."""

import re


def plain(value: object) -> str:
    """Return a text that stays one line and cannot turn into Markdown, HTML or a table cell of its own."""
    line = " ".join(str(value).split())
    return re.sub(r"([|`<]|(?<=\])[(\[])", r"\\\1", line)
