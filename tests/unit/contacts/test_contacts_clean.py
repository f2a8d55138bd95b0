"""A cell becomes a number only where its digits are certain, and never gains one."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from models.contacts.clean import LONGEST, clean
from models.contacts.sentences import HELD, SENTENCES

REPAIRED = [
    ("6.1491570156E+10", "61491570156", "scientific"),
    ("6,1491570156e10", "61491570156", "scientific"),
    ("+6.1491570156E10", "+61491570156", "scientific"),
    ("4.915701560E8", "491570156", "scientific"),
    ("0491570156.0", "0491570156", "decimal_point"),
    ("61491570156.00", "61491570156", "decimal_point"),
    ("61491570156,0", "61491570156", "decimal_point"),
    ("61,491,570,156", "61491570156", "thousands"),
    ('="0491570156"', "0491570156", "formula_text"),
    ("=+61491570156", "+61491570156", "formula_text"),
    ("'0491570156", "0491570156", "apostrophe"),
    ("\u202c0491570156", "0491570156", "invisible"),
    ("+61\u00a0491\u00a0570\u00a0156", "+61491570156", "invisible"),
    ("0491\u200b570\ufeff156", "0491570156", "invisible"),
    ("0\ufe0f\u20e34\ufe0f\u20e391570156", "0491570156", "invisible"),
    ("tel:+61-491-570-156", "+61491570156", "link"),
    ("callto://0491570156", "0491570156", "link"),
    ("\uff10\uff14\uff19\uff11\uff15\uff17\uff10\uff11\uff15\uff16", "0491570156", "other_digits"),
    ("\u0660\u0664\u0669\u0661\u0665\u0667\u0660\u0661\u0665\u0666", "0491570156", "other_digits"),
    ("0491570156/0491570157", "0491570156", "several_numbers"),
    ("0491570156;0491570157", "0491570156", "several_numbers"),
    ("0491570156, 0491570157", "0491570156", "several_numbers"),
    ("0491570156|0491570157", "0491570156", "several_numbers"),
    ("0491570156\n0491570157", "0491570156", "several_numbers"),
    ("0491570156 or 0491570157", "0491570156", "several_numbers"),
    ("+61491570156 +61491570157", "+61491570156", "several_numbers"),
    ("0491 570 156/57", "0491570156", "several_numbers"),
    ("0491570156 x12", "0491570156", "extension"),
    ("0491570156 ext. 5", "0491570156", "extension"),
    ("0491570156, ext 5", "0491570156", "extension"),
    ("tel:0491570156;ext=5", "0491570156", "extension"),
    ("0491570156#12", "0491570156", "extension"),
]

HELD_CELLS = [
    ("", "empty"),
    (" \t\u00a0 ", "empty"),
    ("6.14E+10", "lost_digits"),
    ("6,14e+10", "lost_digits"),
    ("6E10", "lost_digits"),
    ("6.14915701567E+10", "lost_digits"),
    ("6.1E+999", "lost_digits"),
    ("1300 FLOWER", "letters"),
    ("o491570156", "letters"),
    ("0491570l56", "letters"),
    ("Mobile: 0491570156", "letters"),
    ("0491570156; home", "letters"),
    ("sip:61491570156@example.com", "letters"),
    ("#N/A", "spreadsheet_error"),
    ("########", "spreadsheet_error"),
    ("null", "spreadsheet_error"),
    ("n/a", "spreadsheet_error"),
    ("-", "spreadsheet_error"),
    ("-61491570156", "negative"),
    ("=A1&B1", "formula"),
    ('=HYPERLINK("tel:0491570156")', "formula"),
    ("0491570156\u00b2", "odd_characters"),
    ("0491570156*", "odd_characters"),
    ("0491+570156", "odd_characters"),
    ("61491570156.5", "odd_characters"),
    ("tel:0491570156;phone-context=+61", "link_parameters"),
    ("()", "not_a_number"),
    ("ask Anna", "not_a_number"),
    ("1" * (LONGEST + 1), "too_long"),
]

WRITTEN = [
    ("0491570156", "0491570156"),
    ("+61 (0)491 570 156", "+610491570156"),
    ("(+61) 491.570.156", "+61491570156"),
    ("0491\u2010\u2011570156", "0491570156"),
    ("01.23.45.60.00", "0123456000"),
    ("030/1234567", "0301234567"),
    ("[02] 5550-1234", "0255501234"),
    ("000", "000"),
    ("13 11 14", "131114"),
]


@pytest.mark.parametrize(("cell", "text", "code"), REPAIRED)
def test_certain_repairs_are_made_and_named(cell: str, text: str, code: str) -> None:
    """What a spreadsheet did to a number is undone where every digit is still there, and is said."""
    candidate = clean(cell)
    assert candidate.text == text
    assert code in candidate.codes
    assert not HELD.keys() & set(candidate.codes)


@pytest.mark.parametrize(("cell", "code"), HELD_CELLS)
def test_uncertain_cells_are_held_and_named(cell: str, code: str) -> None:
    """A cell whose number is a guess is not turned into a number."""
    candidate = clean(cell)
    assert candidate.text is None
    assert candidate.codes[-1] == code


@pytest.mark.parametrize(("cell", "text"), WRITTEN)
def test_common_punctuation_is_no_problem(cell: str, text: str) -> None:
    """Numbers as people write them need no remark."""
    candidate = clean(cell)
    assert (candidate.text, candidate.codes) == (text, ())


def test_the_others_in_a_cell_are_counted() -> None:
    """The first number of a cell is kept and the message can say how many there were."""
    assert clean("0491570156; 0491570157, 0491570158").count == 3


def test_no_number_shows_in_a_repr() -> None:
    """A candidate that lands in a log tells no number."""
    assert "0491570156" not in repr(clean("0491570156 x12"))


cells = st.text(max_size=40) | st.text(
    "0123456789+-.,;/()' \"=eEx#\u00a0\u202c\uff10\u0660\u00b2\u2460\ntl:ora", max_size=30
)


@given(cells)
@example("\u00bd0491570156")
@example("6.1E+40")
def test_clean_never_raises_and_every_code_has_a_sentence(cell: str) -> None:
    """Whatever a file holds, the check goes on and can say what it saw."""
    candidate = clean(cell)
    assert all(code in SENTENCES for code in candidate.codes)
    assert (candidate.text is None) == bool(HELD.keys() & set(candidate.codes))


@given(cells)
def test_clean_is_idempotent(cell: str) -> None:
    """A cleaned number is clean."""
    text = clean(cell).text
    if text is not None:
        again = clean(text)
        assert (again.text, again.codes) == (text, ())


@given(cells)
@example("6.1E+2")
@example("0491570156\u00b2")
def test_clean_never_invents_digits(cell: str) -> None:
    """The digits of a candidate stand in the cell, in the same order."""
    text = clean(cell).text
    if text is None:
        return
    written = iter("".join(str(unicodedata.decimal(char)) for char in cell if char.isdecimal()))
    assert all(digit in written for digit in text.lstrip("+"))


@given(st.text("0123456789", min_size=2, max_size=15).filter(lambda digits: digits[0] != "0"))
def test_scientific_notation_gives_back_the_number_or_nothing(digits: str) -> None:
    """A rounded mantissa is never padded with zeros into somebody else's number."""
    whole = f"{digits[0]}.{digits[1:]}E+{len(digits) - 1}"
    assert clean(whole).text == digits
    shortened = f"{digits[0]}E+{len(digits) - 1}"
    assert clean(shortened).text is None
