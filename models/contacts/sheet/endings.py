"""Lines that close a report: totals, and who made it when."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from models.contacts.sheet.columns import is_written_as_number
from models.contacts.sheet.names import key

_WORDS: Final = (
    *("total", "totals", "grand total", "grand totals", "subtotal", "sub total", "sub-total", "sum", "summe"),
    *("gesamt", "gesamtsumme", "insgesamt", "totale", "totaux", "suma", "total records", "total rows"),
    *("record count", "row count", "records", "count", "total contacts", "total leads", "number of records"),
)
TOTALS: Final = frozenset(
    shape(word) + end
    for word in _WORDS
    for shape in (str.lower, str.upper, str.title, str.capitalize)
    for end in ("", ":", ": ")
)
"""First cells of lines that sum a file up, as they are mostly written."""
_KEYS = frozenset(map(key, _WORDS))
_CLOSING = re.compile(
    rf"(?:{'|'.join(map(re.escape, _WORDS))})[:\s]*|(?:(?:grand|sub)[\s-]?)?totals?\b.*"
    r"|[0-9]+ (?:records?|rows?|contacts?|leads?)\b.*"
    r"|copyright\b.*|\(c\) .*"
    r"|confidential information\b.*|(?:generated|exported|created|printed) (?:by|on|at)\b.*"
    r"|(?:record|row)s?(?: count)?\s*[:=].*|[-*= ]*end of (?:report|file|list|export)\b.*",
    re.IGNORECASE | re.DOTALL,
)
_FEW = 2


def is_ending(cells: Sequence[str], columns: Sequence[int], width: int) -> bool:
    """Tell whether a row closes the file rather than being a contact.

    `columns` are those of numbers, `width` is the header's. A person may be called Total: a row with a number
    that is written as one is a contact. A sum never is.
    """
    label = next((cell for cell in cells if cell.strip()), "")
    if not _closes(label):
        return False
    is_sum = key(label) in _KEYS
    if columns[0] == 0:
        return width == 1
    filled = sum(1 for cell in cells if cell.strip())
    is_number = any(index < len(cells) and is_written_as_number(cells[index]) for index in columns)
    return not is_number and (is_sum or filled <= min(_FEW, width - 1))


@lru_cache(maxsize=4096)
def _closes(cell: str) -> bool:
    return _CLOSING.fullmatch(cell.strip()) is not None
