"""What is not taken: another job's files, reports of before, counters that run backwards."""

import pytest

from models.enums import JobStatus
from models.handovers.refusals import counted_back, foreign_report, foreign_upload, older_report
from models.handovers.voqo import status_of
from tests.unit.handovers.examples import HEAD, PLAIN, line, report, told, upload
from tests.unit.look_example import phone

EARLY, LATE = "2030-01-01T10:00:00Z", "2030-01-01T11:00:00Z"


def test_a_report_of_strangers_is_not_this_jobs() -> None:
    """One person in a report who is not in the upload, and it is another job's; numbers are not shown."""
    said = told(line(1, "failed"), line(7, "failed"))
    words = foreign_report(report(), said, upload(1, 2), "job_1", PLAIN)
    assert words is not None
    assert "names 1 contact of 2 that are not in the upload" in words
    assert phone(7) not in words


def test_a_report_of_some_of_the_people_is() -> None:
    """A report may list fewer people than the upload: the rest was not called yet."""
    assert foreign_report(report(), told(line(1, "failed")), upload(1, 2), "job_1", PLAIN) is None
    assert foreign_report(report(), told(line(1, "failed")), None, "job_1", PLAIN) is None


@pytest.mark.parametrize(
    ("named", "is_other"), [("job_2", True), ("job_1", False), ("JOB-1", False), ("", False)]
)
def test_a_report_that_names_another_job_is_that_ones(named: str, is_other: bool) -> None:
    """A column with the job's id is believed, however the id is written."""
    table = report((*line(1, "failed"), named), header=(*HEAD, "Job ID"))
    assert (foreign_report(table, {}, None, "job_1", PLAIN) is not None) is is_other


def test_an_upload_that_lacks_reported_people_is_another_jobs() -> None:
    """Whoever was reported was uploaded: an upload without them is another one."""
    assert foreign_upload(upload(1, 2), None, told(line(1, "failed")), PLAIN) is None
    words = foreign_upload(upload(2, 3), None, told(line(1, "failed")), PLAIN)
    assert words is not None
    assert "--correct" in words


def test_a_job_has_one_upload() -> None:
    """The same upload may come again; another one is refused, for its rows are other people."""
    assert foreign_upload(upload(1, 2), upload(1, 2), {}, PLAIN) is None
    assert foreign_upload(upload(1, 3), upload(1, 2), {}, PLAIN) is not None


@pytest.mark.parametrize(
    ("before", "now", "is_older"),
    [
        ([line(1, "failed"), line(2, "failed")], [line(1, "failed")], True),
        ([line(1, "failed")], [line(1, "initiated")], True),
        ([line(1, "failed", ended=LATE)], [line(1, "failed", ended=EARLY)], True),
        ([line(1, "failed")], [line(1, "failed")], False),
        ([line(1, "failed")], [line(1, "failed"), line(2, "failed")], False),
        ([line(1, "failed", ended=EARLY)], [line(1, "failed", ended=LATE)], False),
        ([line(1, "failed")], [line(2, "failed")], False),
        ([], [line(1, "failed")], False),
    ],
)
def test_a_report_of_before_is_refused(
    before: list[tuple[str, ...]], now: list[tuple[str, ...]], is_older: bool
) -> None:
    """A report that only takes back, or that ends earlier, is older; one that goes on too is kept."""
    assert (older_report(report(), told(*now), told(*before)) is not None) is is_older


@pytest.mark.parametrize(
    ("count", "before", "is_back"),
    [
        (3, [5], True),
        (3, [2, 5, None], True),
        (5, [5], False),
        (6, [5], False),
        (3, [], False),
        (None, [5], False),
    ],
)
def test_a_counter_never_runs_backwards(count: int | None, before: list[int | None], is_back: bool) -> None:
    """Fewer contacts processed than before is a slip of the pen, then or now: it is not kept unsaid."""
    assert (counted_back(count, before) is not None) is is_back


@pytest.mark.parametrize(
    ("word", "status"),
    [
        ("Running", JobStatus.RUNNING),
        ("FAILED/ERROR", JobStatus.FAILED),
        ("error", JobStatus.FAILED),
        ("Pending", JobStatus.SCHEDULED),
        ("Runing", JobStatus.UNKNOWN),
        ("", JobStatus.UNKNOWN),
        ("Stopped", JobStatus.UNKNOWN),
    ],
)
def test_a_status_word_is_documented_or_unknown(word: str, status: JobStatus) -> None:
    """The dashboard's words are read whatever their case; any other holds the job."""
    assert status_of(word) is status
