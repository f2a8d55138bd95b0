"""A report before it is written: one model for page, Markdown and JSON."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from models.messages.summary_text import iso_utc
from models.report.page.flow import EndGroup
from models.report.page.voices import Voice
from models.report.people import People

SCHEMA_VERSION = "1"


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table with a caption; every row is as long as the head."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def through(self, clean: Callable[[str], str]) -> "ReportTable":
        """Return it with every text cleaned."""
        rows = tuple(tuple(clean(cell) for cell in row) for row in self.rows)
        return ReportTable(clean(self.caption), self.head, rows)


@dataclass(frozen=True, slots=True)
class Section:
    """One question of the reader and its answer."""

    heading: str
    paragraphs: tuple[str, ...] = ()
    tables: tuple[ReportTable, ...] = ()
    commands: tuple[str, ...] = ()

    def through(self, clean: Callable[[str], str]) -> "Section":
        """Return it with every text cleaned."""
        return Section(
            self.heading,
            tuple(clean(text) for text in self.paragraphs),
            tuple(table.through(clean) for table in self.tables),
            tuple(clean(text) for text in self.commands),
        )

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "heading": self.heading,
            "paragraphs": list(self.paragraphs),
            "tables": [
                {"caption": one.caption, "head": list(one.head), "rows": [list(row) for row in one.rows]}
                for one in self.tables
            ],
            "commands": list(self.commands),
        }


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart: what it shows in words, and its drawing as SVG, empty until it is drawn."""

    alt: str
    svg: str = ""


HEADINGS: Mapping[str, str] = {
    "what_happened": "What happened",
    "why": "Why",
    "what_was_done": "What was done",
    "people": "What became of everybody",
    "what_happens_next": "What happens next",
    "by_when": "By when",
    "what_you_must_do": "What you must do",
}
"""The sections by their keys, in the reader's order; every report has all of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The whole report; `ids` are those of the recovery, for engineers only."""

    voice: Voice
    title: str
    state: str
    state_words: str
    made_at: datetime
    made_words: str
    """The same on the reader's clock."""
    timezone: str
    people: People
    flow: tuple[EndGroup, ...]
    sections: Mapping[str, Section]
    eta: tuple[datetime, datetime | None] | None = None
    ids: Mapping[str, str | None] = field(default_factory=dict)
    picture: Picture | None = None

    def through(self, clean: Callable[[str], str]) -> "Document":
        """Return it with every text that others may have written cleaned."""
        sections = {name: one.through(clean) for name, one in self.sections.items()}
        picture = replace(self.picture, alt=clean(self.picture.alt)) if self.picture else None
        ids = {name: told and clean(told) for name, told in self.ids.items()}
        return replace(self, title=clean(self.title), sections=sections, picture=picture, ids=ids)

    def as_json(self) -> dict[str, Any]:
        """Return the report for programs; its keys are the same in every state and for both voices."""
        earliest, latest = self.eta or (None, None)
        return {
            "schema_version": SCHEMA_VERSION,
            "voice": self.voice.value,
            "language": "en",
            "title": self.title,
            "state": self.state,
            "state_words": self.state_words,
            "made_at": iso_utc(self.made_at),
            "timezone": self.timezone,
            "ids": dict(self.ids) or None,
            "people": self.people.as_json(),
            "flow": [_group(group) for group in self.flow],
            "sections": {name: one.as_json() for name, one in self.sections.items()},
            "eta": {"earliest": iso_utc(earliest) or None, "latest": iso_utc(latest) or None},
            "chart": self.picture.alt if self.picture else None,
        }


def _group(group: EndGroup) -> dict[str, Any]:
    ends = [{"end": one.end.value, "words": one.message, "count": one.count} for one in group.ends]
    return {"group": group.name, "words": group.message, "count": group.count, "ends": ends}
