"""Lifecycles as data: which state may follow which; the ledger refuses every other change."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from models.enums import DispatchState, State, WaveState
from models.hooks.order import HookState
from models.invariants import ensure
from models.messages.milestones import Delivery

S = TypeVar("S", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Lifecycle(Generic[S]):
    """The states of one kind of thing: where it begins, and what may come after each."""

    what: str
    first: S
    after: Mapping[S, frozenset[S]]

    def allows(self, before: S, after: S) -> bool:
        """Tell whether a change may be written; to write the same state again is none."""
        return before is after or after in self.after[before]

    def leading_to(self, state: S) -> frozenset[S]:
        """Return the other states that may become this one."""
        return frozenset(
            before for before in self.after if before is not state and state in self.after[before]
        )

    def moved(self, before: str, after: S, which: object) -> str:
        """Return the new state as it is stored; raises BrokenInvariantError for a change that may not be."""
        known = type(self.first)(before)
        ensure(self.allows(known, after), f"{self.what} {which} is {before}: it cannot become {after.value}")
        return after.value


def _ends(*states: S) -> dict[S, frozenset[S]]:
    return {state: frozenset() for state in states}


RECOVERY = Lifecycle(
    "recovery",
    State.RUNNING,
    {
        State.RUNNING: frozenset(set(State) - {State.RUNNING}),
        # One that has begun waves and lost its approval to a restore waits, also while a run is at it.
        State.AWAITING_APPROVAL: frozenset(set(State) - {State.AWAITING_APPROVAL}),
        State.HELD: frozenset({State.RUNNING}),  # resumed, where it may be
        **_ends(State.RECOVERED, State.HEALTHY, State.ESCALATED, State.CANCELLED),
    },
)
"""A recovery: whatever ended stays ended, but for a hold that a person resumes."""

WAVE = Lifecycle(
    "wave",
    WaveState.INTENT,
    {
        WaveState.INTENT: frozenset(set(WaveState) - {WaveState.INTENT}),
        # A proof can fail: what stands on the platform under the marker counts.
        WaveState.REFUSED: frozenset({WaveState.UNKNOWN, WaveState.ACCEPTED, WaveState.SETTLED}),
        WaveState.UNKNOWN: frozenset({WaveState.ACCEPTED, WaveState.REFUSED}),
        WaveState.ACCEPTED: frozenset({WaveState.SETTLED}),
        **_ends(WaveState.SETTLED),
    },
)
"""A wave: an accepted one is never sent again, one whose answer was lost is looked up first."""

DISPATCH = Lifecycle(
    "dispatch",
    DispatchState.PLANNED,
    {
        DispatchState.PLANNED: frozenset({DispatchState.INTENT, DispatchState.SKIPPED}),
        DispatchState.INTENT: frozenset(
            {DispatchState.UNKNOWN, DispatchState.ACCEPTED, DispatchState.REFUSED, DispatchState.SKIPPED}
        ),
        DispatchState.REFUSED: frozenset(
            {DispatchState.UNKNOWN, DispatchState.ACCEPTED, DispatchState.SKIPPED}
        ),
        DispatchState.UNKNOWN: frozenset({DispatchState.ACCEPTED, DispatchState.REFUSED}),
        DispatchState.SKIPPED: frozenset({DispatchState.PLANNED}),  # the recovery that had ended goes on
        **_ends(DispatchState.ACCEPTED),
    },
)
"""A contact's dispatch: it never goes back to the plan once a wave holds it."""

REQUEST = Lifecycle(
    "request",
    HookState.RECEIVED,
    {
        HookState.RECEIVED: frozenset({HookState.STARTING, HookState.JOINED, HookState.IGNORED}),
        HookState.STARTING: frozenset(
            {
                HookState.STARTED,
                HookState.REFUSED,
                HookState.FAILED,
                HookState.IGNORED,
                HookState.RECEIVED,
            }
        ),
        # Its run ended before there was a recovery; whoever joined it asked for the same.
        HookState.STARTED: frozenset({HookState.REFUSED}),
        HookState.JOINED: frozenset({HookState.REFUSED, HookState.FAILED}),
        **_ends(HookState.IGNORED, HookState.REFUSED, HookState.FAILED),
    },
)
"""A request of the inbox."""

MESSAGE = Lifecycle(
    "message",
    Delivery.WAITING,
    {
        Delivery.WAITING: frozenset({Delivery.DELIVERED, Delivery.GIVEN_UP}),
        Delivery.GIVEN_UP: frozenset({Delivery.WAITING}),  # a person has it sent again
        **_ends(Delivery.DELIVERED),
    },
)
"""A message of the outbox."""
