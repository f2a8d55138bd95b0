"""What a report says of each person: documented words, mapped words, and everything else held."""

import pytest

from models.enums import ContactStatus, Disposition
from models.handovers.contacts import NO_UPLOAD, UNCOUNTED, contacts_of
from models.handovers.reports import CONTRADICTED, MEANINGS, WORDS, merge, read_moment
from models.handovers.tables import Columns, find_columns
from tests.unit.handovers.examples import HEAD, PLAIN, at, line, report, told, upload
from tests.unit.look_example import phone

NOT_DIALED, IN_DOUBT, LIVE, REACHED, NOT_REACHED, CANCELLED, UNKNOWN = ContactStatus


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("completed", REACHED),
        ("Completed", REACHED),
        ("success", REACHED),
        ("failed", NOT_REACHED),
        ("In Progress", LIVE),
        ("initiated", IN_DOUBT),
        ("", UNKNOWN),
        ("No Answer", UNKNOWN),
        ("pending", UNKNOWN),
        ("not called", UNKNOWN),
        ("complete", UNKNOWN),
    ],
)
def test_only_documented_words_mean_anything_by_themselves(value: str, expected: ContactStatus) -> None:
    """A value that nobody has documented or mapped is unknown, however plain it looks."""
    (one,) = told(line(1, value)).values()
    assert (one.status, one.mapped) == (expected, expected is not UNKNOWN)


@pytest.mark.parametrize(
    ("word", "expected"),
    [("not_dialed", NOT_DIALED), ("in_flight", IN_DOUBT), ("reached", REACHED), ("later", NOT_REACHED)],
)
def test_a_mapped_value_means_what_the_settings_say(word: str, expected: ContactStatus) -> None:
    """The settings map a value whatever its case; an ended call's meaning is looked up as a reason."""
    (one,) = told(line(1, "NO ANSWER"), columns=Columns(values={"No answer": word})).values()
    assert one.status is expected
    codes = [(reason.system, reason.code) for reason in one.reasons]
    assert codes == ([("voqo.report", "noanswer")] if expected is NOT_REACHED else [])


@pytest.mark.parametrize("duration", ["7", "00:00:12", "3.5 s"])
@pytest.mark.parametrize("value", ["failed", "Not called"])
def test_a_row_with_a_duration_was_not_proved_undialled(value: str, duration: str) -> None:
    """Whoever was on the line for a while is held, whatever the row is called and mapped to."""
    (one,) = told(line(1, value, duration), columns=Columns(values={"Not called": "not_dialed"})).values()
    assert one.status is UNKNOWN


def test_the_text_of_an_error_is_a_reason_without_numbers() -> None:
    """A free text is looked up in the workspace's own table, and no number of a person stands in it."""
    (one,) = told(line(1, "failed", error=f"Carrier  REFUSED {phone(7)}")).values()
    assert [(r.system, r.code) for r in one.reasons] == [("voqo.error", "carrier refused [number]")]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (("completed", "failed"), REACHED),
        (("failed", "completed"), REACHED),
        (("failed", "initiated"), UNKNOWN),
        (("failed", "failed"), NOT_REACHED),
    ],
)
def test_several_rows_of_one_person(rows: tuple[str, str], expected: ContactStatus) -> None:
    """Of rows that disagree one that reached the person wins, and any other pair is unknown."""
    (one,) = told(*(line(1, value) for value in rows)).values()
    assert one.status is expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("initiated", "completed"), REACHED),
        (("failed", "completed"), REACHED),
        (("completed", "failed"), REACHED),
        (("completed", None), REACHED),
        (("failed", None), UNKNOWN),
        (("failed", "initiated"), UNKNOWN),
        (("initiated", "Queued"), UNKNOWN),
        (("failed", "Queued"), UNKNOWN),
        (("Queued", "failed"), NOT_REACHED),
        (("Queued", None), NOT_DIALED),
    ],
)
def test_later_reports_go_on_and_never_back(words: tuple[str, str | None], expected: ContactStatus) -> None:
    """A later report may go on with a person; one that takes back what was said leaves nobody sure of it."""
    queued = Columns(values={"Queued": "not_dialed"})
    reports = [told(line(1, one), columns=queued) if one else told(line(2, "failed")) for one in words]
    one = merge(reports)[phone(1)]
    assert one.status is expected
    assert (one.raw == CONTRADICTED) is (expected is UNKNOWN)


def test_a_status_is_as_old_as_the_first_report_that_has_it() -> None:
    """How long a row has stood still counts from the hand-over that was the first to show it so."""
    seen = merge([told(line(1, "initiated"), seconds=0), told(line(1, "initiated"), seconds=900)])
    assert seen[phone(1)].since == at(0)


@pytest.mark.parametrize(
    ("cell", "known"),
    [
        ("2030-01-01T12:00:00Z", True),
        ("2030-01-01T12:00:00+10:00", True),
        ("2030-01-01T12:00:00", False),
        ("01/02/2030 12:00", False),
        ("", False),
    ],
)
def test_a_time_without_a_zone_is_no_moment(cell: str, known: bool) -> None:
    """Only a time that says where it holds is a moment; nobody guesses a zone."""
    assert (read_moment(cell) is not None) is known


def test_a_column_that_two_names_fit_is_none() -> None:
    """Which of two columns tells the outcome is not guessed: no value is read until settings name one."""
    table = report((phone(1), "completed", "failed"), header=("phone", "Status", "Outcome"))
    found = find_columns(table, PLAIN)
    assert (found.cell(table.rows[0], "status"), found.doubtful["status"]) == ("", ("Status", "Outcome"))
    chosen = find_columns(table, Columns(report={"status": "outcome"}))
    assert chosen.cell(table.rows[0], "status") == "failed"


def test_every_row_of_the_upload_is_a_contact_with_its_variables() -> None:
    """Contacts are the upload's rows, in its order, each with the variables that the agent is told."""
    rows = tuple(contacts_of(upload(1, 2), told(line(1, "completed")), PLAIN, counted=True))
    assert [(one.id, one.phone, one.status) for one in rows] == [
        ("row-1", phone(1), REACHED),
        ("row-2", phone(2), NOT_DIALED),
    ]
    assert [one.payload for one in rows] == [{"name": "Contact 1"}, {"name": "Contact 2"}]
    assert {one.problem for one in rows} == {None}


def test_who_is_in_no_report_is_undialled_only_where_somebody_has_counted() -> None:
    """Without the dashboard's counter nobody knows whether a report is whole: such a contact is unknown."""
    (_, two) = contacts_of(upload(1, 2), told(line(1, "completed")), PLAIN, counted=False)
    assert (two.status, two.raw_status) == (UNKNOWN, UNCOUNTED)


def test_without_an_upload_nobody_is_redialled() -> None:
    """A report alone tells whom, and not what the agent is to say: that stands against every redial."""
    (one,) = contacts_of(None, told(line(1, "failed")), PLAIN, counted=True)
    assert (one.phone, one.problem) == (phone(1), NO_UPLOAD)


def test_a_value_may_mean_no_bad_number() -> None:
    """A value is mapped to a status or an ended call's meaning; bad rows are found by themselves."""
    assert set(WORDS) < MEANINGS
    assert not {Disposition.MALFORMED, Disposition.DUPLICATE} & MEANINGS
    assert HEAD[0] == report().header[0]
