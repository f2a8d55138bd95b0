"""Dates, which have as many digits as a phone number and are none."""

import re

_YEAR = "(?:19|20)[0-9]{2}"
_MONTH_OR_DAY = "(?:0?[1-9]|[12][0-9]|3[01])"
_TIME = r"(?:[ ,T]+[0-9]{1,2}:[0-9]{2}.*)?"
_IN_DIGITS = re.compile(
    rf"(?:{_YEAR}([-/.]){_MONTH_OR_DAY}\1{_MONTH_OR_DAY}"
    rf"|{_MONTH_OR_DAY}([-/.]){_MONTH_OR_DAY}\2(?:{_YEAR}|[0-9]{{2}})){_TIME}",
    re.DOTALL,
)
_IN_WORDS = re.compile(
    rf"(?=.*\b{_YEAR}\b).*\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez)[a-z]*\b.*",
    re.IGNORECASE | re.DOTALL,
)
_STAMP = re.compile(rf"{_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])|1[0-9]{{9}}(?:[0-9]{{3}})?")


def is_date(text: str) -> bool:
    """Tell whether a text is a date in digits, with or without a time: 2026-05-01, 1/5/26 10:00."""
    return _IN_DIGITS.fullmatch(text) is not None


def is_any_date(text: str) -> bool:
    """Tell whether a text is a date as `is_date`, in words, or as digits that only a program writes."""
    return is_date(text) or bool(_IN_WORDS.fullmatch(text) or _STAMP.fullmatch(text))
