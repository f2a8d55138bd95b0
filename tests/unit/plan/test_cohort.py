"""The sample's cohort: it looks like the plan, nobody is in it twice, and it can be drawn again."""

import random
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.plan.sampling import Candidate, allot, draw, ramp, waves

PLANS = st.lists(st.sampled_from("abcdef"), max_size=60).map(
    lambda strata: [Candidate(f"contact-{row}", stratum, row) for row, stratum in enumerate(strata)]
)
SIZES = st.integers(0, 25)


def _plan(**strata: int) -> list[Candidate]:
    """Make a plan with so many contacts in each stratum, mixed over the upload."""
    names = [name for name, count in strata.items() for _ in range(count)]
    random.Random(1).shuffle(names)
    return [Candidate(f"contact-{row}", name, row) for row, name in enumerate(names)]


@given(PLANS, SIZES, st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_the_order_of_the_input_does_not_matter(
    plan: list[Candidate], size: int, shuffler: random.Random
) -> None:
    """However a platform lists its contacts, the same seed draws the same people in the same order."""
    shuffled = list(plan)
    shuffler.shuffle(shuffled)
    assert draw(shuffled, size, "seed") == draw(plan, size, "seed")


@given(PLANS, SIZES)
@settings(max_examples=50)
def test_nobody_is_drawn_twice(plan: list[Candidate], size: int) -> None:
    """A draw has as many different contacts as were asked for, or all, even if some are listed twice."""
    drawn = draw([*plan, *plan], size, "seed")
    assert len(drawn) == len(set(drawn)) == min(size, len(plan))
    assert set(drawn) <= {contact.key for contact in plan}


def test_a_contact_listed_twice_differently_counts_where_it_came_first() -> None:
    """A repeated key is placed by its first row, in whatever order the two rows are told."""
    plan = [*_plan(a=5, b=5), Candidate("twice", "a", 3), Candidate("twice", "b", 40)]
    assert draw(plan, 6, "1") == draw(plan[:-1], 6, "1") == draw(list(reversed(plan)), 6, "1")


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 500), min_size=1), st.integers(1, 40))
@settings(max_examples=50)
def test_seats_are_in_proportion_and_never_more_than_there_are_people(
    strata: dict[str, int], size: int
) -> None:
    """All seats are given, the biggest strata have one each, none gets more than its share rounded up."""
    seats = allot(strata, size, "seed")
    total = sum(strata.values())
    filled = min(size, total)
    assert sum(seats.values()) == filled
    for name, count in seats.items():
        assert 1 <= count <= max(1, -(-filled * strata[name] // total)) <= strata[name]
    biggest = sorted(strata.values(), reverse=True)[: (filled + 1) // 2]
    assert sorted((strata[name] for name in seats), reverse=True)[: len(biggest)] == biggest


def test_every_big_stratum_is_seen() -> None:
    """A carrier with a twentieth of the contacts is in the sample; a share of three quarters stays one."""
    plan = _plan(a=750, b=150, c=50, d=50)
    stratum = {contact.key: contact.stratum for contact in plan}
    assert Counter(stratum[key] for key in draw(plan, 20, "seed")) == {"a": 15, "b": 3, "c": 1, "d": 1}


def test_a_crowd_of_tiny_strata_does_not_take_over() -> None:
    """Fifty strata of one contact get half of the seats at most, so the bulk is still what is measured."""
    plan = _plan(bulk=50, **{f"tiny{at}": 1 for at in range(50)})
    stratum = {contact.key: contact.stratum for contact in plan}
    assert Counter(stratum[key] for key in draw(plan, 20, "seed"))["bulk"] >= 10


def test_a_stratum_is_spread_over_the_upload() -> None:
    """Twenty of a thousand rows come one from each fiftieth of the file, never all from its top."""
    plan = [Candidate(f"contact-{row}", "a", row) for row in range(1000)]
    rows = sorted(int(key.removeprefix("contact-")) for key in draw(plan, 20, "seed"))
    assert [row // 50 for row in rows] == list(range(20))


def test_the_seed_decides_who_and_in_which_order() -> None:
    """Another seed draws other people, and the order of dispatch is not that of the file."""
    plan = _plan(a=500, b=500)
    one, other = draw(plan, 20, "one"), draw(plan, 20, "other")
    assert set(one) != set(other)
    rows = [int(key.removeprefix("contact-")) for key in one]
    assert rows != sorted(rows)


def test_a_draw_never_changes_between_releases() -> None:
    """The stored seed of an old recovery draws the same sample in every later version."""
    plan = [Candidate(f"contact-{row}", "aab"[row % 3], row) for row in range(12)]
    assert draw(plan, 5, "seed") == ("contact-4", "contact-5", "contact-11", "contact-7", "contact-1")


def test_every_contact_can_be_drawn() -> None:
    """Over many seeds no contact is left out, so no part of the file is never sampled."""
    plan = _plan(a=12, b=6, c=2)
    seen = {key for seed in range(200) for key in draw(plan, 5, str(seed))}
    assert seen == {contact.key for contact in plan}


@given(PLANS, st.integers(1, 7))
@settings(max_examples=50)
def test_waves_keep_the_order_and_the_limit(plan: list[Candidate], size: int) -> None:
    """Waves joined again are the order, and none is larger than allowed."""
    order = draw(plan, len(plan), "seed")
    cut = waves(order, size)
    assert tuple(key for wave in cut for key in wave) == order
    assert all(1 <= len(wave) <= size for wave in cut)


def test_a_wave_holds_somebody() -> None:
    """A limit below one is refused in words, never answered with waves of nobody."""
    with pytest.raises(ValueError, match="at least one"):
        waves(["contact-1"], 0)


def test_the_ramp_doubles_up_to_the_limit() -> None:
    """Waves go 5, 10, 20, then stay at the limit; without free permits none is sent."""
    assert [ramp(size, 25) for size in (0, 1, 5, 10, 20, 25)] == [1, 2, 10, 20, 25, 25]
    assert ramp(5, 0) == 0
