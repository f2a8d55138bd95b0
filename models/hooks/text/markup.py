"""Markup taken off free text: HTML, Markdown and Jira's wiki, as far as it parts a label from its value."""

import html
import re

from models.hooks.text.empties import without_placeholders

_TAG = re.compile(r"(<[^<>]*>)")
_TAG_NAME = re.compile(r"<!--|<(?P<name>/?[a-z][a-z0-9:]*)\b", re.IGNORECASE)
_BLOCKS = frozenset(
    ("br", "p", "div", "li", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6", "dl", "dt", "dd")
) | {"section", "article", "blockquote", "hr", "pre", "caption"}
_INLINE = frozenset(
    ("a", "b", "i", "u", "s", "span", "strong", "em", "code", "font", "small", "big", "mark", "kbd", "tt")
) | {"sub", "sup", "del", "ins", "label", "img", "input", "abbr", "cite", "tbody", "thead", "tfoot", "col"}

_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+.!|:~-])")
_MACRO = re.compile(r"\{(?:code|noformat|color|quote|panel)(?::[^{}\n]*)?\}|\{([*_+~^-])\}")
_LINKS = (
    re.compile(r"!?\[(?P<shown>[^\[\]\n]+)\]\([^()\n]*\)"),  # Markdown
    re.compile(r"\[(?P<shown>[^\[\]|\n]+)\|[^\[\]\n]*\]"),  # Jira
    re.compile(r"<[^<>|\n]+\|(?P<shown>[^<>\n]+)>"),  # Slack
)
_BEGINNING = re.compile(
    r"^[ \t]*(?:h[1-6]\.\s|#{1,6}\s|bq\.\s|>\s?|[-*+\u2022]\s|\d{1,2}[.)]\s)|[ \t]#+[ \t]*$", re.MULTILINE
)
_EMPHASIS = re.compile(
    r"\*{1,3}|(?<![A-Za-z0-9])_{2,3}|_{2,3}(?![A-Za-z0-9])|~{2}|`+|(?<![A-Za-z0-9_])_|_(?![A-Za-z0-9_])|[\"'\u2018-\u201f]"
)


def plain_lines(text: str) -> list[str]:
    """Return the lines of a text that say anything, without markup; rows of tables keep their bars."""
    for _ in range(2):  # some systems escape HTML once more than there is need
        text = html.unescape(_without_tags(text))
    text = _UNSEEN.sub("", text).replace("\u00a0", " ").replace("\u3000", " ")
    text = _MACRO.sub("", _ESCAPED.sub(r"\1", text))
    for link in _LINKS:
        text = link.sub(r"\g<shown>", text)
    text = without_placeholders(text)
    lines = _EMPHASIS.sub("", _BEGINNING.sub("", text)).splitlines()
    return [line for line in lines if line.strip()]


def _without_tags(text: str) -> str:
    """Return HTML as lines, a row of a table in one of them; what is no tag that we know stays."""
    if "<" not in text:
        return text
    lines, in_row = [], False
    for part in _TAG.split(text):
        tag = _TAG_NAME.match(part)
        if tag is None:
            lines.append(re.sub(r"\s+", " ", part) if in_row else part)
            continue
        name = (tag["name"] or "b").lower()
        in_row = name == "tr" or (in_row and name != "/tr")
        lines.append(_in_place_of(name, part, in_row=in_row))
    return "".join(lines)


def _in_place_of(name: str, tag: str, *, in_row: bool) -> str:
    bare = name.removeprefix("/")
    if bare in {"td", "th"}:
        return "" if name != bare else "|" * (1 + (bare == "th"))
    if bare == "tr":
        return "\n"
    if bare in _BLOCKS:
        return " " if in_row else "\n"
    return "" if bare in _INLINE else tag
