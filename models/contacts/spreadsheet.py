"""Cells that are safe to open in a spreadsheet."""

import re

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a formula may begin. Source: OWASP, "CSV Injection"."""
_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?")


def is_risky(cell: str) -> bool:
    """Tell whether a spreadsheet may run a cell as a formula; blanks before it do not keep it from that."""
    return cell.lstrip(" ").startswith(_RISKY)


def safe(cell: str) -> str:
    """Return a cell that no spreadsheet runs as a formula: a risky one gets an apostrophe.

    A plain number, signed or not, is no formula and stays.
    """
    return f"'{cell}" if is_risky(cell) and not _PLAIN_NUMBER.fullmatch(cell.strip(" ")) else cell
