"""A cell of a contact file, turned into a candidate: an optional + and ASCII digits, or nothing.

The malformations and their treatment follow what spreadsheets are known to do to phone numbers. A repair is
made only where the digits themselves are certain; anything else is named and left for a person.
"""

import re
from dataclasses import dataclass, field
from typing import Final

from models.contacts.characters import plain
from models.contacts.dates import is_date
from models.contacts.several import first_of

LONGEST: Final = 250
"""Characters in a cell beyond which it is not read as a number (the limit of the phonenumbers library)."""

_READY = re.compile(r"\+?[0-9]+")
_SCIENTIFIC = re.compile(r"\+?([0-9])(?:[.,]([0-9]+))?[eE]\+?([0-9]{1,3})")
_DECIMAL_ZERO = re.compile(r"(\+?[0-9]{6,})[.,]0+")
_DECIMAL = re.compile(r"\+?[0-9]{9,}\.[0-9]+")
_THOUSANDS = re.compile(r"\+?[1-9][0-9]{0,2}(?:,[0-9]{3}){2,}")
_FORMULA_TEXT = re.compile(r'=\s*(?:"([^"]*)"|(\+?[0-9]+))', re.DOTALL)
_LINK = re.compile(r"(?:tel|callto|phone|p|whatsapp):(?://)?", re.IGNORECASE)
"""What links and exports put before a number; `p:` is Meta's, in its files of leads."""
_ACCOUNT = re.compile(
    r"\+?([0-9]{7,15})(?::[0-9]{1,3})?@(?:s\.whatsapp\.net|c\.us)"
    r"|(?:https?://)?wa\.me/\+?([0-9]{7,15})/?",
    re.IGNORECASE,
)
"""WhatsApp's names of people: an international number without its +."""
_PARAMETER = re.compile(r";\s*(?!ext=)[a-z-]+=", re.IGNORECASE)
_EXTENSION = re.compile(
    r"[\s,;.]*(?:ext(?:ension|n)?|x|#|доб|anexo|durchwahl|poste)[\s.:=]*[0-9]{1,7}$", re.IGNORECASE
)
_PLACEHOLDER = re.compile(r"#.*|-+|n/?a|nan|null|none|nil|unknown|undefined", re.IGNORECASE | re.DOTALL)
_NEGATIVE = re.compile(r"-[0-9.,]+")
_WRITTEN = re.compile(r"[\s(]*(\+{0,2})([0-9\s().\-/\[\]]*)")
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class NumberCandidate:
    """What a cell may mean: `text` is an optional + and ASCII digits, or None where the cell is held.

    `codes` names what was found on the way; `count` is how many numbers the cell holds.
    """

    text: str | None = field(repr=False)
    codes: tuple[str, ...] = ()
    count: int = 1


def clean(cell: str) -> NumberCandidate:
    """Return the candidate of a cell; it never raises and never adds a digit."""
    if len(cell) <= LONGEST and _READY.fullmatch(cell):
        return NumberCandidate(cell)
    text, found = plain(cell)
    held = _unreadable(text)
    if held:
        return NumberCandidate(None, (*found, held))
    text, wrapped = _unwrapped(text)
    return _read(text, [*found, *wrapped])


def _unreadable(text: str) -> str | None:
    if not text:
        return "empty"
    if len(text) > LONGEST:
        return "too_long"
    return "spreadsheet_error" if _PLACEHOLDER.fullmatch(text) else None


def _unwrapped(text: str) -> tuple[str, list[str]]:
    """Take off what spreadsheets and links put around a number, layer by layer."""
    codes: list[str] = []
    while layer := _layer(text):
        text, code = layer
        if code not in codes:
            codes.append(code)
    return text, codes


def _layer(text: str) -> tuple[str, str] | None:
    if match := _FORMULA_TEXT.fullmatch(text):
        return (match[1] if match[2] is None else match[2]).strip(), "formula_text"
    if text[:1] in {"'", '"', "`"}:
        return text.strip("'\"` \t\r\n"), "apostrophe"
    if match := _ACCOUNT.fullmatch(text):
        return "+" + (match[1] or match[2]), "link"
    if match := _LINK.match(text):
        return text[match.end() :].strip(), "link"
    return None


def _read(text: str, codes: list[str]) -> NumberCandidate:
    if "link" in codes and _PARAMETER.search(text):
        return NumberCandidate(None, (*codes, "link_parameters"))
    if text.startswith("="):
        return NumberCandidate(None, (*codes, "formula"))
    if _NEGATIVE.fullmatch(text):
        return NumberCandidate(None, (*codes, "negative"))
    if is_date(text):
        return NumberCandidate(None, (*codes, "date"))
    if match := _SCIENTIFIC.fullmatch(text):
        return _written_out(match, codes)
    return _one_number(text, codes)


def _written_out(match: re.Match[str], codes: list[str]) -> NumberCandidate:
    """Write scientific notation out where the mantissa holds every digit of a whole number."""
    digits = match[1] + (match[2] or "")
    length = int(match[3]) + 1
    if len(digits) < length or digits[length:].strip("0"):
        return NumberCandidate(None, (*codes, "lost_digits"))
    return NumberCandidate(match[0][: match.start(1)] + digits[:length], (*codes, "scientific"))


def _one_number(text: str, codes: list[str]) -> NumberCandidate:
    if match := _DECIMAL_ZERO.fullmatch(text):
        return _compact(match[1], [*codes, "decimal_point"], 1)
    if _DECIMAL.fullmatch(text):
        return NumberCandidate(None, (*codes, "odd_characters"))
    if _THOUSANDS.fullmatch(text):
        return _compact(text.replace(",", ""), [*codes, "thousands"], 1)
    text = _without_extension(text, codes)
    text, count = first_of(text)
    text = _without_extension(text, codes)
    if count > 1:
        codes.append("several_numbers")
    return _compact(text, codes, count)


def _without_extension(text: str, codes: list[str]) -> str:
    """Cut extensions off, noting that once in `codes`; a number must remain before them."""
    while (match := _EXTENSION.search(text)) and _DIGITS.search(text, 0, match.start()):
        text = text[: match.start()]
        if "extension" not in codes:
            codes.append("extension")
    return text


def _compact(text: str, codes: list[str], count: int) -> NumberCandidate:
    """Keep the digits and a leading + of a number written with common punctuation."""
    match = _WRITTEN.fullmatch(text)
    digits = "".join(_DIGITS.findall(text)) if match else ""
    if match and digits:
        return NumberCandidate(match[1][:1] + digits, tuple(codes), count)
    return NumberCandidate(None, (*codes, _why_not(text)), count)


def _why_not(text: str) -> str:
    if not _DIGITS.search(text):
        return "not_a_number"
    return "letters" if any(char.isalpha() for char in text) else "odd_characters"
