"""What a candidate reads as: a country code, a national number, and the class of its line."""

from dataclasses import dataclass, field
from enum import IntEnum

from models.errors import RingbackError


class NumberKind(IntEnum):
    """The class of a number; values are those of `phonenumbers.PhoneNumberType`."""

    FIXED_LINE = 0
    MOBILE = 1
    FIXED_LINE_OR_MOBILE = 2
    TOLL_FREE = 3
    PREMIUM_RATE = 4
    SHARED_COST = 5
    VOIP = 6
    PERSONAL_NUMBER = 7
    PAGER = 8
    UAN = 9
    VOICEMAIL = 10
    UNKNOWN = 99  # no class knows it: the number is not valid


class Fit(IntEnum):
    """How a number's length fits its country; values are those of `phonenumbers.ValidationResult`."""

    POSSIBLE = 0
    UNKNOWN_COUNTRY = 1
    TOO_SHORT = 2
    TOO_LONG = 3
    LOCAL_ONLY = 4
    WRONG_LENGTH = 5


@dataclass(frozen=True, slots=True)
class NumberReading:
    """One number as the numbering plans see it; `national` is its national significant number."""

    country_code: int
    national: str = field(repr=False)
    kind: NumberKind
    fit: Fit

    @property
    def is_valid(self) -> bool:
        """Tell whether some class of numbers knows this one."""
        return self.kind is not NumberKind.UNKNOWN

    @property
    def e164(self) -> str:
        """The number in E.164, valid or not."""
        return f"+{self.country_code}{self.national}"


class UnreadableError(RingbackError, ValueError):
    """A candidate cannot be read as any number; the message is the code of the problem."""

    next_action = "Correct the number in the contact file."
