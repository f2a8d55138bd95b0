"""The packaged reason tables, read from `models/data/reasons.csv`."""

import csv
from functools import cache
from importlib.resources import files
from typing import cast, get_args

from models.enums import Disposition
from models.reasons.ruling import Reached, Ruling


@cache
def packaged_rows() -> tuple[Ruling, ...]:
    """Return every row of the packaged tables, in the order of the file."""
    text = files("models").joinpath("data", "reasons.csv").read_text(encoding="utf-8")
    return tuple(_ruling(row) for row in csv.DictReader(text.splitlines()))


def reached_word(word: str) -> Reached:
    """Return a word as no, maybe or yes; raises ValueError for any other."""
    if word not in get_args(Reached):
        raise ValueError(f"'{word}' is none of {', '.join(get_args(Reached))}")
    return cast("Reached", word)


def _ruling(row: dict[str, str]) -> Ruling:
    return Ruling(
        disposition=Disposition(row["disposition"]),
        reached=reached_word(row["reached"]),
        system=row["system"],
        code=row["code"],
        name=row["name"],
        why=row["why"],
    )
