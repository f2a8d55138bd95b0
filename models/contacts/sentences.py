"""One sentence for each code: what is wrong with the row and what to do about it."""

from typing import Final

REPAIRED: Final = {
    "scientific": "The number was in scientific notation with every digit still there; it was written out.",
    "decimal_point": "A spreadsheet had added a decimal part to the number; it was removed.",
    "thousands": "The number was written with thousands separators; they were removed.",
    "formula_text": "The number was wrapped in a spreadsheet formula; the wrapping was removed.",
    "apostrophe": "A spreadsheet's leading apostrophe was removed.",
    "invisible": "Invisible or non-breaking characters were removed from the number.",
    "link": "The number was written as a link or an account (tel:, p:, whatsapp:); only the number was kept.",
    "other_digits": "Digits of another script or width were replaced by plain ones.",
    "several_numbers": "The cell holds several numbers: only the first is used.",
    "extension": "The extension cannot be dialled: the main number is called.",
    "lost_zero": "The leading zero was missing; the number is complete as one of its country.",
    "area_code": "The area code stands in a column of its own; it was put before the number.",
    "old_prefix": "The number was written with a prefix that its country has given up; it was removed.",
    "missing_plus": "The + was missing; the number starts with its country's own code.",
    "exit_code": "The number was written with 00 instead of +; it is one of its country.",
    "toll_free": "This is a toll-free number: a company's line, seldom a contact.",
    "shared_cost": "This is a shared-cost number: a company's line, and the call may cost extra.",
    "pager": "This is a pager number: nobody answers it by voice.",
    "uan": "This is a company-wide access number, seldom a contact.",
    "voicemail": "This number leads straight to a mailbox.",
    "premium_allowed": "This is a premium-rate number; it is dialled because the policy allows it.",
    "other_column": "The number column has no number to dial here: another column's is used.",
    "missing_cells": "The row has fewer cells than the header; the missing ones are read as empty.",
}
"""Codes that leave the row fit to be dialled."""

HELD: Final = {
    "empty": "The number is empty: add it or remove the row.",
    "empty_row": "The row is empty: remove it.",
    "lost_digits": (
        "Scientific notation has lost digits of the number: export the file again with the column as text."
    ),
    "formula": "The cell holds a formula, not a number: replace it by its value.",
    "spreadsheet_error": "The cell holds a spreadsheet's error or placeholder: fill in the number.",
    "negative": "The cell holds a negative value, perhaps a formula's result: enter the number as text.",
    "letters": "The number contains letters: write it in digits.",
    "odd_characters": "The number contains characters that no phone number has: correct it.",
    "link_parameters": "The link carries parameters that change the number: write the whole number instead.",
    "needs_region": "The number has no country code: add + and the code, or name the file's region.",
    "unknown_country_code": "No country has the country code that the number starts with: correct it.",
    "too_short": "The number is too short: digits are missing.",
    "too_long": "The number is too long: remove what does not belong to it.",
    "wrong_length": "No number of this country has this length: correct it.",
    "local_only": "The area code is missing: add it.",
    "possible_not_valid": (
        "The length is possible but no such number range is known: check it (a very new one may be missing)."
    ),
    "not_a_number": "The cell holds no phone number: correct it.",
    "lost_zero_unsure": "The number is only valid with a zero in front: put it back if it was lost.",
    "foreign_without_plus": (
        "The number is only valid as one of another country: add the + and check that it is meant."
    ),
    "foreign_exit_code": (
        "The number starts with 00 and is only valid as one of another country: write + instead of 00."
    ),
    "ambiguous_country_code": (
        "The number is valid both with and without reading its start as the country code: write it with +."
    ),
    "emergency": "The number is or begins with an emergency number: it is never dialled.",
    "crisis": "This is a crisis line, kept free for people in need: it is never dialled.",
    "short_number": "This is a short service number: it is never dialled.",
    "premium": "This is a premium-rate number: it is never dialled.",
    "date": "The cell holds a date, not a number: enter the number.",
    "country_unknown": (
        "The country or dial code beside the number is not known, so it is read as no country's: correct it."
    ),
    "country_missing": (
        "Other rows name foreign countries and this one names none: add it, or write the number with +."
    ),
    "country_contradicts": (
        "The countries or dial codes beside the number contradict it or each other: correct them."
    ),
    "not_for_calls": (
        "The label beside the number says that it is a fax, a pager or somebody else's: it is not dialled."
    ),
    "area_unsure": (
        "The number is valid both with and without the area code beside it: write it out, with its area code."
    ),
    "total_line": "This line sums the file up or closes it: it is no contact.",
    "opted_out": "The file itself says that this person takes no calls: it is never dialled.",
    "opt_out_unclear": "The file may say that this person takes no calls: make that a plain yes or no.",
    "consent_missing": "The file tells others' consent to calls and not this person's: add it.",
    "header_again": "The header is repeated here: remove the row.",
    "extra_cells": "The row has more cells than the header, so columns may have shifted: correct it.",
    "unclosed_quote": (
        "A quote opened in this row is closed late or never, and it swallows the lines after it: close it."
    ),
}
"""Codes that keep the row from being dialled until a person has corrected it."""

SENTENCES: Final = {**REPAIRED, **HELD}


def several_numbers(count: int) -> str:
    """Say that only the first of `count` numbers in one cell is used."""
    return f"The cell holds {count} numbers: only the first is used."


def duplicate(first: int) -> str:
    """Say that the number is already in the file; `first` is the row that keeps it."""
    return f"The same number is already in row {first}: only that row is dialled."


def cell_too_long(column: str, limit: int, platform: str) -> str:
    """Say that the platform would refuse a cell of the row; `limit` is in characters."""
    return f"{platform} takes at most {limit} characters in the column {column}: shorten it."


def other_column(name: str, code: str) -> str:
    """Say that a row's number comes from another column; `code` is why its own could not be used."""
    why = "is empty" if code == "empty" else f"cannot be dialled ({code})"
    return f"The number {why}: the one in the column {name} is used."


def refused(column: str) -> str:
    """Say which column forbids calls to a person."""
    return f"The column {column} says that this person takes no calls: never dialled."


def unclear(column: str) -> str:
    """Say which column may forbid calls to a person."""
    return (
        f"The column {column} may say that this person takes no calls, in words that are neither yes nor no: "
        "make it plain."
    )


def no_consent(column: str) -> str:
    """Say that a person's consent is missing where others' is told."""
    return f"The column {column} tells others' consent to calls and nothing of this person's: add it."


def refused_elsewhere(row: int) -> str:
    """Say that the same number stands in another row, which forbids calls."""
    return f"Row {row} has the same number and says, or may say, that calls are unwanted: never dialled."
