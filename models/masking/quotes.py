"""Words that others wrote, as they may be shown: what may be a phone number in them is left out."""

import re

LEFT_OUT = "[number]"
"""What stands in the place of a number, wherever one is left out."""
SEVEN_DIGITS = r"\d(?:[\s().\-/\u2010-\u2015]*\d){6,}"
"""The pattern of seven digits or more, however they are grouped."""
_NUMBER = re.compile(rf"[+(]*{SEVEN_DIGITS}")
_BEFORE = re.compile(r"(?<!\w)" + _NUMBER.pattern)


def without_numbers(text: str) -> str:
    """Return a text with what may be a phone number left out; ids that carry letters are spared."""
    return _BEFORE.sub(LEFT_OUT, text)


def plain_word(word: str) -> str:
    """Return a status or a code without a number in it: none of them has seven digits in a row."""
    return _NUMBER.sub(LEFT_OUT, word) if any(char.isdecimal() for char in word) else word
