"""The jobs that a ticket's title and description name, as people and templates write them."""

import re
from collections.abc import Iterator
from typing import Any

from models.hooks import ids
from models.hooks.text.documents import plain_text
from models.hooks.text.empties import is_field_name, is_unfilled
from models.hooks.text.markup import plain_lines
from models.masking.quotes import SEVEN_DIGITS

_NAME = r"job[ _-]?id"
_LABELLED = re.compile(rf"{_NAME}\s*(?:[:=\uff1a\u2192]|->|=>)+\s*(?P<rest>.*?)(?={_NAME}|$)", re.IGNORECASE)
_LABEL = re.compile(rf"(?:batch[ _-]?)?{_NAME}\s*[:=\uff1a]?", re.IGNORECASE)
_ID = re.compile(r"[\s(<\[]*(?P<id>[A-Za-z0-9][A-Za-z0-9_.:-]*+)(?![+@/\\%&=~^$*#])")
_NUMBER = re.compile(rf"\W*{SEVEN_DIGITS}")
_SEPARATOR = re.compile(r"[\s|:+-]*-[\s|:+-]*")
_TELLS_AN_ID = re.compile(r"[\d_]")
_LONGEST_TEXT = 100_000


def jobs_in(value: Any) -> set[str]:
    """Return the jobs that a text, a rich-text document or a list of both names."""
    texts = value if isinstance(value, list) else [value]
    found = (plain_lines(plain_text(one)[:_LONGEST_TEXT]) for one in texts)
    return {job for lines in found for job in _in_lines(lines)}


def _in_lines(lines: list[str]) -> Iterator[str]:
    for place, line in enumerate(lines):
        if "|" in line:
            yield from _in_row(line, lines[place + 1 :])
        elif _LABEL.fullmatch(line.strip()):
            yield from _below(lines[place + 1 :])
        for said in _LABELLED.finditer(line):
            yield from _job(said["rest"])


def _below(lines: list[str]) -> Iterator[str]:
    """Yield what stands alone on the next line under a label."""
    following = lines[0].strip() if lines else ""
    if len(following.split()) == 1 and _TELLS_AN_ID.search(following) and not following.endswith(":"):
        yield from _job(following)


def _in_row(line: str, below: list[str]) -> Iterator[str]:
    """Yield the cell beside a label, or those under it where the row is a table's head."""
    cells = _cells(line)
    for place, cell in enumerate(cells):
        if not _LABEL.fullmatch(cell):
            continue
        beside = cells[place + 1] if place + 1 < len(cells) else ""
        column = _column(below, place, len(cells))
        if column and (_is_head(line, below) or not _TELLS_AN_ID.search(beside)):
            for value in column:
                yield from _job(value)
        elif _TELLS_AN_ID.search(beside):
            yield from _job(beside)


def _cells(line: str) -> list[str]:
    return [cell.strip() for cell in re.split(r"\|+", line.strip().strip("|"))]


def _column(lines: list[str], place: int, width: int) -> list[str]:
    found = []
    for line in lines:
        if "|" not in line:
            break
        cells = _cells(line)
        if len(cells) == width and not _SEPARATOR.fullmatch(line):
            found.append(cells[place])
    return found


def _is_head(line: str, below: list[str]) -> bool:
    bars = re.findall(r"\|+", line.strip().rstrip("|"))
    is_doubled = bool(bars) and all(len(bar) > 1 for bar in bars)
    return is_doubled or bool(below and "|" in below[0] and _SEPARATOR.fullmatch(below[0]))


def _job(text: str) -> Iterator[str]:
    begun = _ID.match(text)
    if begun is None or _NUMBER.match(text):
        return
    job = begun["id"].rstrip(".:-")
    is_address = begun["id"].lower().startswith(("http:", "https:", "www."))
    if not (is_address or is_unfilled(job) or _names_a_field(job) or ids.job_trouble(job)):
        yield job


def _names_a_field(job: str) -> bool:
    return "." in job and is_field_name(job.partition(".")[0])
