"""HTML that is escaped by the way it is made: a text is never markup, only what was built here is."""

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

VOID = frozenset({"meta", "br"})


@dataclass(frozen=True, slots=True)
class Html:
    """Markup that is written as it is; only `element` and drawings of our own make it."""

    text: str


Child = Html | str


def element(name: str, /, *children: Child, **attributes: str) -> Html:
    """Return an element; `class_` is its class, an underscore in a name stands for a hyphen."""
    shown = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items()
    )
    if name in VOID:
        return Html(f"<{name}{shown}>")
    return Html(f"<{name}{shown}>{joined(children).text}</{name}>")


def joined(children: Iterable[Child]) -> Html:
    """Return children one after the other; texts are escaped."""
    return Html("".join(one.text if isinstance(one, Html) else escape(one) for one in children))
