"""Level 1: whether the set-up is still there, and whether one fault of it fails the calls."""

from dataclasses import replace

import pytest

from models.disposition.strategy import Judged
from models.enums import Action, Cause, Disposition, Severity
from models.platform import Config
from models.triage.checks.config import config
from models.triage.findings import Finding
from tests.unit.look_example import POLICY, judged, look, policy

SET_UP, DONE = Disposition.OPERATOR, Disposition.REACHED


def people(broken: int, of: int, *, flagged: int = 0, fixed: bool = False) -> list[Judged]:
    """Return dialled contacts of which some failed by a fault of set-up."""
    action = Action.REDIAL if fixed else Action.HOLD
    found = [judged(n, SET_UP, action, caller_flagged=n <= flagged) for n in range(1, broken + 1)]
    return found + [judged(n, DONE, Action.DROP) for n in range(broken + 1, of + 1)]


def told(
    people_: list[Judged], agent_exists: bool | None = True, number_exists: bool | None = True
) -> Finding:
    """Judge the set-up of a job."""
    return config(look(config=Config(agent_exists, number_exists)), people_, POLICY)


@pytest.mark.parametrize(
    ("exists", "said"),
    [
        ({"agent_exists": False}, "agent no longer exists"),
        ({"number_exists": False}, "phone number no longer exists"),
        ({"agent_exists": False, "number_exists": False}, "agent and phone number no longer exists"),
    ],
)
def test_a_missing_part_is_named(exists: dict[str, bool], said: str) -> None:
    """An agent or a number that was deleted is what has to be repaired, whatever the calls say."""
    found = told(people(0, 10), **exists)
    assert (found.severity, found.cause) == (Severity.FAIL, Cause.CONFIG)
    assert said in found.message


def test_what_a_platform_cannot_tell_is_not_missing() -> None:
    """Only a clear no is a fault; not knowing is not."""
    assert told([], agent_exists=None, number_exists=None).severity is Severity.OK


@pytest.mark.parametrize(
    ("broken", "of", "severity"),
    [
        (3, 10, Severity.FAIL),
        (2, 2, Severity.OK),
        (3, 11, Severity.OK),
        (10, 10, Severity.FAIL),
        (0, 0, Severity.OK),
    ],
)
def test_a_shared_fault_is_the_set_ups(broken: int, of: int, severity: Severity) -> None:
    """Three calls and three in ten of those dialled, failing by the set-up, are no accident."""
    assert told(people(broken, of)).severity is severity


def test_the_policy_says_what_is_too_many() -> None:
    """The share that counts is the policy's."""
    assert config(look(), people(3, 10), policy(shared_code=0.5)).severity is Severity.OK


def test_contacts_that_were_not_dialled_do_not_dilute() -> None:
    """The share is of the calls that were made."""
    never = [replace(judged(n), dialled=False) for n in range(50, 99)]
    assert told([*people(3, 10), *never]).severity is Severity.FAIL


@pytest.mark.parametrize(
    ("flagged", "cause"), [(10, Cause.CALLER_FLAGGED), (5, Cause.CALLER_FLAGGED), (4, Cause.CONFIG)]
)
def test_a_flagged_caller_is_told_from_other_faults(flagged: int, cause: Cause) -> None:
    """Where half of the faults are a flagged number, the remedy is redress and not another number."""
    found = told(people(10, 10, flagged=flagged))
    assert found.cause is cause
    assert ("not an answer" in found.message) is (cause is Cause.CALLER_FLAGGED)


def test_a_fault_that_a_person_has_repaired_accuses_nothing_any_more() -> None:
    """After --operator-fixed those it failed are redials, and the ladder goes on."""
    assert told(people(10, 10)).severity is Severity.FAIL
    assert told(people(10, 10, fixed=True)).severity is Severity.OK


def test_a_repair_does_not_bring_a_deleted_agent_back() -> None:
    """What is gone is gone, whatever a person says."""
    assert told(people(10, 10, fixed=True), agent_exists=False).severity is Severity.FAIL


def test_the_codes_are_kept_as_evidence() -> None:
    """The most frequent codes and the number of dialled contacts stand beside the sentence."""
    found = told(people(4, 10))
    assert found.evidence["operator_codes"] == {"sip:503": 4}
    assert found.evidence["dialled"] == 10
