"""Redaction inside one text: secrets, e-mail addresses and phone numbers by their looks."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from models.masking.phone import (
    LONGEST,
    NOT_A_NUMBER,
    SHORTEST,
    SHORTEST_KNOWN,
    KnownNumbers,
    ascii_digits,
    masked,
)

SECRET = "[redacted secret]"  # noqa: S105  what stands in its place
EMAIL = "[e-mail]"

# Left alone whole: our own masks and tokens, UUIDs, ISO dates and times. None of them is a phone number.
_DATE = r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])"
_TIME = r"[T ]\d\d:\d\d(?::\d\d(?:[.,]\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"
_KEEP = re.compile(
    r"(\+?\d{1,3}•{3,}\d{0,2}(?:\[c_[0-9a-f]{8}\])?"
    r"|(?<![\w])c_[0-9a-f]{8}(?!\w)"
    r"|(?<![\w-])[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}(?![\w-])"
    rf"|(?<![\w+]){_DATE}(?:{_TIME})?(?!\d))"
)

_BLOCKS = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)"
    r"|\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*"
    r"|\b(?i:bearer)\s+[\w.~+/=-]+"
    r"|(?<![A-Za-z0-9])(?:sk|pk|rk|whsec|xoxb|ghp)[_-][A-Za-z0-9_+/=-]{12,}"
    r"|(?<=://)[^\s/:@]+:[^\s/@]+(?=@)",
    re.DOTALL,
)
_NAMES = (
    r"password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|token|authorization"
    r"|signature|credentials?|cookie"
)
_ASSIGNED = re.compile(
    rf"(?i)(?P<name>(?<![\w-])[\w-]{{0,30}}?(?:{_NAMES})(?![a-z])[\w-]{{0,20}})"
    r"(?P<sign>\\?[\"']?\s{0,3}[=:]\s{0,3})"
    r"(?P<value>(?:(?:basic|digest|bearer|token)\s+)?(?:\\?\"[^\"\\]*\\?\"|'[^']*'|[^\s\"'&,;<>|\\]+))"
)
_SAYS_SECRET = re.compile(r"(?i)password|passwd|passphrase|secret|authorization|cookie")
_LONG_SECRET = 16

# A local part needs a letter of its own: a number in a SIP address is masked, and its host stays readable.
_MARK = r"\+?\d{1,3}•{3,}\d{0,2}\[c_[0-9a-f]{8}\]"
_LOCAL = rf"(?:{_MARK}|[\w.%+-])"
_EMAIL = re.compile(
    rf"(?<![\w.%+-])(?={_LOCAL}{{0,64}}[A-Za-z]{_LOCAL}{{0,64}}(?:@|%40))"
    rf"{_LOCAL}{{1,64}}(?:@|%40)[\w-]+(?:\.[\w-]+)*"
)

# Anything but a letter, a digit, a bar or a line's end may stand between the digits of a number we know.
_BETWEEN = r"(?:%[0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}|[^\w%|\n\r]|_)"
_RUN = re.compile(rf"(?:\+|%2[Bb])?\(?\d(?:{_BETWEEN}{{0,4}}\d)*")
_LEAD = re.compile(r"(?:\+|%2[Bb])?(?P<bracket>\(?)\Z")
_DIGIT = re.compile(rf"{_BETWEEN}|(?P<digit>\d)")

_DIGITS = re.compile(r"\d")
_GAP = r"(?:[ \t\u00a0\u2000-\u200f\u202a-\u202f\u2060().\-/\u2010-\u2015·]|%20|%28|%29|%2[dD])"
_PLUSSED = re.compile(rf"(?:\+|%2[Bb]){_GAP}{{0,3}}\d(?:{_GAP}{{0,3}}\d){{7,14}}(?!\d)")
_JOIN = r"(?:[ \u00a0\u202f./\-\u2010-\u2014]| - | ?\(\d{1,5}\)[ \-]?)"
_BEFORE = r"(?<![\w.+•])(?<![A-Za-z_]-)"
_AFTER = r"(?=\s?(?:x|ext)\.?\s?\d|\W|\Z)(?!•)"
_GROUPED = re.compile(rf"{_BEFORE}(?:\(\d{{1,5}}\)[ \-]?)?\d+(?:{_JOIN}\d+)*{_AFTER}")


@dataclass(frozen=True, slots=True)
class Redactor:
    """What one pass over a value needs: the key of the tokens, the numbers known, the counts so far."""

    key: bytes
    known: KnownNumbers
    counts: Counter[str]

    def text(self, text: str) -> str:
        """Return the text without secrets, e-mail addresses and whole phone numbers."""
        text = _BLOCKS.sub(self._replaced("secret", SECRET), text)
        if "=" in text or ":" in text:
            text = _ASSIGNED.sub(self._assigned, text)
        # Most texts are a word or an id: what has too few digits for a number is not searched for one.
        may_be_number = len(_DIGITS.findall(text)) >= SHORTEST_KNOWN
        # Numbers we know go before the addresses, which could otherwise take a digit of one along.
        if self.known.lengths and may_be_number:
            text = _outside_kept(text, lambda part: _RUN.sub(self._known, part))
        if "@" in text or "%40" in text:
            text = _EMAIL.sub(self._replaced("email", EMAIL), text)
        return _outside_kept(text, self._by_looks) if may_be_number else text

    def number(self, number: str) -> str:
        """Return the mask and token that stand for one number, and count it."""
        self.counts["number"] += 1
        return masked(number, self.key)

    def _replaced(self, kind: str, words: str) -> Callable[[re.Match[str]], str]:
        """Return a replacement that counts."""

        def replace(_: re.Match[str]) -> str:
            self.counts[kind] += 1
            return words

        return replace

    def _assigned(self, match: re.Match[str]) -> str:
        """Replace the value of `password=...`; prose such as `token: refused` stays readable."""
        value, sign = match["value"], match["sign"]
        sure = "=" in sign or '"' in sign + value or "'" in sign + value or _SAYS_SECRET.search(match["name"])
        looks_secret = len(value) >= _LONG_SECRET or any(char.isdigit() for char in value)
        if value.startswith(("[redacted", "c_")) or not (sure or looks_secret):
            return match[0]
        self.counts["secret"] += 1
        return f"{match['name']}{sign}{SECRET}"

    def _by_looks(self, text: str) -> str:
        """Replace what looks like a number."""
        text = _PLUSSED.sub(lambda found: self.number("+" + ascii_digits(_plain(found[0]))), text)
        return _GROUPED.sub(self._grouped, text)

    def _known(self, run: re.Match[str]) -> str:
        """Replace every known number inside one run of digits."""
        if len(run[0]) < self.known.lengths[-1]:
            return run[0]
        text, places = run[0], [m.start() for m in _DIGIT.finditer(run[0]) if m["digit"]]
        out, done = "", 0
        for start, end, number in self.known.find("".join(str(int(text[place])) for place in places)):
            first, last = places[start], places[end - 1] + 1
            out += _without_lead(text[done:first], text[first:last]) + self.number(number)
            done = last
        return out + text[done:]

    def _grouped(self, match: re.Match[str]) -> str:
        """Replace a run of digit groups where it has as many digits as a phone number."""
        run = match[0]
        groups = re.findall(r"\d+", run)
        total = sum(map(len, groups))
        if total < SHORTEST or _is_figure(run, groups):
            return run
        if any(SHORTEST <= len(group) <= LONGEST for group in groups):
            return self._pieces(run)
        if total <= LONGEST:
            return self.number(ascii_digits(run))
        self.counts["number"] += 1
        return NOT_A_NUMBER

    def _pieces(self, run: str) -> str:
        """Replace the groups that are numbers by themselves, and all of it where the rest may be one too."""
        rest = re.sub(rf"\d{{{SHORTEST},{LONGEST}}}", "", run)
        if len(ascii_digits(rest)) >= SHORTEST:
            self.counts["number"] += 1
            return NOT_A_NUMBER
        return re.sub(rf"\d{{{SHORTEST},{LONGEST}}}", lambda piece: self.number(ascii_digits(piece[0])), run)


def _outside_kept(text: str, change: Callable[[str], str]) -> str:
    """Change a text but for the parts that are left alone whole."""
    return "".join(part if place % 2 else change(part) for place, part in enumerate(_KEEP.split(text)))


def _without_lead(before: str, number: str) -> str:
    """Take the plus, and a bracket that closes inside the number, off what stands before the number."""
    lead = _LEAD.search(before)
    stays = lead["bracket"] if lead and ")" not in number else ""
    return (before[: lead.start()] if lead else before) + stays


def _plain(text: str) -> str:
    """Take the URL escapes out of a number, for they hold digits of their own."""
    return re.sub(r"%[0-9A-Fa-f]{2}", " ", text)


def _is_figure(run: str, groups: list[str]) -> bool:
    """Tell a long contiguous id, a decimal and a list of decimals from a phone number."""
    if len(groups) == 1:
        return len(groups[0]) > LONGEST
    if "." not in run or "(" in run:
        return False
    mixed = bool(re.search(r"[ \-/\u00a0]", run))
    decimal = len(groups) == 2 and len(groups[0]) < SHORTEST  # noqa: PLR2004  two groups, one point
    return decimal or (mixed and not any(SHORTEST <= len(group) <= LONGEST for group in groups))
