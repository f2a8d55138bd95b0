"""A workspace's own rows for the reason tables, read from its CSV text."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.enums import Disposition
from models.errors import EXIT_USAGE, RingbackError
from models.reasons.index import Key, key
from models.reasons.rows import reached_word
from models.reasons.ruling import REDIALS, Reached

REQUIRED = ("system", "code", "disposition")
OPTIONAL = ("reached", "name", "why")


class OverrideError(RingbackError, ValueError):
    """A workspace's table of reasons cannot be used as it is; the message names the line."""

    exit_code = EXIT_USAGE
    next_action = "Correct the line of the table that the message names."


@dataclass(frozen=True, slots=True)
class Override:
    """One row of a workspace's own; None keeps what the packaged row says, and line 0 means no file."""

    system: str
    code: str
    disposition: Disposition
    reached: Reached | None = None
    name: str | None = None
    why: str | None = None
    line: int = 0


def parse_overrides(text: str) -> tuple[Override, ...]:
    """Return the rows of a CSV text: system, code, disposition and, if wanted, reached, name and why.

    Blank lines and lines that begin with # are passed over. Raises OverrideError at the first line that is
    not right: nothing of a table with a fault in it is used.
    """
    lines = _lines(text)
    first = next(lines, None)
    if first is None:
        return ()
    header = _header(*first)
    overrides = tuple(_override(line, header, cells) for line, cells in lines)
    _refuse_repeats(overrides)
    return overrides


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        for cells in reader:
            trimmed = [cell.strip() for cell in cells]
            if any(trimmed) and not trimmed[0].startswith("#"):
                yield reader.line_num, trimmed
    except csv.Error as fault:
        raise OverrideError(f"Line {reader.line_num} is not CSV: {fault}.") from fault


def _header(line: int, cells: Sequence[str]) -> tuple[str, ...]:
    header = tuple(cell.lower() for cell in cells)
    for name in REQUIRED:
        if name not in header:
            raise OverrideError(f"Line {line} is the header and lacks the column '{name}'.")
    for place, name in enumerate(header):
        if name not in (*REQUIRED, *OPTIONAL):
            known = ", ".join((*REQUIRED, *OPTIONAL))
            raise OverrideError(f"Line {line} has the column '{name}', which is none of {known}.")
        if name in header[:place]:
            raise OverrideError(f"Line {line} has the column '{name}' twice.")
    return header


def _override(line: int, header: Sequence[str], cells: Sequence[str]) -> Override:
    if len(cells) > len(header):
        raise OverrideError(
            f"Line {line} has {len(cells)} cells for {len(header)} columns; quote a text with a comma."
        )
    row = dict(zip(header, cells, strict=False))
    for name in REQUIRED:
        if not row.get(name):
            raise OverrideError(f"Line {line} has no {name}.")
    disposition = _disposition(line, row["disposition"])
    reached = _reached(line, row.get("reached", ""))
    if reached == "yes" and disposition in REDIALS:
        raise OverrideError(
            f"Line {line} says that the person was reached and asks for a redial ({disposition}); "
            "nobody reached is redialled, so change one of the two."
        )
    system, code = row["system"].lower(), row["code"]
    return Override(system, code, disposition, reached, row.get("name") or None, row.get("why") or None, line)


def _disposition(line: int, word: str) -> Disposition:
    try:
        return Disposition(word.lower())
    except ValueError:
        words = ", ".join(Disposition)
        raise OverrideError(f"Line {line} has the disposition '{word}', which is none of {words}.") from None


def _reached(line: int, word: str) -> Reached | None:
    try:
        return reached_word(word.lower()) if word else None
    except ValueError as fault:
        raise OverrideError(f"Line {line} says reached is {fault}.") from None


def _refuse_repeats(overrides: Sequence[Override]) -> None:
    seen: dict[Key, int] = {}
    for row in overrides:
        earlier = seen.setdefault(key(row.system, row.code), row.line)
        if earlier != row.line:
            raise OverrideError(
                f"Line {row.line} repeats {row.system} {row.code} (line {earlier}); keep one."
            )
