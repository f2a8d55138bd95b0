"""Room for another wave: never more calls in the air than the free permits less the headroom."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.plan.permit_budget import InAir, PermitBudget, room, wave_size
from tests.unit.look_example import policy

WAVES = st.lists(
    st.builds(InAir, cap=st.integers(0, 20), unresolved=st.integers(0, 50), in_flight=st.integers(0, 30)),
    max_size=4,
)


@pytest.mark.parametrize(
    ("live", "waves", "expected"),
    [
        (0, [], (9, 0, 0)),
        (4, [], (5, 0, 4)),
        (3, [InAir(3, 10, 3)], (6, 3, 0)),
        (5, [InAir(3, 10, 3)], (4, 3, 2)),
        (0, [InAir(3, 10, 0)], (6, 3, 0)),
        (1, [InAir(3, 1, 1)], (8, 1, 0)),
        (0, [InAir(3, 0, 0)], (9, 0, 0)),
        (6, [InAir(2, 10, 6)], (3, 6, 0)),
        (20, [], (0, 0, 20)),
        (0, [InAir(50, 50, 0)], (0, 50, 0)),
    ],
)
def test_the_free_permits_are_what_nobody_uses(
    live: int | None, waves: list[InAir], expected: tuple[int, int, int]
) -> None:
    """From the limit go the headroom, the calls of others, and all that our live waves may still use."""
    space = room(policy(headroom=1), 10, live, waves)
    assert (space.free, space.ours, space.foreign) == expected
    assert space.most == max(0, 9 - space.foreign)


@pytest.mark.parametrize(("limit", "free"), [(10, 5), (9, 4), (3, 1), (2, 1), (1, 0)])
def test_permits_that_nobody_counts_are_shared_by_halves(limit: int, free: int) -> None:
    """Without a live count others may use as many permits as we do; one is enough to go on."""
    space = room(policy(headroom=1), limit, None, [])
    assert (space.free, space.most, space.foreign) == (free, free, 0)
    assert room(policy(headroom=1), limit, None, [InAir(9, 9, 9)]).free == 0


@pytest.mark.parametrize(("listed", "free"), [(0, 5), (4, 5), (5, 4), (8, 1), (9, 0), (30, 0)])
def test_calls_that_a_listing_tells_of_are_left_to_others(listed: int, free: int) -> None:
    """Others may have more than the half that is left to them: then what their counters tell counts."""
    space = room(policy(headroom=1), 10, None, [], listed=listed)
    assert (space.free, space.foreign) == (free, listed)
    assert room(policy(headroom=1), 10, 3, [], listed=listed) == room(policy(headroom=1), 10, 3, [])


@given(st.integers(1, 40), st.integers(0, 10), st.integers(0, 60), WAVES)
def test_no_wave_can_go_past_the_limit_less_the_headroom(
    limit: int, headroom: int, live: int, waves: list[InAir]
) -> None:
    """A wave capped at the free permits, with all that is in the air, stays within limit less headroom."""
    space = room(policy(headroom=headroom), limit, live, waves)
    in_the_air = max(live, sum(wave.in_flight for wave in waves))
    assert space.free >= 0
    if space.free:
        assert in_the_air + space.free <= limit - headroom
        ours = sum(max(min(wave.cap, wave.unresolved), wave.in_flight) for wave in waves)
        assert ours + space.foreign + space.free == limit - headroom


@given(st.integers(0, 12))
def test_a_call_that_wraps_up_keeps_its_permit(wrapping: int) -> None:
    """Permits of calls that have just ended count as taken, and no call is counted below none."""
    space = room(policy(headroom=1), 10, 0, [], wrapping=wrapping)
    assert (space.free, space.wrapping) == (max(0, 9 - wrapping), wrapping)


@pytest.mark.parametrize(("poll", "expected"), [(5, 2), (0.5, 0.5)])
def test_a_wrap_up_is_over_by_the_next_look(poll: float, expected: float) -> None:
    """No permit idles for longer than one look at the platform."""
    assert policy(poll_seconds=poll).wrap_up == expected


@given(st.integers(1, 40), st.integers(0, 60), WAVES, WAVES)
def test_more_in_the_air_never_makes_more_room(
    limit: int, live: int, waves: list[InAir], more: list[InAir]
) -> None:
    """Another live wave of ours that holds no call yet only takes room."""
    quiet = [InAir(wave.cap, wave.unresolved, 0) for wave in more]
    assert room(policy(), limit, live, [*waves, *quiet]).free <= room(policy(), limit, live, waves).free


@pytest.mark.parametrize(
    ("wanted", "free", "left", "expected"),
    [
        (5, 4, 100, 5),
        (5, 0, 100, 0),
        (5, 4, 3, 3),
        (500, 4, 1000, 50),
        (0, 4, 100, 0),
        (40, 2, 20, 10),
        (5, 4, 0, 0),
    ],
)
def test_a_wave_takes_its_share(wanted: int, free: int, left: int, expected: int) -> None:
    """A wave is the least of what is wanted, the policy's most, its permits' share, and who is left."""
    assert wave_size(wanted, PermitBudget(free, 4 - free, 0, 5), left, policy(headroom=1)) == expected


@given(st.integers(0, 100), st.integers(0, 40), st.integers(0, 20), st.integers(0, 200))
def test_a_wave_is_never_larger_than_allowed(wanted: int, free: int, foreign: int, left: int) -> None:
    """Whatever the room, nobody is sent without a permit, beyond the policy, or beyond who is left."""
    chosen = policy(wave_max=30)
    size = wave_size(wanted, PermitBudget(free, 0, foreign, 40), left, chosen)
    assert 0 <= size <= min(wanted, 30, left)
    assert size == 0 or free > 0
