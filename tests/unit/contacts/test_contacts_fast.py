"""The fast path gives the verdicts of the phonenumbers library, in every region, for good numbers and bad.

`RINGBACK_DIFFERENTIAL=200000` asks for a longer run than the usual 20 000 numbers.
"""

import os
import random
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache

import phonenumbers
import pytest
from phonenumbers.phonemetadata import PhoneMetadata

from models.contacts.clean import clean
from models.contacts.phones.fast import FastReader
from models.contacts.phones.numbers import NumberChecker, NumberVerdict
from models.contacts.phones.reading import UnreadableError
from tests.sure import sure

COUNT = int(os.environ.get("RINGBACK_DIFFERENTIAL", "20000"))
SEED = 20261124
DIGITS = "0123456789"
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
UNREADABLE = "unreadable"
ORDINARY = {0, 1, 2, 6, 7}  # fixed, mobile, either, VoIP, personal

Answer = tuple[object, ...] | str


@cache
def examples() -> list[tuple[str, int, str]]:
    """Return region, country code and national number of the library's example for each class of number."""
    found = []
    for region in REGIONS:
        for kind in (*range(11),):
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                nsn = phonenumbers.national_significant_number(number)
                found.append((region, sure(number.country_code), nsn))
    for code in sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS):
        number = phonenumbers.example_number_for_non_geo_entity(code)
        assert number is not None
        found.append(("AU", code, phonenumbers.national_significant_number(number)))
    return found


def broken(dice: random.Random, national: str) -> str:
    """Return a national number as it is, or with its end, its length or any of it changed."""
    at = dice.randrange(len(national))
    tail = dice.randrange(1, 7)
    return dice.choice(
        [
            national,
            national[:-tail] + "".join(dice.choices(DIGITS, k=min(tail, len(national)))),
            national[:-tail] + "".join(dice.choices(DIGITS, k=min(tail, len(national)))),
            national[:at] + national[at + 1 :],
            national[:at] + dice.choice(DIGITS) + national[at:],
            "".join(dice.choices(DIGITS, k=dice.randrange(1, 19))),
        ]
    )


def written(dice: random.Random, code: int, national: str, home: str | None) -> str:
    """Return a number in one of the ways people write it."""
    meta = PhoneMetadata.metadata_for_region(home) if home else None
    prefix = (meta.national_prefix or "") if meta else "0"
    bare = dice.choice(
        [
            f"+{code}{national}",
            f"+{code}{national}",
            f"+{code}0{national}",
            f"{prefix}{national}",
            f"{prefix}{national}",
            national,
            f"{code}{national}",
            f"00{code}{national}",
            f"011{code}{national}",
            dice.choice(["0", "1", "8", "9", "15", "0011"]) + national,
        ]
    )
    if dice.random() < 0.7:
        return bare
    cut = dice.randrange(1, len(bare) + 1)
    return bare[:cut] + dice.choice([" ", "-", " - ", ".", "/", ") ", " ("]) + bare[cut:]


def cases(count: int) -> Iterator[tuple[str | None, str]]:
    """Yield region and candidate; the same every time."""
    dice = random.Random(SEED)
    for _ in range(count):
        region, code, national = dice.choice(examples())
        home = dice.choice([region, region, region, dice.choice(REGIONS), None])
        yield home, written(dice, code, broken(dice, national) or "1", home)


def library_says(text: str, region: str | None) -> Answer:
    """Ask the library itself: country code, national number, valid, class, length, and E.164 if valid."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return UNREADABLE
    valid = phonenumbers.is_valid_number(number)
    return (
        number.country_code,
        phonenumbers.national_significant_number(number),
        valid,
        phonenumbers.number_type(number) if valid else 99,
        phonenumbers.is_possible_number_with_reason(number),
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if valid else "",
    )


def we_say(reader: FastReader, text: str) -> Answer:
    """Ask the fast path the same."""
    try:
        found = reader.read(text)
    except UnreadableError:
        return UNREADABLE
    e164 = found.e164 if found.is_valid else ""
    return found.country_code, found.national, found.is_valid, int(found.kind), int(found.fit), e164


reader_for: Callable[[str | None], FastReader] = cache(FastReader)
checker_for: Callable[[str | None], NumberChecker] = cache(NumberChecker)


def test_every_verdict_is_the_library_s() -> None:
    """Parsing, validity, class, possible length and E.164 agree, whatever is wrong with a number.

    The library refuses two digits with punctuation between them and reads them without: no number either way.
    """
    seen: Counter[object] = Counter()
    regions = set()
    for region, raw in cases(COUNT):
        candidate = clean(raw)
        if candidate.text is None or candidate.codes:
            continue
        expected = library_says(raw if len(candidate.text) > 2 else candidate.text, region)
        assert we_say(reader_for(region), candidate.text) == expected, (region, raw)
        seen[expected[2] if isinstance(expected, tuple) else expected] += 1
        regions.add(region)
    assert len(regions) >= 200
    assert min(seen[True], seen[False]) > COUNT // 5, seen
    assert seen[UNREADABLE] > COUNT // 100, seen


def test_the_shortest_way_says_nothing_that_the_library_does_not() -> None:
    """A number dialled without a closer look is valid, ordinary, no emergency, and the same in E.164."""
    hits = 0
    for region, raw in cases(COUNT):
        quick = checker_for(region).ordinary.one(raw)
        if quick is None:
            continue
        hits += 1
        expected = library_says(raw, region)
        assert isinstance(expected, tuple), (region, raw)
        assert (expected[2], expected[5]) == (True, quick), (region, raw)
        assert expected[3] in ORDINARY, (region, raw)
        assert not (region and phonenumbers.is_emergency_number(raw, region)), (region, raw)
        candidate = clean(raw)
        assert candidate.codes == (), (region, raw)
        assert checker_for(region).closely(candidate.text or "") == NumberVerdict(quick), (region, raw)
    assert hits > COUNT // 12


def test_the_shortcut_for_repairs_agrees_with_the_closer_look() -> None:
    """A number without its + or its zero gets the same verdict by either way."""
    hits: Counter[str] = Counter()
    for region, raw in cases(COUNT):
        text = clean(raw).text
        quick = checker_for(region).ordinary.repaired(text) if text else None
        if text and quick:
            assert checker_for(region).closely(text) == NumberVerdict(quick[0], quick[1:]), (region, raw)
            hits[quick[1]] += 1
    assert min(hits["lost_zero"], hits["missing_plus"]) > COUNT // 500, hits


@pytest.mark.parametrize(
    "text",
    [
        *("+", "", "0", "+0", "+1", "1", "+61", "\u0660", "+\u0666\u0661491570156", "++61491570156"),
        *("-0491570156", "-61491570156", "0491570156" + " " * 60, "0491 570 156 +61491570157"),
    ],
)
def test_odd_texts_are_never_taken_for_ordinary(text: str) -> None:
    """The shortest way knows only digits with common punctuation; the closer look sees what else there is."""
    for region in ("AU", "US", None):
        assert checker_for(region).ordinary.one(text) is None
