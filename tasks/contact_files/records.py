"""Records of a contact file in batches, with the line each starts on; memory does not grow with the file."""

import csv
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice

from models.contacts.sheet.layout import delimiter_in, separator_of
from models.contacts.unwanted import has_sign, squeezed
from models.contacts.verdict import ContactFileError
from tasks.contact_files.batches import BATCH, Records
from tasks.contact_files.text import ContactFileSource, unreadable
from tasks.contact_files.workbook import workbook

_LONGEST_RECORD = 20
"""Lines beyond which a record is a stray quote's work and not an address."""
_HEADER_WITHIN = 100
_PIECE = 1 << 20
_LONGEST_SIGN = 128
_ASCII_BASED = frozenset({"utf-8", "utf-8-sig", "cp1252"})
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass(frozen=True, slots=True)
class Stream:
    """An open file: its batches, how it was read, and how far into its bytes the reading is.

    `unread` names a workbook's other sheets, which hold rows too.
    """

    batches: Iterator[Records]
    delimiter: str | None
    position: Callable[[], int]
    unread: tuple[str, ...] = ()


@contextmanager
def open_stream(source: ContactFileSource, is_name: Callable[[str], bool]) -> Iterator[Stream]:
    """Open a contact file for one pass; ContactFileError for what only shows while reading."""
    try:
        if source.encoding is None:
            book = workbook(source)
            yield Stream(book.batches, None, lambda: source.size, book.unread)
            return
        with source.open() as raw:
            text = io.TextIOWrapper(raw, encoding=source.encoding, newline="")
            delimiter, start = _layout(text, is_name)
            yield Stream(_text(text, source, delimiter, start), delimiter, raw.tell)
    except OSError as fault:
        raise ContactFileError(unreadable(source.path, fault)) from fault


def may_forbid_calls(source: ContactFileSource) -> bool:
    """Tell whether a file may hold words against calls; False is certain."""
    if source.encoding not in _ASCII_BASED:
        return True
    with source.open() as file:
        end = b""
        while piece := file.read(_PIECE):
            text = end + squeezed(piece)
            if has_sign(text):
                return True
            end = text[-_LONGEST_SIGN:]
    return False


def _layout(text: io.TextIOWrapper, is_name: Callable[[str], bool]) -> tuple[str, int]:
    """Return the delimiter and the line on which records start, with the text placed there."""
    first = text.readline()
    separator = separator_of(first)
    if separator:
        return separator, 2
    lines = [first, *islice(text, _HEADER_WITHIN)]
    text.seek(0)
    return delimiter_in(lines, is_name), 1


def _text(text: io.TextIOWrapper, source: ContactFileSource, delimiter: str, start: int) -> Iterator[Records]:
    reader = csv.reader(text, delimiter=delimiter)
    line = start
    batch = Records()
    try:
        while cells := list(islice(reader, BATCH)):
            if batch.cells:
                yield batch
            end = start + reader.line_num
            batch = _batch(cells, line, end)
            line = end
    except csv.Error as fault:
        raise ContactFileError(
            f"{source.path.name} cannot be read past line {start + reader.line_num}, perhaps for a quote "
            "that is never closed: correct it there."
        ) from fault
    except (OSError, UnicodeError) as fault:
        raise ContactFileError(f"{source.path.name} changed while it was read: try again.") from fault
    if batch.cells and line - batch.lines[-1] > 1 and _is_left_open(source, delimiter, batch.lines[-1]):
        batch.swallowed.add(len(batch.cells) - 1)
    yield batch


def _batch(cells: list[list[str]], line: int, end: int) -> Records:
    """Put records together with the lines they start on, from `line` up to `end`."""
    if end - line == len(cells):
        return Records(cells, range(line, end))
    lines, swallowed = [], set()
    for at, text in enumerate(map("\x1f".join, cells)):
        span = 1 + len(_LINE_END.findall(text)) if "\n" in text or "\r" in text else 1
        if span > _LONGEST_RECORD:
            swallowed.add(at)
        lines.append(line)
        line += span
    return Records(cells, lines, swallowed)


def _is_left_open(source: ContactFileSource, delimiter: str, start: int) -> bool:
    """Tell whether the record on this line, the last of the file, ends inside quotes."""
    with io.TextIOWrapper(source.open(), encoding=source.encoding, newline="") as text:
        try:
            for _ in csv.reader(islice(text, start - 1, None), delimiter=delimiter, strict=True):
                pass
        except csv.Error as fault:
            return "unexpected end" in str(fault)
    return False
