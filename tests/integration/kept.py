"""A recovery that has ended and keeps people back: in doubt, by a rule, and others that are done with."""

from dataclasses import replace
from typing import Any

from models.enums import Action, Choice, Disposition, State
from models.plan.plan import Plan
from tasks.ledger import plans
from tasks.ledger.people.decisions import Wish, listed
from tasks.ledger.store import Ledger
from tests.integration.scenes import claimed, end, judged, plan_of


def wish(choice: Choice = Choice.REDIAL, **more: Any) -> Wish:
    """Return what Kim decides, about everybody where nothing else is said."""
    about = more if {"rows", "reason"} & more.keys() else {"everybody": True} | more
    return Wish(choice, **{"by": "Kim", "because": "listened", "via": "command line"} | about)


def kept_plan() -> Plan:
    """Return a plan that redials row 1, holds rows 2 to 4, one of them by a rule, and drops row 5."""
    doubtful = [
        replace(judged(n, Action.HOLD), disposition=Disposition.AMBIGUOUS, code="lost") for n in (2, 3)
    ]
    late = replace(judged(4, Action.HOLD), disposition=Disposition.TRANSIENT, why="time zone unknown")
    return plan_of([judged(1), *doubtful, late, judged(5, Action.DROP)])


def kept(ledger: Ledger, recovery_id: str = "r_1") -> str:
    """End a recovery that keeps people back, and return the state of its list."""
    claim = claimed(ledger, recovery_id)
    plans.freeze(ledger, claim, kept_plan())
    end(ledger, claim, State.RECOVERED)
    return listed(ledger, recovery_id).state
