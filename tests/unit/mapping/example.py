"""The example's mapping, and changes to it."""

from pathlib import Path

from models.mapping.mapping import PlatformMapping, parse_mapping

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "mappings" / "desk.toml"
TEXT = EXAMPLE.read_text(encoding="utf-8")


def parsed(text: str = TEXT) -> PlatformMapping:
    """Return the mapping of a text."""
    return parse_mapping(text.encode(), "desk.toml")


def changed(*pairs: tuple[str, str], text: str = TEXT) -> str:
    """Return the example's text with some places changed."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new)
    return text


def without(*tables: str, text: str = TEXT) -> str:
    """Return the example's text without some tables."""
    parts = text.split("\n[")
    kept = [part for part in parts if not part.startswith(tuple(f"{table}]" for table in tables))]
    assert len(kept) == len(parts) - len(tables)
    return "\n[".join(kept)
