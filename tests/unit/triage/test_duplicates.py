"""Check 3: a second run, a repeated delivery, a repeated number, each named by its layer."""

import pytest

from models.enums import Action, Cause, ContactStatus, Disposition, JobStatus, Severity
from models.triage.checks.duplicates import duplicates
from models.triage.findings import Finding
from models.triage.observation import Sibling
from tests.unit.look_example import job, judged, look, row

TEN = [row(n, ContactStatus.NOT_DIALED) for n in range(1, 11)]
FAIL, WARN, OK, UNSURE = Severity.FAIL, Severity.WARN, Severity.OK, Severity.UNKNOWN


def sibling(
    shared: int,
    dialled: int = 0,
    status: JobStatus = JobStatus.RUNNING,
    *,
    ours: bool = False,
    known: bool = True,
) -> Sibling:
    """Return another job with some of our people."""
    return Sibling(job(id="job-2", status=status), shared, dialled, ours, known)


def told(*siblings: Sibling, repeated: int = 0, **fields: object) -> Finding:
    """Judge ten rows of which some repeat a number."""
    people = [
        judged(n, Disposition.DUPLICATE, Action.DROP) if n <= repeated else judged(n) for n in range(1, 11)
    ]
    return duplicates(look(TEN, siblings=siblings, **fields), people)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("other", "severity", "cause"),
    [
        (sibling(10), FAIL, Cause.DUPLICATE_JOB),
        (sibling(5), FAIL, Cause.DUPLICATE_JOB),
        (sibling(4, 4), OK, Cause.NONE),
        (sibling(10, 3, JobStatus.FINISHED), FAIL, Cause.DUPLICATE_JOB),
        (sibling(10, 0, JobStatus.FINISHED), OK, Cause.NONE),
        (sibling(10, 0, JobStatus.UNKNOWN), FAIL, Cause.DUPLICATE_JOB),
        (sibling(10, 9, ours=True), OK, Cause.NONE),
        (sibling(10, 9, ours=True, known=False), FAIL, Cause.OTHER_LEDGER),
        (sibling(1, 0, ours=True, known=False), FAIL, Cause.OTHER_LEDGER),
    ],
)
def test_half_of_the_people_in_another_job_is_a_second_run(
    other: Sibling, severity: Severity, cause: Cause
) -> None:
    """A job of somebody else that shares half of our people and has called or may call is a second run."""
    found = told(other)
    assert (found.severity, found.cause) == (severity, cause)


def test_a_second_run_is_named() -> None:
    """The sentence says which job and how many people, so that a person can stop it."""
    found = told(sibling(7))
    assert found.message == "Job job-2 calls 7 of the same people: the job was started twice."
    assert found.evidence["second_runs"] == ["job-2"]


def test_a_wave_of_another_ledger_is_said() -> None:
    """Waves that another ledger sent are named; they are no second run of a stranger."""
    found = told(sibling(10, 9, ours=True, known=False))
    assert found.evidence["waves_of_another_ledger"] == ["job-2"]
    assert "does not know" in found.message


def test_a_repeated_delivery_is_the_dispatchers() -> None:
    """A contact with more than one call in one job was delivered twice."""
    found = told(repeated_calls=("c1", "c2"))
    assert (found.severity, found.cause) == (FAIL, Cause.DUPLICATE_DISPATCH)
    assert "2 contacts" in found.message


@pytest.mark.parametrize(("repeated", "severity"), [(0, OK), (1, FAIL), (5, FAIL)])
def test_repeated_rows_are_the_uploads(repeated: int, severity: Severity) -> None:
    """A twentieth of repeated rows is the trouble itself."""
    found = told(repeated=repeated)
    assert found.severity is severity
    assert found.cause is (Cause.DUPLICATE_UPLOAD if repeated else Cause.NONE)


def test_few_repeated_rows_are_only_said() -> None:
    """One repeated row in a hundred is a warning."""
    many = [row(n, ContactStatus.NOT_DIALED) for n in range(1, 101)]
    found = duplicates(look(many), [judged(1, Disposition.DUPLICATE, Action.DROP)])
    assert (found.severity, found.cause) == (WARN, Cause.DUPLICATE_UPLOAD)
    assert "1 row of the upload" in found.message


def test_the_worst_layer_is_named_first() -> None:
    """A second run goes before a repeated delivery, that before a repeated row."""
    every = told(sibling(10), repeated=3, repeated_calls=("c1",))
    assert every.cause is Cause.DUPLICATE_JOB
    assert told(repeated=3, repeated_calls=("c1",)).cause is Cause.DUPLICATE_DISPATCH
    assert every.evidence["repeated_rows"] == 3


def test_what_could_not_be_looked_at_is_said() -> None:
    """Nothing seen is no proof where not everything was looked at."""
    found = told(gaps=("this platform cannot list jobs",))
    assert (found.severity, found.cause) == (UNSURE, Cause.NONE)
    assert "cannot list jobs" in found.message
    assert told().severity is OK


def test_a_job_without_rows_has_no_second_run() -> None:
    """Sharing none of no people is no second run."""
    assert duplicates(look([], siblings=(sibling(0),)), []).severity is OK
