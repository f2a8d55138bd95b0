"""What a search through simulated recoveries has found, by the kind of surface; batches add up."""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from models.reasons.table import ReasonTable
from tests.simulation.case import draw_case
from tests.simulation.leaks.counts import disagreements
from tests.simulation.leaks.search import Search
from tests.simulation.leaks.surfaces import shows
from tests.simulation.play import open_engine

Engines = tuple[Engine, Engine]
"""Of a ledger in memory, and of another one."""


@dataclass
class Found:
    """The figures of some cases: texts and characters by kind, hits and disagreements in words."""

    cases: int = 0
    recoveries: int = 0
    numbers: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    texts: Counter[str] = field(default_factory=Counter)
    characters: Counter[str] = field(default_factory=Counter)
    hits: list[str] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    """Surfaces that count other people than the report, or whose counts do not add up."""
    troubles: list[str] = field(default_factory=list)

    def add(self, other: "Found") -> None:
        """Add the figures of another batch."""
        self.cases += other.cases
        self.recoveries += other.recoveries
        self.numbers += other.numbers
        self.ends += other.ends
        self.texts += other.texts
        self.characters += other.characters
        self.hits += other.hits
        self.counted += other.counted
        self.troubles += other.troubles

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing was found and everything was played."""
        return not (self.hits or self.counted or self.troubles)


def kind_of(place: str) -> str:
    """Return the kind of a surface: its name without figures, a zip's files by what they are."""
    return re.sub(r" \d+$", "", place) if not place.startswith("attached") else "attached"


def searched(seed: int, cases: Iterable[int], *, drawn: bool = True) -> Found:
    """Play cases of a seed one after the other, and search everything that each of them shows."""
    found, engines, table = Found(), (open_engine(), open_engine()), ReasonTable.packaged()
    with TemporaryDirectory() as home:
        for index in cases:
            _search(found, seed, index, (engines, table, Path(home) / str(index)), drawn=drawn)
    for engine in engines:
        engine.dispose()
    return found


def _search(
    found: Found, seed: int, index: int, given: tuple[Engines, ReasonTable, Path], *, drawn: bool
) -> None:
    engines, table, home = given
    play = shows(draw_case(seed, index), engines, table, home, drawn=drawn)
    trouble = play.played().trouble
    found.cases += 1
    found.troubles += [f"case {index}: {trouble}"] if trouble else []
    found.numbers += len(play.numbers())
    search = Search(play.numbers(), play.secrets())
    for shown in play.shown():
        found.recoveries += 1
        found.ends[shown.recovery.state] += 1
        found.counted += [f"case {index}, {shown.recovery.id}: {words}" for words in disagreements(shown)]
        for place, text in shown.texts.items():
            found.texts[kind_of(place)] += 1
            found.characters[kind_of(place)] += len(text)
            found.hits += [f"case {index}, {place}: {hit.what}" for hit in search.in_text(place, text)]
