"""Characters that look like part of a phone number, turned into plain ones."""

import unicodedata
from functools import lru_cache

_ALIKE = {
    **dict.fromkeys("\u2018\u2019", ("'", "")),  # curly quotes
    **dict.fromkeys("\u201c\u201d", ('"', "")),
    **dict.fromkeys("\x85\u2028\u2029", ("\n", "")),  # line ends
    **dict.fromkeys("\ufe0e\ufe0f\u20e3", ("", "invisible")),  # a keycap emoji is a digit and these
    "\u2212": ("-", ""),  # the minus sign
}
_BY_CATEGORY = {"Zs": (" ", "invisible"), "Cf": ("", "invisible"), "Pd": ("-", "")}


def plain(cell: str) -> tuple[str, tuple[str, ...]]:
    """Return the cell in plain characters, stripped, and the codes of what was replaced.

    A decimal digit of any script becomes its ASCII digit. Other numerals (superscripts, circled ones,
    fractions) stay as they are: they may be a footnote, and a digit must never be invented.
    """
    if cell.isascii():
        return cell.strip(" \t\r\n\v\f\x00"), ()
    parts: list[str] = []
    codes: dict[str, None] = {}
    for char in cell:
        text, code = _plain(char)
        parts.append(text)
        if code:
            codes[code] = None
    return "".join(parts).strip(" \t\r\n\v\f\x00"), tuple(codes)


@lru_cache(maxsize=4096)
def _plain(char: str) -> tuple[str, str]:
    if char.isascii():
        return char, ""
    if "\uff01" <= char <= "\uff5e":  # the full-width forms of ASCII
        return chr(ord(char) - 0xFEE0), "other_digits"
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.decimal(char)), "other_digits"
    return _BY_CATEGORY.get(category) or _ALIKE.get(char, (char, ""))
