"""A counter that a retry has set back vouches for nobody whose row shows an earlier call only."""

import pytest

from models.disposition.hidden import hidden_by_retry
from models.disposition.strategy import judge_contacts
from models.enums import Action, ContactStatus, Disposition
from models.platform import Call, Contact, Job
from tests.unit.look_example import OUTAGE, POLICY, call, evidence, job, look, row

FAILED = [row(n, ContactStatus.CANCELLED, OUTAGE, call_id=f"conv{n}") for n in range(1, 9)]
REACHED = [row(n, ContactStatus.REACHED, call_id=f"conv{n}") for n in range(9, 25)]
ROWS: list[Contact] = [*FAILED, *REACHED]
"""Of 24 people 8 had failed when the job was retried, and it was cancelled since."""
CALLS: list[Call] = [call(one, ContactStatus.NOT_REACHED, OUTAGE) for one in FAILED]


def counted(retries: int, dispatched: int) -> Job:
    """Return the job with its counters."""
    return job(total=24, retries=retries, dispatched=dispatched)


@pytest.mark.parametrize(
    ("retries", "dispatched", "hidden"),
    [
        pytest.param(0, 24, 0, id="never retried"),
        pytest.param(1, 16, 0, id="nobody was called again"),
        pytest.param(1, 19, 3, id="three were, and nothing shows who"),
        pytest.param(1, 24, 8, id="the counter stands where it stood"),
    ],
)
def test_what_a_retry_may_hide_is_counted(retries: int, dispatched: int, hidden: int) -> None:
    """Every dispatch above the rows that were certainly not queued again may be one that shows nothing."""
    assert hidden_by_retry(counted(retries, dispatched), ROWS, {}) == hidden


@pytest.mark.parametrize(("hidden", "kind"), [(0, Disposition.TRANSIENT), (3, Disposition.AMBIGUOUS)])
def test_whoever_may_have_been_called_again_is_kept_back(hidden: int, kind: Disposition) -> None:
    """A row that failed before the retry is redialled only where the counter vouches for it."""
    seen = look(ROWS, counted(1, 16 + hidden), hidden_by_retry=hidden)
    found = judge_contacts(seen, evidence(CALLS), POLICY)
    assert {one.disposition for one in found[:8]} == {kind}
    assert {one.action for one in found[:8]} == {Action.HOLD if hidden else Action.REDIAL}
    assert {one.disposition for one in found[8:]} == {Disposition.REACHED}
