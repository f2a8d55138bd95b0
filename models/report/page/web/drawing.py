"""A chart within a page: an SVG without addresses, in the page's own colours, light or dark."""

import re
from collections.abc import Mapping
from html import escape

_HEAD = re.compile(r"^.*?(?=<svg)", re.DOTALL)
_ASIDE = re.compile(r"<(metadata|style|title)\b[^>]*>.*?</\1>", re.DOTALL)
_NAMES = re.compile(r'\s(?:xmlns(?::\w+)?|version)="[^"]*"')
_SIZE = re.compile(r'\s(?:width|height)="[^"]*"')

COLOURS: Mapping[str, str] = {
    "#ffffff": "--page",
    "#000000": "--muted",
    "#1f2933": "--ink",
    "#6b7785": "--muted",
    "#fdeceb": "--stall",
    "#eef1f5": "--night",
    "#b42318": "--alarm",
    "#1d6fd8": "--blue",
    "#1a8f4a": "--green",
    "#d1342f": "--red",
    "#c77700": "--orange",
    "#7a3fd0": "--violet",
}
"""The page's colour for each colour that a chart is drawn in."""


def inlined(svg: bytes, alt: str) -> str:
    """Return a drawing to be put into a page, with its words for who cannot see it.

    What stands in it of others is escaped by whoever has drawn it; no address is left in it.
    """
    text = _ASIDE.sub("", _HEAD.sub("", svg.decode("utf-8"), count=1))
    head, bracket, body = text.partition(">")
    head = _SIZE.sub("", _NAMES.sub("", head)).replace(
        "<svg", f'<svg role="img" aria-label="{escape(alt)}"', 1
    )
    body = body.replace("xlink:href", "href")
    for theirs, ours in COLOURS.items():
        body = body.replace(f": {theirs}", f": var({ours})")
    return f"{head}{bracket}{body.strip()}"
