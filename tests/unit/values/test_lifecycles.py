"""The lifecycles: every state is reached, every state but an end has a way out, nothing else is written."""

from enum import Enum
from typing import Any

import pytest

from models.enums import DispatchState, State, WaveState
from models.hooks.order import HookState
from models.invariants import BrokenInvariantError
from models.lifecycles import DISPATCH, MESSAGE, RECOVERY, REQUEST, WAVE, Lifecycle
from models.messages.milestones import Delivery

ENDS: list[tuple[Lifecycle[Any], set[Any]]] = [
    (RECOVERY, {State.RECOVERED, State.HEALTHY, State.ESCALATED, State.CANCELLED}),
    (WAVE, {WaveState.SETTLED}),
    (DISPATCH, {DispatchState.ACCEPTED}),
    (REQUEST, {HookState.IGNORED, HookState.REFUSED, HookState.FAILED}),
    (MESSAGE, {Delivery.DELIVERED}),
]
TABLES = [one for one, _ in ENDS]


def states_of(table: Lifecycle[Any]) -> set[Any]:
    """Return every state that there is."""
    kind: type[Enum] = type(table.first)
    return set(kind)


def named(one: object) -> str:
    """Name a lifecycle in the test's id."""
    return one.what if isinstance(one, Lifecycle) else ""


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_every_state_stands_in_the_table(table: Lifecycle[Any]) -> None:
    """A state that a later version adds cannot be forgotten here."""
    assert set(table.after) == states_of(table)


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_every_state_is_reached_from_the_first(table: Lifecycle[Any]) -> None:
    """A state that nothing leads to would be a row of the table that holds nothing."""
    reached, new = {table.first}, {table.first}
    while new:
        new = {after for before in new for after in table.after[before]} - reached
        reached |= new
    assert reached == states_of(table)


@pytest.mark.parametrize(("table", "ends"), ENDS, ids=named)
def test_only_ends_have_no_way_out(table: Lifecycle[Any], ends: set[Any]) -> None:
    """Nothing gets stuck in a state that is no end, and no end is left again."""
    assert {state for state, after in table.after.items() if not after} == ends


@pytest.mark.parametrize("table", TABLES, ids=named)
def test_every_other_change_is_refused(table: Lifecycle[Any]) -> None:
    """What the table allows is returned as it is stored; the rest is a fault that names both states."""
    states = states_of(table)
    for before, after in ((before, after) for before in states for after in states):
        if before is after or after in table.after[before]:
            assert table.moved(before.value, after, "r_1") == after.value
        else:
            with pytest.raises(BrokenInvariantError, match=f"r_1 is {before.value}.*{after.value}"):
                table.moved(before.value, after, "r_1")


def test_a_state_nobody_knows_is_refused() -> None:
    """A row of a newer version is not written over."""
    with pytest.raises(ValueError, match="paused"):
        RECOVERY.moved("paused", State.RUNNING, "r_1")


@pytest.mark.parametrize("state", State)
def test_an_end_is_left_by_a_resumed_hold_alone(state: State) -> None:
    """What a recovery calls an end is one here, but for the hold that a person resumes."""
    goes_on = bool(RECOVERY.after[state])
    assert goes_on is (not state.is_end or state is State.HELD)
    if state.is_end:
        assert RECOVERY.after[state] <= {State.RUNNING}


def test_what_may_ring_is_never_sent_again() -> None:
    """Only an intent and a proved refusal lead to a send, and no dispatch comes back from the platform."""
    assert WAVE.leading_to(WaveState.UNKNOWN) == {WaveState.INTENT, WaveState.REFUSED}
    assert DISPATCH.leading_to(DispatchState.PLANNED) == {DispatchState.SKIPPED}
    assert not DISPATCH.allows(DispatchState.UNKNOWN, DispatchState.SKIPPED)
    assert not DISPATCH.allows(DispatchState.ACCEPTED, DispatchState.REFUSED)
