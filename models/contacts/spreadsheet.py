"""Cells that are safe to open in a spreadsheet."""

import re

_RISKY = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")


def safe(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula: a risky one gets an apostrophe.

    The risky beginnings are those of OWASP's "CSV Injection". A plain number, signed or not, is no formula
    and stays.
    """
    if cell[:1] not in _RISKY or not cell or _PLAIN_NUMBER.fullmatch(cell):
        return cell
    return "'" + cell
