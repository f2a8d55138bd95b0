"""One person, however their number is written: duplicates, attempts, caps and opt-outs ask for the person."""

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from models.contacts.phones.normalise import normalise
from models.contacts.phones.renumbered import RENUMBERINGS, Renumbering
from models.contacts.phones.spellings import TWICE, person_of, spellings_of

SAME = [
    ("+5491123456789", "+541123456789"),
    ("+5493415551234", "+543415551234"),
    ("+5215512345678", "+525512345678"),
    ("+520445512345678", "+525512345678"),
    ("+551187654321", "+5511987654321"),
    ("+552199876543", "+5521999876543"),
    ("+22997123456", "+2290197123456"),
    ("+22521001234", "+2252521001234"),
    ("+22520801234", "+2252120801234"),
    ("+22507080910", "+2250707080910"),
    ("+22505060708", "+2250505060708"),
    ("+22501020304", "+2250101020304"),
    ("+22522441234", "+2252722441234"),
    ("+2412474849", "+24162474849"),
    ("+24107654321", "+24177654321"),
    ("+841681234567", "+84381234567"),
    ("+841201234567", "+84701234567"),
    ("+2307123456", "+23057123456"),
    ("+5621234567", "+56221234567"),
    ("+5632123456", "+56322123456"),
    ("+5712281260", "+576012281260"),
    ("+59387654321", "+593987654321"),
    ("+23777123456", "+237677123456"),
    ("+39612345678", "+390612345678"),
    ("+390549886000", "+3780549886000"),
    ("+37744123456", "+38344123456"),
    ("+38649123456", "+38349123456"),
    ("+972599123456", "+970599123456"),
    ("+33692123456", "+262692123456"),
]

DIFFERENT = [
    ("+5491123456789", "+5491123456780"),
    ("+525512345678", "+5255123456781"),
    ("+551123456789", "+5511923456789"),
    ("+22997123456", "+2290297123456"),
    ("+2250707080910", "+2250507080910"),
    ("+84381234567", "+84391234567"),
    ("+393471234567", "+3903471234567"),
    ("+12125550123", "+15212555012"),
    ("+61491570156", "+61291570156"),
    ("+972541234567", "+970541234567"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_are_one_person(one: str, other: str) -> None:
    """Old plan or new one, with the mobile token or without: each spelling leads to the other."""
    assert person_of(one) == person_of(other)
    assert {one, other} <= spellings_of(one) == spellings_of(other) | {one}


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_people_stay_two(one: str, other: str) -> None:
    """What only looks alike is nobody else: a person taken for another would never be called."""
    assert person_of(one) != person_of(other)
    assert other not in spellings_of(one)


def test_most_numbers_have_one_spelling() -> None:
    """Examples of every country and class are themselves, unless a rule of theirs is written down."""
    alone = 0
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in range(11):
            example = phonenumbers.example_number_for_type(region, kind)
            if example is None:
                continue
            number = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
            assert person_of(person_of(number)) == person_of(number)
            if number[1:3] not in TWICE:
                assert person_of(number) == number
                alone += 1
    assert alone > 900


@st.composite
def spelled(draw: st.DrawFn) -> tuple[Renumbering, str]:
    """Return a rule and a number in its old spelling."""
    rule = draw(st.sampled_from(RENUMBERINGS))
    made: dict[str, SearchStrategy[str]] = {
        name: st.from_regex(pattern.replace(r"\d", "[0-9]"), fullmatch=True)
        for name, pattern in rule.parts.items()
    }
    return rule, rule.old.format(**{name: draw(part) for name, part in made.items()})


@given(spelled())
def test_every_rule_goes_both_ways(case: tuple[Renumbering, str]) -> None:
    """Whatever a rule renews has one newest spelling, and is found again from there."""
    rule, old = case
    new = rule.renewed(old)
    assert new is not None
    assert rule.aged(new) == old
    person = person_of(f"+{old}")
    assert person_of(person) == person == person_of(f"+{new}")
    assert f"+{old}" in spellings_of(person)
    assert {person_of(one) for one in spellings_of(person)} == {person}
    assert rule.source


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_a_person_is_one_of_its_own_spellings(e164: str) -> None:
    """For any number: the key of its key is the key, and the number itself is never left out."""
    person = person_of(e164)
    assert person_of(person) == person
    assert {e164, person} <= spellings_of(e164)


@pytest.mark.parametrize(
    ("raw", "region", "person"),
    [
        ("+229 97 12 34 56", None, "+2290197123456"),
        ("97 12 34 56", "BJ", "+2290197123456"),
        ("07 08 09 10", "CI", "+2250707080910"),
        ("044 55 1234 5678", "MX", "+525512345678"),
        ("011 15-2345-6789", "AR", "+541123456789"),
        ("11 8765-4321", "BR", "+5511987654321"),
        ("13 11 14", "AU", None),
        ("12", "AU", None),
        ("0491 570 156", None, None),
    ],
)
def test_a_number_that_cannot_be_dialled_still_tells_the_person(
    raw: str, region: str | None, person: str | None
) -> None:
    """An old spelling is held, and its person is known all the same; what is nobody's number is nobody."""
    assert normalise(raw, region).person == person


def test_what_is_dialled_is_what_the_row_holds() -> None:
    """The person is a key to compare by; the number to dial stays the row's own."""
    assert normalise("+54 9 11 2345-6789").e164 == "+5491123456789"
    assert normalise("+54 11 2345-6789").e164 == "+541123456789"
    assert normalise("+22507080910").e164 is None
