"""A note in the markup that a system reads: HTML, Atlassian's document format, Markdown."""

import re
from html import escape
from typing import Any

from models.messages.milestones import Note

_SIGNS = re.compile(r"([\\*_{}\[\]<>#|~])")
_CODE = re.compile(r"(`[^`]*`)")


def as_html(note: Note) -> str:
    """Return the note as HTML paragraphs; whatever a platform or a person wrote stays text."""
    lines = "".join(f"<p>{escape(line)}</p>" for line in note.lines)
    return f"<p><b>{escape(note.subject)}</b></p>{lines}<p><code>{escape(note.mark)}</code></p>"


def as_document(note: Note) -> dict[str, Any]:
    """Return the note in the Atlassian Document Format, one paragraph a line."""
    lines = [_paragraph(line) for line in (*note.lines, note.mark)]
    head = _paragraph(note.subject, strong=True)
    return {"type": "doc", "version": 1, "content": [head, *lines]}


def as_markdown(note: Note) -> str:
    """Return the note as Markdown; outside code spans no sign of a text is taken for markup."""
    lines = "\n\n".join(_plain(line) for line in note.lines)
    return f"**{_plain(note.subject)}**\n\n{lines}\n\n`{note.mark}`"


def _paragraph(text: str, *, strong: bool = False) -> dict[str, Any]:
    piece: dict[str, Any] = {"type": "text", "text": text}
    if strong:
        piece["marks"] = [{"type": "strong"}]
    return {"type": "paragraph", "content": [piece]}


def _plain(text: str) -> str:
    parts = _CODE.split(text)
    return "".join(part if place % 2 else _SIGNS.sub(r"\\\1", part) for place, part in enumerate(parts))
