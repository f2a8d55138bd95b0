"""The numbering rules of one region, as the phonenumbers library applies them."""

import re
from collections.abc import Callable
from functools import cache, cached_property
from typing import Final

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE
from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc

from models.contacts.phones.patterns import (
    NEVER,
    is_simple_prefix,
    kind_finder,
    matcher,
    ordinary_pattern,
    whole_matcher,
)
from models.contacts.phones.reading import Fit, NumberKind
from models.contacts.phones.services import crisis_lines_of
from models.invariants import given

Matcher = Callable[[str], re.Match[str] | None]
_Format = tuple[re.Pattern[str], re.Pattern[str], bool]

CALLING_CODES: Final = {str(code): code for code in COUNTRY_CODE_TO_REGION_CODE}


class Territory:
    """One region's rules: its prefixes, its lengths, its classes of numbers.

    Every method mirrors one private function of `phonenumbers.phonenumberutil`, for ASCII digits only; a
    differential test holds the two together.
    """

    def __init__(self, meta: PhoneMetadata) -> None:
        self._meta = meta
        self.code = str(meta.country_code)
        self.national_prefix = meta.national_prefix or ""
        self.has_simple_prefix = is_simple_prefix(meta)
        self.exit_pattern = meta.international_prefix or NEVER
        self.shortest = _shortest(meta.fixed_line, meta.mobile)
        """Digits of the shortest ordinary number: what is shorter is a service, whether known or not."""
        self.has_leading_digits = meta.leading_digits is not None
        """Whether the first digits alone tell that a number is of this region."""
        self._rule = meta.national_prefix_transform_rule
        self._possible = meta.general_desc.possible_length if meta.general_desc else ()
        self._local = meta.general_desc.possible_length_local_only if meta.general_desc else ()

    # Compiling is slow, and of 25 regions behind +1 a file may need one: each expression waits for its use.

    @cached_property
    def kind(self) -> Callable[[str], NumberKind]:
        """The class of a national number in this region alone."""
        return kind_finder(self._meta)

    @cached_property
    def ordinary(self) -> str:
        """A pattern of the numbers that are dialled without a remark."""
        return ordinary_pattern(self._meta, crisis_lines_of(self.code))

    @cached_property
    def is_here(self) -> Matcher:
        """Whether a national number starts as this region's do; never where no first digits tell it."""
        return matcher(self._meta.leading_digits)

    @cached_property
    def looks_premium(self) -> Matcher:
        """Whether a national number starts as the region's premium-rate numbers do."""
        desc = self._meta.premium_rate
        return matcher(desc.national_number_pattern if desc else None)

    @cached_property
    def is_general(self) -> Matcher:
        """Whether digits are whole numbers of the region by their pattern."""
        return whole_matcher(self._meta.general_desc)

    @cached_property
    def exit_prefix(self) -> Matcher:
        """The prefix of calls abroad at the start of digits."""
        return matcher(self.exit_pattern)

    @cached_property
    def _prefix(self) -> re.Pattern[str]:
        return re.compile(self._meta.national_prefix_for_parsing or NEVER)

    @cached_property
    def _formats(self) -> tuple[_Format, ...]:
        """The region's formats, none where no number is written with the national prefix."""
        found = tuple(_written(self._meta))
        return found if any(with_prefix for _, _, with_prefix in found) else ()

    def fit(self, national: str) -> Fit:
        """Tell how the length of a national number fits (`_test_number_length`)."""
        length = len(national)
        if length in self._local:
            return Fit.LOCAL_ONLY
        if length in self._possible:
            return Fit.POSSIBLE
        if length < self._possible[0]:
            return Fit.TOO_SHORT
        return Fit.TOO_LONG if length > self._possible[-1] else Fit.WRONG_LENGTH

    def stripped(self, number: str) -> str:
        """Return a number without its national prefix (`_maybe_strip_national_prefix_carrier_code`)."""
        match = self._prefix.match(number)
        if not number or match is None:
            return number
        if self._rule and match.groups() and match.groups()[-1] is not None:
            bare = self._prefix.sub(self._rule, number, count=1)
        else:
            bare = number[match.end() :]
        return number if self.is_general(number) and not self.is_general(bare) else bare

    def significant(self, number: str) -> str:
        """Return the national significant number: the prefix goes only where the rest is long enough."""
        bare = self.stripped(number)
        return bare if self.fit(bare) in {Fit.POSSIBLE, Fit.TOO_LONG} else number

    def wants_prefix(self, national: str) -> bool:
        """Tell whether people in the region write this number with its national prefix in front."""
        for leading, whole, with_prefix in self._formats:
            if leading.match(national) and whole.fullmatch(national):
                return with_prefix
        return False


def _shortest(*descs: PhoneNumberDesc | None) -> int:
    return min((length for desc in descs if desc for length in desc.possible_length if length > 0), default=0)


def _written(meta: PhoneMetadata) -> list[_Format]:
    """List the region's formats: leading digits, whole pattern, and whether the prefix is always written."""
    formats = []
    for item in meta.number_format:
        leading = item.leading_digits_pattern[-1] if item.leading_digits_pattern else ""
        rule = (item.national_prefix_formatting_rule or "").lstrip("(")
        always = not item.national_prefix_optional_when_formatting
        with_prefix = bool(meta.national_prefix) and rule.startswith(meta.national_prefix or " ") and always
        formats.append((re.compile(leading), re.compile(item.pattern or NEVER), with_prefix))
    return formats


@cache
def territory(code: int, region: str) -> Territory:
    """Return the rules of a region, or of a calling code that belongs to no region (`001`)."""
    meta = PhoneMetadata.metadata_for_region_or_calling_code(code, region)
    return Territory(given(meta, "the library lists a region without metadata"))


class NumberingPlan:
    """All regions behind one calling code, the main one first."""

    def __init__(self, code: int) -> None:
        self.country_code = code
        self.names = COUNTRY_CODE_TO_REGION_CODE[code]
        self._regions = tuple(territory(code, region) for region in self.names)
        self.main = self._regions[0]

    def kind(self, national: str) -> NumberKind:
        """Return the class of a national number (`number_type`)."""
        if len(self._regions) == 1:
            return self.main.kind(national)
        for region in self._regions:
            if region.has_leading_digits:
                if region.is_here(national):
                    return region.kind(national)
            elif (kind := region.kind(national)) is not NumberKind.UNKNOWN:
                return kind
        return NumberKind.UNKNOWN


@cache
def plan(code: int) -> NumberingPlan:
    """Return the numbering plan behind a calling code; its expressions are compiled on first use."""
    return NumberingPlan(code)


class _Starts(dict[str, NumberingPlan | None]):
    """Numbering plans by the first three digits of an international number, filled as they are needed."""

    def __missing__(self, start: str) -> NumberingPlan | None:
        code = next((start[:size] for size in (1, 2, 3) if start[:size] in CALLING_CODES), None)
        found = self[start] = plan(CALLING_CODES[code]) if code else None
        return found


_STARTS = _Starts()


def plan_of(digits: str) -> NumberingPlan | None:
    """Return the numbering plan of an international number without its +."""
    return _STARTS[digits[:3]]
