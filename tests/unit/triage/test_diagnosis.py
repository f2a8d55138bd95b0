"""From findings to a diagnosis: what would hurt most is weighed first."""

from collections.abc import Sequence

import pytest

from models.disposition.strategy import Judged
from models.enums import Action, Cause, Check, Disposition, Path, Severity, Symptom
from models.triage.diagnosis import ADVICE, Diagnosis, diagnose
from models.triage.findings import Finding
from tests.unit.look_example import judged

FAIL, WARN, OK, UNSURE = Severity.FAIL, Severity.WARN, Severity.OK, Severity.UNKNOWN
REDIAL = judged(1)
HELD = judged(2, Disposition.UNKNOWN, Action.HOLD)
WAITING = judged(3, Disposition.IN_FLIGHT, Action.WAIT)
DROPPED = judged(4, Disposition.REACHED, Action.DROP)

Seen = dict[Check, tuple[Severity, Cause]]


def told(seen: Seen, people: Sequence[Judged] = (REDIAL,)) -> Diagnosis:
    """Diagnose a job in which every check not named here is content."""
    found = [
        Finding(check, *seen.get(check, (OK, Cause.NONE)), message=f"{check.value} says so")
        for check in Check
    ]
    return diagnose(found, people)


STALL: Seen = {Check.HEALTH: (FAIL, Cause.PERMITS)}
SHORT: Seen = {Check.HEALTH: (FAIL, Cause.FELL_SHORT)}


@pytest.mark.parametrize(
    ("seen", "symptom", "cause", "path"),
    [
        ({}, Symptom.NONE, Cause.NONE, Path.NOTHING),
        ({Check.HEALTH: (OK, Cause.ALREADY_FINISHED)}, Symptom.NONE, Cause.ALREADY_FINISHED, Path.NOTHING),
        ({Check.HEALTH: (OK, Cause.CALLING_WINDOW)}, Symptom.NONE, Cause.CALLING_WINDOW, Path.NOTHING),
        (STALL, Symptom.STUCK, Cause.PERMITS, Path.RECOVER),
        ({Check.HEALTH: (FAIL, Cause.DEAD_DISPATCHER)}, Symptom.STUCK, Cause.DEAD_DISPATCHER, Path.RECOVER),
        (SHORT, Symptom.FELL_SHORT, Cause.FELL_SHORT, Path.RECOVER),
        ({Check.HEALTH: (WARN, Cause.UNKNOWN)}, Symptom.STUCK, Cause.UNKNOWN, Path.HOLD),
        (STALL | {Check.CONTACTS: (UNSURE, Cause.UNKNOWN)}, Symptom.STUCK, Cause.UNKNOWN, Path.HOLD),
        ({Check.CONTACTS: (UNSURE, Cause.UNKNOWN)}, Symptom.STUCK, Cause.UNKNOWN, Path.HOLD),
        (STALL | {Check.CONTACTS: (WARN, Cause.NONE)}, Symptom.STUCK, Cause.PERMITS, Path.RECOVER),
        (STALL | {Check.CONFIG: (FAIL, Cause.CONFIG)}, Symptom.SEGMENT_FAILS, Cause.CONFIG, Path.HOLD),
        (
            SHORT | {Check.CONFIG: (FAIL, Cause.CALLER_FLAGGED)},
            Symptom.SEGMENT_FAILS,
            Cause.CALLER_FLAGGED,
            Path.HOLD,
        ),
        (
            {Check.HEALTH: (OK, Cause.CALLING_WINDOW), Check.CONFIG: (FAIL, Cause.CONFIG)},
            Symptom.NONE,
            Cause.CALLING_WINDOW,
            Path.NOTHING,
        ),
        (
            STALL | {Check.DUPLICATES: (FAIL, Cause.DUPLICATE_JOB)},
            Symptom.DUPLICATES,
            Cause.DUPLICATE_JOB,
            Path.ESCALATE,
        ),
        (
            {Check.DUPLICATES: (FAIL, Cause.DUPLICATE_DISPATCH)},
            Symptom.DUPLICATES,
            Cause.DUPLICATE_DISPATCH,
            Path.ESCALATE,
        ),
        (
            STALL | {Check.DUPLICATES: (FAIL, Cause.DUPLICATE_JOB), Check.CONFIG: (FAIL, Cause.CONFIG)},
            Symptom.DUPLICATES,
            Cause.DUPLICATE_JOB,
            Path.ESCALATE,
        ),
        (
            SHORT | {Check.DUPLICATES: (FAIL, Cause.DUPLICATE_UPLOAD)},
            Symptom.FELL_SHORT,
            Cause.DUPLICATE_UPLOAD,
            Path.RECOVER,
        ),
        (
            SHORT | {Check.DUPLICATES: (WARN, Cause.DUPLICATE_UPLOAD)},
            Symptom.FELL_SHORT,
            Cause.FELL_SHORT,
            Path.RECOVER,
        ),
        ({Check.PERMITS: (FAIL, Cause.PROVIDER)}, Symptom.SEGMENT_FAILS, Cause.PROVIDER, Path.HOLD),
        (
            STALL | {Check.PERMITS: (FAIL, Cause.PROVIDER)},
            Symptom.SEGMENT_FAILS,
            Cause.PROVIDER,
            Path.RECOVER,
        ),
        (
            {Check.HEALTH: (OK, Cause.ALREADY_FINISHED), Check.PERMITS: (FAIL, Cause.PROVIDER)},
            Symptom.NONE,
            Cause.ALREADY_FINISHED,
            Path.NOTHING,
        ),
        (
            SHORT | {Check.STRATEGY: (FAIL, Cause.INVALID_NUMBERS)},
            Symptom.SEGMENT_FAILS,
            Cause.INVALID_NUMBERS,
            Path.RECOVER,
        ),
        (
            STALL | {Check.STRATEGY: (FAIL, Cause.INVALID_NUMBERS)},
            Symptom.STUCK,
            Cause.PERMITS,
            Path.RECOVER,
        ),
        (
            STALL | {Check.PERMITS: (FAIL, Cause.PERMITS)},
            Symptom.STUCK,
            Cause.PERMITS,
            Path.RECOVER,
        ),
    ],
)
def test_findings_make_one_diagnosis(seen: Seen, symptom: Symptom, cause: Cause, path: Path) -> None:
    """Symptom, cause and path follow from the findings, duplicates first, then set-up, then health."""
    found = told(seen)
    assert (found.symptom, found.cause, found.path) == (symptom, cause, path)
    assert found.message
    assert found.next_action


@pytest.mark.parametrize(
    ("people", "seen", "expected", "said"),
    [
        ((REDIAL, HELD), STALL, (Path.RECOVER, Cause.PERMITS, Symptom.STUCK), "Redial 1 contact"),
        (
            (HELD, WAITING, DROPPED),
            STALL,
            (Path.HOLD, Cause.PERMITS, Symptom.STUCK),
            "decides about 2 contacts",
        ),
        ((DROPPED,), STALL, (Path.NOTHING, Cause.PERMITS, Symptom.STUCK), "nobody of this job"),
        ((DROPPED,), SHORT, (Path.NOTHING, Cause.ALREADY_FINISHED, Symptom.NONE), "nobody of this job"),
        ((), SHORT, (Path.NOTHING, Cause.ALREADY_FINISHED, Symptom.NONE), "nobody of this job"),
    ],
)
def test_the_path_follows_from_who_is_left(
    people: Sequence[Judged], seen: Seen, expected: tuple[Path, Cause, Symptom], said: str
) -> None:
    """A job recovers only where somebody may be redialled, and is held where only doubt is left."""
    found = told(seen, people)
    assert (found.path, found.cause, found.symptom) == expected
    assert said in found.next_action


@pytest.mark.parametrize("check", [Check.DUPLICATES, Check.CONFIG, Check.HEALTH])
def test_the_words_are_those_of_the_check_that_decided(check: Check) -> None:
    """A reader sees why: the sentence comes from the finding that settled the matter."""
    causes = {
        Check.DUPLICATES: (FAIL, Cause.DUPLICATE_JOB),
        Check.CONFIG: (FAIL, Cause.CONFIG),
        Check.HEALTH: (FAIL, Cause.PERMITS),
    }
    assert told({check: causes[check]}).message == f"{check.value} says so"


@pytest.mark.parametrize("cause", list(ADVICE))
def test_advice_is_a_sentence(cause: Cause) -> None:
    """Whatever is advised reads as one plain line."""
    assert ADVICE[cause].endswith(".")
    assert "\n" not in ADVICE[cause]


def test_a_diagnosis_survives_the_ledger() -> None:
    """What is written as JSON is read back as it was."""
    found = told(STALL)
    assert Diagnosis.from_json(found.as_json()) == found
