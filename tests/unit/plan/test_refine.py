"""One contact, its call and its reasons brought to one disposition."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.disposition.actions import action_for
from models.disposition.refine import Settled, contact_disposition
from models.enums import Action, ContactStatus, Disposition
from models.platform import Call, Contact, Reason
from models.reasons.table import ReasonTable

TABLE = ReasonTable.packaged()
OUTAGE = Reason("sip", "503")
BUSY = Reason("sip", "486")
STRANGE = Reason("x", "y")
VAGUE = Reason("elevenlabs.recipient", "failed")


def contact(status: ContactStatus, *reasons: Reason, call_id: str | None = None) -> Contact:
    """Return a row of a job."""
    return Contact("c1", "+61491570156", status, str(status), call_id=call_id, reasons=reasons)


def call(
    status: ContactStatus, *reasons: Reason, answered: bool | None = False, seconds: int | None = None
) -> Call:
    """Return a call as its platform remembers it."""
    return Call("k1", status, str(status), answered, reasons=reasons, seconds=seconds)


def settle(
    row: Contact,
    spoken: Call | None = None,
    *,
    stuck: bool = True,
    over: bool = True,
    before: Contact | None = None,
) -> Settled:
    """Return what a row and its call mean by the packaged table."""
    return contact_disposition(row, spoken, TABLE, job_is_over=over, stuck=stuck, before=before)


NOT_DIALED, IN_DOUBT, LIVE, REACHED, NOT_REACHED, CANCELLED, UNKNOWN = ContactStatus


@pytest.mark.parametrize(
    ("row", "spoken", "stuck", "disposition"),
    [
        (contact(NOT_DIALED), None, True, Disposition.UNDELIVERED),
        (contact(NOT_DIALED), None, False, Disposition.UNDELIVERED),
        (contact(NOT_DIALED, call_id="k1"), None, True, Disposition.AMBIGUOUS),
        (contact(NOT_DIALED), call(LIVE), True, Disposition.IN_FLIGHT),
        (contact(NOT_DIALED), call(REACHED), True, Disposition.REACHED),
        (contact(IN_DOUBT), None, False, Disposition.IN_FLIGHT),
        (contact(IN_DOUBT), None, True, Disposition.AMBIGUOUS),
        (contact(IN_DOUBT, call_id="k1"), None, True, Disposition.AMBIGUOUS),
        (contact(IN_DOUBT), call(IN_DOUBT), True, Disposition.AMBIGUOUS),
        (contact(IN_DOUBT), call(LIVE), True, Disposition.IN_FLIGHT),
        (contact(IN_DOUBT), call(REACHED, answered=True), True, Disposition.REACHED),
        (contact(IN_DOUBT), call(NOT_REACHED, OUTAGE), True, Disposition.TRANSIENT),
        (contact(IN_DOUBT), call(NOT_REACHED), True, Disposition.UNKNOWN),
        (contact(LIVE), None, False, Disposition.IN_FLIGHT),
        (contact(LIVE), call(LIVE), True, Disposition.IN_FLIGHT),
        (contact(LIVE), call(NOT_REACHED, OUTAGE, answered=True), True, Disposition.REACHED),
        (contact(LIVE), call(NOT_REACHED, BUSY), True, Disposition.LATER),
        (contact(LIVE), None, True, Disposition.AMBIGUOUS),
        (contact(REACHED), None, False, Disposition.REACHED),
        (contact(NOT_REACHED), None, True, Disposition.UNKNOWN),
        (contact(NOT_REACHED, BUSY), None, True, Disposition.LATER),
        (contact(NOT_REACHED, VAGUE), call(NOT_REACHED, OUTAGE), True, Disposition.TRANSIENT),
        (contact(NOT_REACHED, VAGUE), call(NOT_REACHED), True, Disposition.AMBIGUOUS),
        (contact(NOT_REACHED), call(NOT_REACHED, OUTAGE, answered=True), True, Disposition.REACHED),
        (contact(NOT_REACHED), call(NOT_REACHED, OUTAGE, seconds=3), True, Disposition.REACHED),
        (contact(NOT_REACHED), call(NOT_REACHED, OUTAGE, seconds=0), True, Disposition.TRANSIENT),
        (contact(NOT_REACHED), call(NOT_REACHED, OUTAGE, answered=None), True, Disposition.TRANSIENT),
        (contact(NOT_REACHED, OUTAGE), call(LIVE), True, Disposition.IN_FLIGHT),
        (contact(NOT_REACHED, OUTAGE), call(IN_DOUBT), False, Disposition.IN_FLIGHT),
        (contact(UNKNOWN), None, True, Disposition.UNKNOWN),
        (contact(UNKNOWN, OUTAGE), None, True, Disposition.UNKNOWN),
        (contact(UNKNOWN), call(REACHED), True, Disposition.REACHED),
    ],
)
def test_a_row_means_what_is_proved(
    row: Contact, spoken: Call | None, stuck: bool, disposition: Disposition
) -> None:
    """Each status, with and without a call, has one meaning; what is not proved is held."""
    settled = settle(row, spoken, stuck=stuck)
    assert settled.disposition is disposition
    assert settled.why


@pytest.mark.parametrize(
    ("before", "disposition"),
    [
        (None, Disposition.AMBIGUOUS),
        (contact(NOT_DIALED), Disposition.UNDELIVERED),
        (contact(NOT_DIALED, call_id="k1"), Disposition.AMBIGUOUS),
        (contact(IN_DOUBT), Disposition.AMBIGUOUS),
        (contact(LIVE, call_id="k1"), Disposition.AMBIGUOUS),
        (contact(REACHED), Disposition.REACHED),
        (contact(NOT_REACHED, OUTAGE), Disposition.TRANSIENT),
        (contact(NOT_REACHED), Disposition.UNKNOWN),
        (contact(CANCELLED), Disposition.AMBIGUOUS),
        (contact(UNKNOWN), Disposition.AMBIGUOUS),
    ],
)
def test_a_cancelled_row_means_what_it_meant_before_the_cancel(
    before: Contact | None, disposition: Disposition
) -> None:
    """A cancel writes over every row: only an earlier snapshot proves that somebody was never dialled."""
    assert settle(contact(CANCELLED), before=before).disposition is disposition


@pytest.mark.parametrize(
    ("row", "spoken", "disposition"),
    [
        (contact(CANCELLED, call_id="k1"), None, Disposition.AMBIGUOUS),
        (contact(CANCELLED), call(REACHED, answered=True), Disposition.REACHED),
        (contact(CANCELLED), call(LIVE), Disposition.IN_FLIGHT),
        (contact(CANCELLED), call(NOT_REACHED, OUTAGE), Disposition.TRANSIENT),
        (contact(CANCELLED), call(NOT_REACHED), Disposition.AMBIGUOUS),
    ],
)
def test_a_call_made_since_the_snapshot_counts(
    row: Contact, spoken: Call | None, disposition: Disposition
) -> None:
    """What moved between the snapshot and the cancel is not taken for never dialled."""
    assert settle(row, spoken, before=contact(NOT_DIALED)).disposition is disposition


def test_a_platform_whose_cancel_says_never_dialled_is_believed() -> None:
    """Synthflow publishes that a cancelled task was never dialled; ElevenLabs does not."""
    never = contact(CANCELLED, Reason("synthflow.task", "canceled"))
    perhaps = contact(CANCELLED, Reason("elevenlabs.recipient", "cancelled"))
    assert settle(never).disposition is Disposition.UNDELIVERED
    assert settle(perhaps).disposition is Disposition.AMBIGUOUS


@pytest.mark.parametrize(
    ("reason", "answered", "disposition"),
    [
        (Reason("vapi", "pipeline-error-openai-401-unauthorized"), None, Disposition.REACHED),
        (Reason("twilio", "11200"), None, Disposition.AMBIGUOUS),
        (Reason("twilio", "11200"), False, Disposition.OPERATOR),
        (Reason("sip", "402"), None, Disposition.OPERATOR),
    ],
)
def test_a_repair_never_redials_somebody_who_picked_up(
    reason: Reason, answered: bool | None, disposition: Disposition
) -> None:
    """Operator faults are redialled after the repair, so the person must not have been on the line."""
    settled = settle(contact(NOT_REACHED, call_id="k1"), call(NOT_REACHED, reason, answered=answered))
    assert settled.disposition is disposition
    assert settled.ruling is not None
    assert settled.ruling.disposition is Disposition.OPERATOR
    assert settled.is_fault


def test_a_status_alone_does_not_redial_a_call_that_nobody_could_read() -> None:
    """A failed row whose call exists and could not be fetched is held."""
    failed = Reason("vapi.contact", "contact.failed")
    assert settle(contact(NOT_REACHED, failed)).disposition is Disposition.TRANSIENT
    assert settle(contact(NOT_REACHED, failed, call_id="k1")).disposition is Disposition.AMBIGUOUS


def test_a_reason_that_still_rings_in_a_stuck_row_is_held() -> None:
    """A row that is over and says ringing for ever is not waited for."""
    row = contact(NOT_REACHED, Reason("twilio.call", "ringing"))
    assert settle(row, stuck=False).disposition is Disposition.IN_FLIGHT
    assert settle(row, stuck=True).disposition is Disposition.AMBIGUOUS


@pytest.mark.parametrize(
    ("row", "spoken", "is_fault"),
    [
        (contact(NOT_REACHED, OUTAGE), None, True),
        (contact(NOT_REACHED, Reason("sip", "402")), None, True),
        (contact(NOT_REACHED, Reason("retell", "error_asr")), None, True),
        (contact(NOT_REACHED, BUSY), None, False),
        (contact(NOT_REACHED, Reason("retell", "voicemail_reached")), None, False),
        (contact(REACHED), None, False),
        (contact(NOT_REACHED), None, False),
    ],
)
def test_a_fault_is_told_also_where_the_person_was_reached(
    row: Contact, spoken: Call | None, is_fault: bool
) -> None:
    """The sample's verdict sees a provider that breaks calls in the middle; busy and voicemail are none."""
    assert settle(row, spoken).is_fault is is_fault


def test_the_ruling_behind_a_decision_is_kept() -> None:
    """The plan can name the code it decided on."""
    settled = settle(contact(NOT_REACHED), call(NOT_REACHED, OUTAGE))
    assert settled.ruling is not None
    assert (settled.ruling.system, settled.ruling.code) == ("sip", "503")
    assert settled.why == settled.ruling.why


statuses = st.sampled_from(ContactStatus)
some_reasons = st.lists(
    st.sampled_from(
        [
            OUTAGE,
            BUSY,
            VAGUE,
            Reason("q850", "16"),
            Reason("sip", "607"),
            Reason("sip", "603"),
            Reason("x", "y"),
        ]
    ),
    max_size=3,
)
rows = st.builds(
    lambda status, reasons, call_id: contact(status, *reasons, call_id=call_id),
    statuses,
    some_reasons,
    st.sampled_from([None, "k1"]),
)
calls = st.builds(
    lambda status, reasons, answered, seconds: call(status, *reasons, answered=answered, seconds=seconds),
    statuses,
    some_reasons,
    st.sampled_from([None, False, True]),
    st.sampled_from([None, 0, 12]),
)


@given(rows, calls, st.booleans(), st.booleans(), st.none() | rows)
def test_nobody_who_was_on_the_line_is_redialled(
    row: Contact, spoken: Call, stuck: bool, over: bool, before: Contact | None
) -> None:
    """Whatever the row says: an answered, live or counted call is never redialled."""
    settled = settle(row, spoken, stuck=stuck, over=over, before=before)
    if spoken.answered or spoken.seconds or spoken.status in {LIVE, REACHED} or row.status is REACHED:
        assert action_for(settled.disposition, redial_later=True) is not Action.REDIAL


@given(rows, st.none() | calls, st.booleans(), st.booleans())
def test_a_row_that_names_a_call_is_never_called_undelivered(
    row: Contact, spoken: Call | None, stuck: bool, over: bool
) -> None:
    """Undelivered means never dialled: a call, or only its id, disproves it."""
    if row.call_id or spoken:
        assert settle(row, spoken, stuck=stuck, over=over).disposition is not Disposition.UNDELIVERED


def test_a_redial_rests_on_a_row_never_dialled_or_on_a_known_reason() -> None:
    """Over every status of row and call without reasons, only rows never dialled are redialled."""
    for row_status, call_status in product(ContactStatus, [None, *ContactStatus]):
        spoken = call(call_status) if call_status else None
        settled = settle(contact(row_status), spoken)
        if action_for(settled.disposition, redial_later=True) is Action.REDIAL:
            assert (row_status, call_status) == (NOT_DIALED, None)
