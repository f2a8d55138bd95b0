"""Whose call a webhook tells of: ours by agent, number, direction and start, or else a stranger's."""

from datetime import timedelta
from typing import Any

import pytest

from models.enums import ContactStatus
from models.handovers.calls import Heard, Placed, match
from tests.unit.handovers.examples import at
from tests.unit.look_example import phone

WINDOW = timedelta(seconds=1200)


def placed(second: float, n: int = 1, recovery: str = "r_1", agent: str = "agent_1") -> Placed:
    """Return a request for the nth person's call."""
    return Placed(recovery, f"row-{n}", 1, phone(n), agent, at(second), at(second))


def heard(second: float, n: int = 1, call_id: str = "call_1", **fields: Any) -> Heard:
    """Return a call of the nth person that began at a second."""
    plain: dict[str, Any] = {
        "agent_id": "agent_1", "person": phone(n), "outbound": True, "status": "completed", "error": "",
        "seconds": 20,
    }  # fmt: skip
    return Heard(call_id=call_id, started_at=at(second), ended_at=at(second + 30), **(plain | fields))


@pytest.mark.parametrize(
    ("call", "is_ours", "is_foreign"),
    [
        (heard(5), True, False),
        (heard(0), True, False),
        (heard(1200), True, False),
        (heard(1201), False, True),  # too late to be the answer
        (heard(-1), False, False),  # too early, and near enough for two clocks to differ
        (heard(-121), False, True),
        (heard(5, agent_id="agent_2"), False, False),
        (heard(500, agent_id="agent_2"), False, True),
        (heard(5, n=2), False, True),
        (heard(5, outbound=False), False, False),
    ],
)
def test_a_call_is_ours_a_strangers_or_neither(call: Heard, is_ours: bool, is_foreign: bool) -> None:
    """Only what fits in every respect is ours; what may be ours is never taken for a stranger's."""
    found = match([placed(0)], [call], WINDOW)
    assert (bool(found.ours), bool(found.foreign)) == (is_ours, is_foreign)


def test_one_call_answers_one_request() -> None:
    """Of two calls after one request the first is its own; the second, later one is a stranger's."""
    found = match([placed(0)], [heard(400, call_id="second"), heard(5, call_id="first")], WINDOW)
    assert found.ours["r_1", "row-1"].call_id == "first"
    assert [call.call_id for call in found.foreign] == ["second"]


def test_a_request_claims_no_call_of_after_the_next_one() -> None:
    """A later recovery asks for the same person again: the call after that request is that request's."""
    requests = [placed(0), placed(600, recovery="r_2")]
    found = match(requests, [heard(605)], WINDOW)
    assert set(found.ours) == {("r_2", "row-1")}


@pytest.mark.parametrize(
    ("fields", "outcome", "has_reason"),
    [
        ({"status": "completed"}, ContactStatus.REACHED, False),
        ({"status": "completed", "seconds": 0}, ContactStatus.REACHED, False),
        ({"status": "failed", "seconds": 0, "error": "busy"}, ContactStatus.NOT_REACHED, True),
        ({"status": "failed", "seconds": None, "error": ""}, ContactStatus.NOT_REACHED, True),
        ({"status": "failed", "seconds": 3, "error": "media lost"}, ContactStatus.REACHED, False),
        ({"status": "odd", "seconds": 0}, ContactStatus.NOT_REACHED, True),
    ],
)
def test_who_was_on_the_line_was_reached(
    fields: dict[str, Any], outcome: ContactStatus, has_reason: bool
) -> None:
    """A failed call that lasted has reached somebody; any other failure asks for a reason that is known."""
    call = heard(5, **fields)
    assert (call.outcome, bool(call.reasons)) == (outcome, has_reason)
