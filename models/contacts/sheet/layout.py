"""How a contact file is laid out: its kind, encoding and delimiter, told from its first bytes or lines."""

import codecs
import csv
import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

DELIMITERS: Final = ",;\t|"
"""In the order of preference where two occur equally often."""
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16: the first two bytes are the same
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_KINDS: Final = (
    (b"PK\x03\x04", "xlsx"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"{\\rtf", "an RTF document"),
    (b"SQLite format 3", "a database"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_CONTROLS_IN = 10
_SEPARATOR = re.compile(r"\ufeff?sep=(.)", re.IGNORECASE)


def kind_of(head: bytes) -> str:
    """Name what the first bytes of a file say it is: `text`, `xlsx`, `xls`, `empty`, or else in words."""
    if not head.strip():
        return "empty"
    for magic, kind in _KINDS:
        if head.startswith(magic):
            return kind
    return "text" if marked_encoding(head) or unmarked_utf16(head) or _is_text(head) else "a binary file"


def _is_text(head: bytes) -> bool:
    """Tell text from data: no zero byte, and no more control characters than a careless export leaves."""
    return b"\x00" not in head and _CONTROLS_IN * len(_CONTROL.findall(head)) <= len(head)


def marked_encoding(head: bytes) -> str | None:
    """Return the encoding that a byte order mark names."""
    return next((name for mark, name in _MARKS if head.startswith(mark)), None)


def unmarked_utf16(head: bytes) -> str | None:
    """Return the UTF-16 flavour of an unmarked text: every second byte of plain text is zero."""
    even, odd = head[0::2], head[1::2]
    if not odd:
        return None
    if even.count(0) == 0 and odd.count(0) * 2 > len(odd):
        return "utf-16-le"
    if odd.count(0) == 0 and even.count(0) * 2 > len(even):
        return "utf-16-be"
    return None


def separator_of(line: str) -> str | None:
    """Return the delimiter that a spreadsheet's `sep=` first line names, or None for any other line."""
    match = _SEPARATOR.fullmatch(line.rstrip("\r\n"))
    return match[1] if match else None


def delimiter_in(lines: Sequence[str], is_name: Callable[[str], bool]) -> str:
    """Return the delimiter of a file's first lines, of which some may stand before its header.

    The first line in which one sets a name free that `is_name` knows decides, else the most lines that agree.
    """
    filled = [line for line in lines if line.strip()]
    for line in filled:
        if any(is_name(cell) for cell in _cells(line, "\x1f")):
            return delimiter_of(line, is_name)
        mark = delimiter_of(line, is_name)
        cells = _cells(line, mark)
        if len(cells) > 1 and any(map(is_name, cells)):
            return mark
    shapes = Counter(
        (mark, len(cells)) for line in filled for mark in DELIMITERS if len(cells := _cells(line, mark)) > 1
    )
    if not shapes:
        return ","
    (best, _), most = max(shapes.items(), key=lambda item: (item[1], item[0][1]))
    return best if most > 1 else delimiter_of(filled[0], is_name)


def _cells(line: str, mark: str) -> list[str]:
    return next(csv.reader([line.rstrip("\r\n")], delimiter=mark), [])


def delimiter_of(line: str, is_name: Callable[[str], bool]) -> str:
    """Return the delimiter of a header line: the most frequent candidate outside quotes.

    A candidate that sets a cell free that `is_name` knows wins over a more frequent one. A line without any
    is one column, read with commas.
    """
    bare = re.sub(r'"[^"]*"', "", line)
    found = sorted((mark for mark in DELIMITERS if mark in bare), key=lambda mark: -bare.count(mark))
    for mark in found:
        if any(is_name(cell) for cell in _cells(line, mark)):
            return mark
    return found[0] if found else ","
