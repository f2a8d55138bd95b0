"""Numbers as a job carries them: E.164, or named as what is wrong with them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.contacts.phones.normalise import CLEAN, country_code, normalise, regions


@pytest.mark.parametrize(
    ("raw", "region", "e164"),
    [
        ("+61491570156", None, "+61491570156"),
        (" +61 491 570 156 ", None, "+61491570156"),
        ("+61 (491) 570-156", None, "+61491570156"),
        ("tel:+61-491-570-156", None, "+61491570156"),
        ("\uff0b61491570156", None, "+61491570156"),
        ("0491 570 156", "AU", "+61491570156"),
        ("0011 61 491 570 156", "AU", "+61491570156"),
        ("07700 900001", "GB", "+447700900001"),
        ("(202) 555-0143", "US", "+12025550143"),
        ("+447700900001", "AU", "+447700900001"),
    ],
)
def test_a_number_is_brought_to_one_spelling(raw: str, region: str | None, e164: str) -> None:
    """However a platform or a person wrote it, a number has one E.164 form."""
    found = normalise(raw, region)
    assert (found.e164, found.problem) == (e164, None)


@pytest.mark.parametrize(
    ("raw", "region", "problem"),
    [
        (None, None, "no number"),
        ("", None, "no number"),
        ("   ", "AU", "no number"),
        ("hello", None, "not a phone number"),
        ("0491 570 156", None, "not a phone number"),
        ("+999123456789", None, "not a phone number"),
        ("+61491", None, "wrong length"),
        ("+15550123", None, "area code"),
        ("555 0123", "US", "area code"),
        ("+614915701561234", None, "wrong length"),
        ("000", "AU", "emergency"),
        ("112", "AU", "emergency"),
        ("911", "US", "emergency"),
        ("999", "GB", "emergency"),
        ("+61000", None, "emergency"),
        ("1900 654 321", "AU", "premium"),
        ("+611900654321", None, "premium"),
        ("+1" + "2" * 400, None, "wrong length"),
        ("\0\ud800", None, "not a phone number"),
        ("13 11 14", "AU", "crisis"),
        ("+61 13 11 14", None, "crisis"),
        ("0011 61 13 11 14", "AU", "crisis"),
        ("988", "US", "crisis"),
        ("+1 988", "AU", "crisis"),
        ("1-800-273-8255", "US", "crisis"),
        ("+1 (800) 273-8255", "GB", "crisis"),
        ("116 123", "GB", "crisis"),
        ("+44 116 123", "US", "crisis"),
        ("0 116 123", "GB", "no line"),
        ("09 72 39 40 50", "FR", "crisis"),
        ("+852 2389 2222", None, "crisis"),
        ("+1 119", None, "emergency"),
        ("+7 112", None, "emergency"),
        ("+61 12345", None, "no line"),
        ("+49 4444", None, "no line"),
        ("+44 909 8790000", None, "premium"),
        ("+979 123456789", None, "premium"),
        ("+43 1112", None, "wrong length"),
        ("0491 570 156 / 0491 570 157", "AU", "several"),
        ("447400123456", "AU", "another country"),
    ],
)
def test_what_may_not_be_dialled_is_named(raw: str | None, region: str | None, problem: str) -> None:
    """A number that is missing, broken, an emergency's or a premium one has a reason and no E.164 form."""
    found = normalise(raw, region)
    assert found.e164 is None
    assert problem in (found.problem or "")
    assert found.prefix == ""


def test_a_number_too_short_for_abroad_is_not_dialled() -> None:
    """A number that its country knows and E.164 dialling does not reach is left alone."""
    assert normalise("+49 4444").e164 is None


def test_a_doubtful_number_is_kept_with_a_warning() -> None:
    """A range that the library does not know yet may be new: the platform took it, so it may be dialled."""
    unknown = normalise("+12005550123")
    assert unknown.e164 == "+12005550123"
    assert "no range" in (unknown.warning or "")


def test_the_prefix_tells_carriers_apart() -> None:
    """The stratum of a number is its first six characters."""
    assert normalise("+61491570156").prefix == "+61491"


@given(st.text(max_size=20), st.sampled_from([None, "AU", "US", "GB", "XX"]))
def test_any_text_is_a_number_or_has_a_problem(raw: str, region: str | None) -> None:
    """Whatever stands in a row, either it can be dialled in E.164 or it says why not."""
    found = normalise(raw, region)
    assert (found.e164 is None) is (found.problem is not None)
    assert found.e164 is None or CLEAN.fullmatch(found.e164)


@given(st.integers(0, 999))
def test_a_normal_form_stays_as_it_is(n: int) -> None:
    """Normalising twice changes nothing, in whatever region."""
    once = normalise(f"+447700900{n:03d}").e164
    assert normalise(once, "US").e164 == once


@pytest.mark.parametrize(
    ("e164", "code"),
    [
        ("+61491570156", 61),
        ("+12025550143", 1),
        ("+447700900001", 44),
        ("+35312345678", 353),
        ("+999", 0),
        ("+", 0),
    ],
)
def test_the_country_code_is_read_from_the_number(e164: str, code: int) -> None:
    """One, two or three digits, as the plan of the world has them; 0 where there is no such code."""
    assert country_code(e164) == code


def test_countries_are_listed_by_how_often_they_occur() -> None:
    """The most frequent comes first, ties by their code, codes of no country not at all."""
    numbers = ["+61491570156", "+61491570157", "+447700900001", "+12025550143", "+800123456789", "+999"]
    assert regions(numbers) == ("AU", "US", "GB")
    assert regions(reversed(numbers)) == ("AU", "US", "GB")
    assert regions([]) == ()
