"""A run suspended with the question for a stop: whether it still waits, and how another door wakes it."""

from typing import Any

import pytest

from deployments.gateway.compose import waker
from models.enums import State
from models.tables.handovers import HandoverRow
from models.tables.ledger import Recovery
from tasks.ledger import recoveries
from tasks.ledger.handovers import Handovers
from tasks.ledger.leases import release, token_of
from tasks.ledger.store import Ledger
from tasks.prefect_api.stop_asked import HEARD, asks_for_stop, still_asks, suspended
from tasks.runtime.wiring import Runtime
from tests.integration.gateway.test_gateway_wake import Server, shop
from tests.integration.scenes import claimed, end, frozen

__all__ = ["shop"]


def suspended_with(name: str, kind: str = "PAUSED") -> dict[str, Any]:
    """Return a run as Prefect lists it whose form is kept under a name."""
    details = {"run_input_keyset": {"schema": f"{name}-schema", "response": f"{name}-response"}}
    run = {"id": "run-1", "parameters": {}, "name": "recover job-1", "state_type": kind}
    return run | {"state": {"state_details": details}}


@pytest.fixture
def held(ledger: Ledger) -> Recovery:
    """Return a recovery that is held until somebody stops its source."""
    claim = claimed(ledger)
    frozen(ledger, claim)
    end(ledger, claim, State.HELD, resumable=True)
    return recoveries.get(ledger, "r_1")


def asked(ledger: Ledger, stored: Recovery, *, older: int = 0) -> dict[str, Any]:
    """Return the run that asks, of the newest claim or of an older one."""
    return suspended_with(suspended(token_of(ledger, stored) - older))


def say(ledger: Ledger, stored: Recovery) -> None:
    """Say that the source is stopped, by another door."""
    row = HandoverRow(
        workspace="shop", platform="fake", job_id="job-1", at=ledger.clock.now(), by="Ben", status="Paused",
        stopped_by="Ben", recovery_id=stored.id, processed=3,
    )  # fmt: skip
    Handovers(ledger, "shop", "fake").add(row, [])


def test_the_newest_question_waits_until_it_is_answered(ledger: Ledger, held: Recovery) -> None:
    """No sweep ends a form that somebody is still to fill; once the stop is said, it is woken."""
    assert still_asks(ledger, held, asked(ledger, held))
    say(ledger, held)
    assert not still_asks(ledger, held, asked(ledger, held))


@pytest.mark.parametrize("kind", ["COMPLETED", "RUNNING"])
def test_a_run_that_is_not_suspended_asks_nothing(ledger: Ledger, held: Recovery, kind: str) -> None:
    """A run that went on keeps the name of its last question, and waits for nobody."""
    run = suspended_with(suspended(token_of(ledger, held)), kind)
    assert not asks_for_stop(run)
    assert not still_asks(ledger, held, run)


def test_an_older_question_is_no_question(ledger: Ledger, held: Recovery) -> None:
    """Somebody has gone on with the recovery since: that run waits for nothing any more."""
    release(ledger, claimed(ledger))
    end(ledger, claimed(ledger), State.HELD, resumable=True)
    stored = recoveries.get(ledger, held.id)
    assert asks_for_stop(asked(ledger, stored, older=1))
    assert not still_asks(ledger, stored, asked(ledger, stored, older=1))
    assert still_asks(ledger, stored, asked(ledger, stored))


def test_a_token_is_not_the_beginning_of_another(ledger: Ledger, held: Recovery) -> None:
    """The question of claim 11 is not that of claim 1."""
    token = token_of(ledger, held)
    assert not still_asks(ledger, held, suspended_with(suspended(10 * token + 1)))


def test_a_plan_that_waits_is_another_form(ledger: Ledger, held: Recovery) -> None:
    """A form for a plan is filled with a decision, not with a stop."""
    plan = suspended_with("suspended-0123456789ab")
    assert not asks_for_stop(plan)
    assert not still_asks(ledger, held, plan)


def test_a_stop_said_elsewhere_wakes_the_run_with_its_own_form(
    shop: Runtime, ledger: Ledger, held: Recovery
) -> None:
    """The gateway resumes the run that asks, with an answer that its form takes and that says nothing new."""
    say(ledger, held)
    server = Server(asked(ledger, held))
    waker(shop, server.connect)("r_1")
    assert server.asked == [("/api/flow_runs/run-1/resume", {"run_input": HEARD})]
