"""The phonenumbers library asked directly: the oracle, and the reader of what the fast path leaves."""

import phonenumbers
from phonenumbers import NumberParseException

from models.contacts.phones.reading import Fit, NumberKind, NumberReading, UnreadableError

_REFUSALS = {
    NumberParseException.INVALID_COUNTRY_CODE: "unknown_country_code",
    NumberParseException.NOT_A_NUMBER: "too_short",  # a candidate is all digits
    NumberParseException.TOO_SHORT_AFTER_IDD: "too_short",
    NumberParseException.TOO_SHORT_NSN: "too_short",
    NumberParseException.TOO_LONG: "too_long",
}


def read(text: str, region: str | None) -> NumberReading:
    """Return what the library reads; UnreadableError with a problem code where it refuses."""
    try:
        number = phonenumbers.parse(text, region)
    except NumberParseException as refusal:
        code = _REFUSALS.get(refusal.error_type, "not_a_number")
        bare = not text.startswith("+") and region is None
        raise UnreadableError("needs_region" if bare and code == "unknown_country_code" else code) from None
    return NumberReading(
        number.country_code or 0,
        phonenumbers.national_significant_number(number),
        NumberKind(phonenumbers.number_type(number))
        if phonenumbers.is_valid_number(number)
        else NumberKind.UNKNOWN,
        Fit(phonenumbers.is_possible_number_with_reason(number)),
    )
