"""The verdict on a number: dialled, dialled with a remark, or held with the reason."""

import phonenumbers
import pytest

from models.contacts.phones.numbers import NumberChecker
from models.contacts.sentences import HELD, REPAIRED

AU = "+61491570156"

CASES = [
    # region, candidate, E.164 or None, codes
    ("AU", AU, AU, ()),
    ("AU", "0491570156", AU, ()),
    ("AU", "+610491570156", AU, ()),
    ("AU", "491570156", AU, ("lost_zero",)),
    ("AU", "61491570156", AU, ("missing_plus",)),
    ("AU", "0061491570156", AU, ("exit_code",)),
    ("AU", "0011447400123456", "+447400123456", ()),
    ("AU", "447400123456", None, ("foreign_without_plus",)),
    ("AU", "12015550123", None, ("foreign_without_plus",)),
    ("AU", "00447400123456", None, ("foreign_exit_code",)),
    ("AU", "+6141234567", None, ("possible_not_valid",)),
    ("AU", "+614123456789", None, ("possible_not_valid",)),
    ("AU", "+15550100199", None, ("possible_not_valid",)),
    ("AU", "+447700900123", None, ("possible_not_valid",)),
    ("AU", "+999123456", None, ("unknown_country_code",)),
    ("AU", "12", None, ("too_short",)),
    ("AU", "+6149157015600000", None, ("too_long",)),
    ("AU", "000", None, ("emergency",)),
    ("AU", "112", None, ("emergency",)),
    ("AU", "911", None, ("emergency",)),
    ("AU", "+61000", None, ("emergency",)),
    ("AU", "+1911", None, ("emergency",)),
    ("AU", "0001234", None, ("emergency",)),
    ("AU", "131114", None, ("crisis",)),
    ("AU", "+61131114", None, ("crisis",)),
    ("GB", "+61131114", None, ("crisis",)),
    ("AU", "132000", None, ("short_number",)),
    ("US", "18002738255", None, ("crisis",)),
    ("HK", "23892222", None, ("crisis",)),
    ("GB", "116123", None, ("crisis",)),
    (None, "+1119", None, ("emergency",)),
    (None, "+431112", None, ("too_short",)),
    ("MX", "+5215512345678", "+525512345678", ("old_prefix",)),
    ("MX", "0445512345678", "+525512345678", ("old_prefix",)),
    ("MX", "0455512345678", "+525512345678", ("old_prefix",)),
    ("CI", "07080910", None, ("too_short",)),
    ("BJ", "+22997123456", None, ("too_short",)),
    ("AU", "1234", None, ("short_number",)),
    ("AU", "1900123456", None, ("premium",)),
    ("AU", "1800123456", "+611800123456", ("toll_free",)),
    ("AU", "1300123456", "+611300123456", ("shared_cost",)),
    ("AU", "163123456", "+61163123456", ("lost_zero", "pager")),
    ("GB", "00442079460000", "+442079460000", ()),
    ("GB", "+44 55 1234 5678".replace(" ", ""), "+445512345678", ("uan",)),
    ("US", "2015550123", "+12015550123", ()),
    ("US", "12015550123", "+12015550123", ()),
    ("CA", "5062345678", "+15062345678", ()),
    ("IT", "0212345678", "+390212345678", ()),
    ("IT", "212345678", None, ("lost_zero_unsure",)),
    ("DE", "4930123456", "+4930123456", ("missing_plus",)),
    ("DE", "496851072", None, ("ambiguous_country_code",)),
    ("IT", "390812443", None, ("ambiguous_country_code",)),
    ("SG", "61234567", "+6561234567", ()),
    ("RU", "79123456789", "+79123456789", ("missing_plus",)),
    (None, AU, AU, ()),
    (None, "0491570156", None, ("needs_region",)),
    (None, "112", None, ("emergency",)),
]


@pytest.mark.parametrize(("region", "text", "e164", "codes"), CASES)
def test_verdicts(region: str | None, text: str, e164: str | None, codes: tuple[str, ...]) -> None:
    """Each kind of number gets the verdict that the domain's table gives it."""
    verdict = NumberChecker(region).check(text)
    assert (verdict.e164, verdict.codes) == (e164, codes)
    assert all(code in (HELD if e164 is None else REPAIRED) for code in codes)


def test_premium_numbers_need_leave() -> None:
    """A premium-rate number is dialled only by a policy that allows it, and is still pointed out."""
    verdict = NumberChecker("AU", premium=True).check("1900123456")
    assert (verdict.e164, verdict.codes) == ("+611900123456", ("premium_allowed",))


@pytest.mark.parametrize("region", sorted(phonenumbers.SUPPORTED_REGIONS))
def test_no_emergency_number_of_any_region_is_dialled(region: str) -> None:
    """No way of writing an emergency number gets it through, in its own country or from Australia."""
    meta = phonenumbers.PhoneMetadata.short_metadata_for_region(region)
    number = meta.emergency.example_number if meta and meta.emergency else None
    code = phonenumbers.country_code_for_region(region)
    for text in ["112", "911", *([number, f"+{code}{number}"] if number else [])]:
        for home in (region, "AU", None):
            assert NumberChecker(home).check(text).e164 is None


def test_an_unknown_region_is_refused_in_words() -> None:
    """A region that does not exist is a usage error, never a silent change of meaning."""
    with pytest.raises(ValueError, match="no region 'XX'"):
        NumberChecker("XX")
    assert NumberChecker("au").check("0491570156").e164 == AU


def test_no_number_shows_in_a_repr() -> None:
    """A verdict that lands in a log tells no number."""
    assert "491570156" not in repr(NumberChecker("AU").check("0491570156"))
