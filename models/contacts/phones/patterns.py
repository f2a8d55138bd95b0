"""One regular expression for all classes of numbers of a region, from the metadata of phonenumbers.

The library tries a dozen expressions one after another. Here they are the branches of one expression in the
same order, so that the first branch that matches the whole number is the class the library finds.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final

from phonenumbers.phonemetadata import PhoneMetadata, PhoneNumberDesc

from models.contacts.phones.reading import NumberKind

NEVER: Final = "(?!)"
SHORTEST: Final = 7
"""Digits of an international number below which nothing is dialled from abroad."""
_BY_RANK: Final = (
    ("premium_rate", NumberKind.PREMIUM_RATE),
    ("toll_free", NumberKind.TOLL_FREE),
    ("shared_cost", NumberKind.SHARED_COST),
    ("voip", NumberKind.VOIP),
    ("personal_number", NumberKind.PERSONAL_NUMBER),
    ("pager", NumberKind.PAGER),
    ("uan", NumberKind.UAN),
    ("voicemail", NumberKind.VOICEMAIL),
)
"""The order in which the library asks, before it comes to fixed and mobile lines."""

_SERVICES: Final = ("premium_rate", "toll_free", "shared_cost", "pager", "uan", "voicemail")
_ORDINARY: Final = ("mobile", "fixed_line", "voip", "personal_number")


def kind_finder(meta: PhoneMetadata) -> Callable[[str], NumberKind]:
    """Return a function from a national number to its class in this region.

    The number must be ASCII digits.
    """
    kinds: list[NumberKind] = [NumberKind.UNKNOWN]
    branches: list[str] = []
    for pattern, kind in _branches(meta):
        branches.append(f"({pattern})")
        kinds.append(kind)
        kinds.extend([kind] * re.compile(pattern).groups)
    match = re.compile(rf"(?={_whole(meta.general_desc)}\Z)(?:{'|'.join(branches) or NEVER})").fullmatch
    table = tuple(kinds)

    def kind_of(national: str) -> NumberKind:
        found = match(national)
        # The outer group of a branch closes last, so lastindex is the branch's own.
        return table[found.lastindex or 0] if found else NumberKind.UNKNOWN

    return kind_of


def ordinary_pattern(meta: PhoneMetadata, never: Iterable[str] = ()) -> str:
    """Return a pattern of national numbers of this region that are dialled without a remark.

    It is stricter than it need be: what it does not match is looked at more closely. So service numbers are
    kept out whatever their length, and so are numbers that start with anything like the national prefix, all
    of `never`, and what is too short to be dialled from abroad.
    """
    services = [desc for name in _SERVICES if _has_numbers(desc := getattr(meta, name))]
    service = "|".join([*map(_of, services), *never]) or NEVER
    descs = [desc for name in _ORDINARY if _has_numbers(desc := getattr(meta, name))]
    plain = "|".join(_whole(desc) for desc in descs) or NEVER
    general = _of(meta.general_desc) if _has_lengths(meta.general_desc, descs) else _whole(meta.general_desc)
    prefix = meta.national_prefix_for_parsing or NEVER
    least = max(0, SHORTEST - len(str(meta.country_code)))
    return rf"(?!{prefix})(?=.{{{least}}})(?={general}\Z)(?!(?:{service})\Z)(?:{plain})"


def is_simple_prefix(meta: PhoneMetadata) -> bool:
    """Tell whether a number that starts with the national prefix loses exactly that prefix when it is read.

    So it is where one branch of the expression is the prefix itself and the others start with another digit.
    """
    prefix, branches = meta.national_prefix or "", (meta.national_prefix_for_parsing or "").split("|")
    if not prefix or meta.national_prefix_transform_rule or prefix not in branches:
        return False
    others = [branch for branch in branches if branch != prefix]
    if any(branch.count("(") != branch.count(")") for branch in others):
        return False  # a bar inside brackets was taken for one between branches
    firsts = [branch.lstrip("(")[:1] for branch in others]
    return all(first.isdigit() and first != prefix[0] for first in firsts)


def matcher(pattern: str | None) -> Callable[[str], re.Match[str] | None]:
    """Return a matcher at the start of a string; without a pattern it never matches."""
    return re.compile(pattern or NEVER).match


def whole_matcher(desc: PhoneNumberDesc | None) -> Callable[[str], re.Match[str] | None]:
    """Return a matcher of whole numbers by a description's pattern alone, lengths aside."""
    return re.compile((desc and desc.national_number_pattern) or NEVER).fullmatch


def exact_matcher(desc: PhoneNumberDesc | None) -> Callable[[str], re.Match[str] | None]:
    """Return a matcher of whole numbers by a description's lengths and pattern."""
    return re.compile(_whole(desc)).fullmatch


def _branches(meta: PhoneMetadata) -> Iterator[tuple[str, NumberKind]]:
    for name, kind in _BY_RANK:
        desc: PhoneNumberDesc | None = getattr(meta, name)
        if _has_numbers(desc):
            yield _whole(desc), kind
    fixed, mobile = _whole(meta.fixed_line), _whole(meta.mobile)
    if meta.same_mobile_and_fixed_line_pattern:
        yield fixed, NumberKind.FIXED_LINE_OR_MOBILE
        return
    yield rf"(?={mobile}\Z){fixed}", NumberKind.FIXED_LINE_OR_MOBILE
    yield fixed, NumberKind.FIXED_LINE
    yield mobile, NumberKind.MOBILE


def _has_numbers(desc: PhoneNumberDesc | None) -> bool:
    return desc is not None and bool(desc.national_number_pattern)


def _has_lengths(general: PhoneNumberDesc | None, descs: Sequence[PhoneNumberDesc]) -> bool:
    """Tell whether the general description has every length of the others, so that theirs decide alone."""
    known = set(general.possible_length) if general else set()
    return all(desc.possible_length and known.issuperset(desc.possible_length) for desc in descs)


def _of(desc: PhoneNumberDesc | None) -> str:
    """Return a description's own pattern, as one group."""
    return f"(?:{(desc and desc.national_number_pattern) or NEVER})"


def _whole(desc: PhoneNumberDesc | None) -> str:
    """Return a pattern that holds a description's possible lengths as well as its own pattern."""
    lengths = [length for length in (desc.possible_length if desc else ()) if length > 0]
    if desc is None or not desc.possible_length:
        return _of(desc)
    if not lengths:
        return NEVER
    ranges = "|".join(f".{{{low},{high}}}" for low, high in _ranges(lengths))
    return rf"(?:(?=(?:{ranges})\Z){_of(desc)})"


def _ranges(lengths: Sequence[int]) -> list[tuple[int, int]]:
    """Join neighbouring lengths into ranges."""
    ranges: list[tuple[int, int]] = []
    for length in sorted(lengths):
        if ranges and ranges[-1][1] == length - 1:
            ranges[-1] = (ranges[-1][0], length)
        else:
            ranges.append((length, length))
    return ranges
