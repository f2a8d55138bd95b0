"""Rich-text documents as plain text: Atlassian's ADF, ProseMirror, Slack's blocks, and their like.

Marks split one sentence into several nodes, so nodes within a line are joined before anything is looked for.
"""

from collections.abc import Mapping
from typing import Any

INLINE = frozenset(
    ("text", "link", "mention", "emoji", "status", "date", "inlineCard", "code", "user", "channel", "strong")
)
"""Types of nodes that stand within a line, of ADF, ProseMirror and Slack."""
_BREAKS = frozenset({"hardBreak", "hard_break", "break"})
_CELLS: Mapping[str, str] = {
    "tableCell": "|",
    "table_cell": "|",
    "tableHeader": "||",
    "table_header": "||",
}
_ROWS = frozenset({"tableRow", "table_row"})
_ABOUT = frozenset(("type", "version", "marks", "attrs", "style", "id", "localId", "block_id", "emoji"))
_DEEPEST = 40


def plain_text(value: Any, depth: int = 0) -> str:
    """Return all text of a value, one block a line; table cells stand between bars, headers between two."""
    if isinstance(value, str):
        return value
    if depth > _DEEPEST:
        return ""
    if isinstance(value, list):
        return _listed(value, depth + 1)
    return _node(value, depth + 1) if isinstance(value, dict) else ""


def _listed(nodes: list[Any], depth: int) -> str:
    text = ""
    for node in nodes:
        found = plain_text(node, depth)
        is_beside = not text or text.endswith("\n") or _is_inline(node)
        text += found if is_beside else f"\n{found}"
        if found and not _is_inline(node) and not _is_cell(node):
            text += "\n"
    return text


def _is_inline(node: Any) -> bool:
    kind = _kind(node)
    return kind in INLINE or kind in _BREAKS or _is_cell(node)


def _is_cell(node: Any) -> bool:
    return _kind(node) in _CELLS


def _kind(node: Any) -> str:
    kind = node.get("type") if isinstance(node, dict) else None
    return kind if isinstance(kind, str) else ""


def _node(node: dict[str, Any], depth: int) -> str:
    kind = _kind(node)
    if kind in _BREAKS:
        return "\n"
    if kind in INLINE:
        return _inline(node, depth)
    inside = _children(node, depth)
    if kind in _CELLS:
        return _CELLS[kind] + " ".join(inside.split())
    return f"{inside}|\n" if kind in _ROWS else inside


def _inline(node: dict[str, Any], depth: int) -> str:
    attrs = node.get("attrs")
    named = attrs.get("text") if isinstance(attrs, dict) else None
    for found in (node.get("text"), named, node.get("content"), node.get("children")):
        if found:
            return plain_text(found, depth)
    return ""


def _children(node: dict[str, Any], depth: int) -> str:
    """Return what is inside a node, and the texts of a plain object with their keys before them."""
    lines = []
    for key, value in node.items():
        if key in _ABOUT and "type" in node:
            continue
        text = plain_text(value, depth)
        if text.strip():
            is_plain = (
                isinstance(value, str) and "type" not in node and key not in {"text", "content", "value"}
            )
            lines.append(f"{key}: {text}" if is_plain else text)
    return "\n".join(lines)
