"""What the reason tables promise: every published reason has one meaning, and an unknown one holds."""

import csv
from collections import Counter
from pathlib import Path
from typing import get_args

import pytest
from elevenlabs import types
from hypothesis import given
from hypothesis import strategies as st

import models
from models.disposition.actions import action_for
from models.enums import Action, Disposition
from models.platform import Reason
from models.reasons.ruling import Ruling
from models.reasons.table import (
    Override,
    ReasonTable,
    is_auth_or_balance,
    is_caller_flagged,
    is_invalid_number,
    is_mid_call_fault,
)
from tasks.platforms.cartesia.wire import ANSWERED
from tasks.platforms.elevenlabs.campaigns.wire import BY_CALLS, LEAD
from tasks.platforms.vogent.wire import STATUS

TABLE = ReasonTable.packaged()
FILE = Path(models.__file__).parent / "data" / "reasons.csv"
ROWS = list(csv.DictReader(FILE.read_text(encoding="utf-8").splitlines()))
KEYS = {(row["system"], row["code"].lower()) for row in ROWS}

PUBLISHED = {
    "sip": 80,  # 76 of LiveKit's enum, 300-399, 580, 603+ and 429+
    "q850": 46,
    "twilio": 435,  # 431 of the dictionary, 4 newer ones
    "twilio.call": 9,
    "amd": 7,
    "livekit.disconnect": 17,
    "plivo": 15,
    "vapi": 604,
    "vapi.contact": 6,
    "retell": 41,
    "vogent.dial": 8,
    "vogent.result": 12,
    "cartesia.end": 10,
    "cartesia.predial": 1,
    "elevenlabs.recipient": 9,
    "elevenlabs.conversation": 5,
    "elevenlabs.initiation_failure": 3,
    "elevenlabs.lead": 11,
    "elevenlabs.http": 5,
    "bolna": 15,
    "synthflow.task": 5,
    "ultravox": 1,
    "telnyx": 4,
    "telnyx.http": 2,
    "call_result": 5,
    "elevenlabs.error": 4,  # quota, model, transport and the codes of its connection
    "elevenlabs.error_type": 23,
    "carrier.text": 2,  # what a text says whatever its code
}


def rule(*reasons: tuple[str, ...]) -> Ruling:
    """Return what some (system, code, text) mean together."""
    return TABLE.rule([Reason(*reason) for reason in reasons])


def test_the_table_holds_every_published_row() -> None:
    """No published reason got lost on the way into the table."""
    assert Counter(row["system"] for row in ROWS) == PUBLISHED


def test_every_row_is_valid() -> None:
    """Each row uses the project's words and says why and from where."""
    for row in ROWS:
        assert row["disposition"] in set(Disposition), row
        assert row["reached"] in {"no", "maybe", "yes"}, row
        assert all(row[column].strip() == row[column] != "" for column in row), row
        assert row["system"] == row["system"].lower(), row


def test_every_row_is_the_only_one_of_its_code() -> None:
    """A code has one meaning: system and code name one row, whatever the case."""
    assert len(KEYS) == len(ROWS)


def test_no_row_redials_somebody_who_may_have_been_reached() -> None:
    """A row that redials proves that nobody took the call; a row that says reached says so twice."""
    for row in ROWS:
        disposition = Disposition(row["disposition"])
        if action_for(disposition, redial_later=True) is Action.REDIAL:
            assert row["reached"] == "no", row
        if disposition is Disposition.REACHED:
            assert row["reached"] == "yes", row


def test_every_packaged_row_is_found_under_its_own_code() -> None:
    """A platform's code finds its row."""
    for row in ROWS:
        ruling = TABLE.rule([Reason(row["system"], row["code"])])
        assert ruling.known
        assert (ruling.system, ruling.code) == (row["system"], row["code"])
        assert ruling.disposition == row["disposition"]


@pytest.mark.parametrize(
    ("system", "code", "disposition"),
    [
        ("sip", "486", Disposition.LATER),
        ("sip", "600", Disposition.LATER),
        ("sip", "480", Disposition.LATER),
        ("sip", "487", Disposition.LATER),
        ("sip", "603", Disposition.DECLINED),
        ("sip", "603+", Disposition.OPERATOR),
        ("sip", "607", Disposition.DO_NOT_CONTACT),
        ("sip", "608", Disposition.OPERATOR),
        ("sip", "503", Disposition.TRANSIENT),
        ("sip", "429", Disposition.OPERATOR),
        ("sip", "200", Disposition.REACHED),
        ("sip", "180", Disposition.IN_FLIGHT),
        ("sip", "404", Disposition.PERMANENT),
        ("sip", "491", Disposition.AMBIGUOUS),
        ("q850", "26", Disposition.AMBIGUOUS),
        ("q850", "38", Disposition.TRANSIENT),
        ("twilio", "32017", Disposition.OPERATOR),
        ("twilio", "20429", Disposition.TRANSIENT),
        ("twilio", "20500", Disposition.AMBIGUOUS),
        ("twilio", "11205", Disposition.AMBIGUOUS),
        ("twilio", "32014", Disposition.REACHED),
        ("twilio.call", "queued", Disposition.IN_FLIGHT),
        ("twilio.call", "canceled", Disposition.AMBIGUOUS),
        ("amd", "machine_start", Disposition.REACHED),
        ("vapi", "pipeline-error-openai-voice-failed", Disposition.REACHED),
        ("vapi", "call.start.error-subscription-concurrency-limit-reached", Disposition.TRANSIENT),
        ("vapi", "call.in-progress.error-vapifault-transport-never-connected", Disposition.AMBIGUOUS),
        ("vapi", "worker-shutdown", Disposition.AMBIGUOUS),
        ("vapi.contact", "contact.skipped", Disposition.UNKNOWN),
        ("retell", "error_asr", Disposition.REACHED),
        ("retell", "error_retell", Disposition.AMBIGUOUS),
        ("retell", "user_declined", Disposition.DECLINED),
        ("vogent.result", "RATE_LIMITED", Disposition.TRANSIENT),
        ("elevenlabs.recipient", "cancelled", Disposition.AMBIGUOUS),
        ("elevenlabs.initiation_failure", "unknown", Disposition.UNKNOWN),
        ("synthflow.task", "canceled", Disposition.UNDELIVERED),
        ("ultravox", "EXPIRED", Disposition.UNDELIVERED),
        ("livekit.disconnect", "7", Disposition.AMBIGUOUS),
    ],
)
def test_a_reason_means_what_its_published_text_proves(
    system: str, code: str, disposition: Disposition
) -> None:
    """The rows where a wrong meaning would call somebody twice or lose somebody."""
    assert rule((system, code)).disposition is disposition


@pytest.mark.parametrize(
    ("system", "code"), [("sip", "300"), ("sip", "307"), ("sip", "399"), ("telnyx", "D10"), ("telnyx", "d17")]
)
def test_a_range_row_covers_its_codes(system: str, code: str) -> None:
    """A row such as 300-399 speaks for every code in it, ends included, and keeps the code."""
    ruling = rule((system, code))
    assert ruling.known
    assert ruling.code.lower() == code.lower()


@pytest.mark.parametrize(
    ("system", "code"), [("sip", "199.5"), ("telnyx", "D20"), ("telnyx", "12"), ("sip", "4")]
)
def test_a_range_row_covers_nothing_else(system: str, code: str) -> None:
    """A code beside a range, or without its letter, is unknown."""
    assert not rule((system, code)).known


def test_no_reason_at_all_holds() -> None:
    """A failure that tells nothing is held."""
    ruling = rule()
    assert ruling.disposition is Disposition.UNKNOWN
    assert not ruling.known


plain = st.text("abcdefghijklmnopqrstuvwxyz-", min_size=1).filter(
    lambda text: "overload" not in text and "rate" not in text
)
no_pattern = st.tuples(st.sampled_from(["sip", "telnyx", "vapi"]), plain)
elsewhere = st.sampled_from(sorted(set(PUBLISHED) - {"sip", "telnyx", "vapi"})) | st.text()


@given(
    st.tuples(st.sampled_from(["sip", "telnyx", "vapi"]), plain) | st.tuples(elsewhere, st.text()),
    st.booleans(),
)
def test_an_unknown_reason_is_held(reason: tuple[str, str], redial_later: bool) -> None:
    """Whatever a platform invents: a reason outside the tables is never redialled and never dropped."""
    system, code = reason
    if (system.strip().lower(), code.strip().lower()) in KEYS:
        return
    ruling = rule((system, code))
    assert not ruling.known
    assert action_for(ruling.disposition, redial_later=redial_later) is Action.HOLD


def test_an_unknown_reason_never_repeats_a_phone_number() -> None:
    """A number inside a platform's free text does not reach a ruling."""
    ruling = rule(("elevenlabs.termination", "no route to +61 491 570 156 today"))
    assert "570" not in ruling.code
    assert "no route to" in ruling.code


@pytest.mark.parametrize(
    ("code", "disposition", "reached"),
    [
        ("pipeline-error-newvoice-500-server-error", Disposition.REACHED, "yes"),
        ("call.in-progress.error-providerfault-newvoice-overloaded", Disposition.REACHED, "yes"),
        ("pipeline-error-newvoice-429-rate-limit-reached", Disposition.REACHED, "yes"),
        ("pipeline-error-newvoice-401-unauthorized", Disposition.OPERATOR, "yes"),
        ("call.start.error-vapifault-500-server-error", Disposition.TRANSIENT, "no"),
        ("call.start.error-newcarrier-rate-limit-reached", Disposition.TRANSIENT, "no"),
        ("call.start.error-newcarrier-403-forbidden", Disposition.OPERATOR, "no"),
        ("newvoice-503-server-overloaded", Disposition.AMBIGUOUS, "maybe"),
        ("newvoice-404-not-found", Disposition.OPERATOR, "maybe"),
        ("call.in-progress.error-providerfault-outbound-sip-486-busy-here", Disposition.LATER, "no"),
        ("call.in-progress.error-providerfault-outbound-sip-502-bad-gateway", Disposition.TRANSIENT, "no"),
    ],
)
def test_a_newer_vapi_reason_follows_its_pattern(code: str, disposition: Disposition, reached: str) -> None:
    """The enum grows: a name's stage and status decide, and a redial needs proof that nobody was there."""
    ruling = rule(("vapi", code))
    assert (ruling.disposition, ruling.reached, ruling.known) == (disposition, reached, True)


@pytest.mark.parametrize(
    "code", ["something-new", "call.in-progress.error-new", "x-outbound-sip-499-odd", "sip-5000"]
)
def test_a_vapi_reason_without_a_pattern_is_unknown(code: str) -> None:
    """No pattern, no guess."""
    assert not rule(("vapi", code)).known


@pytest.mark.parametrize(
    ("system", "code", "kinds"),
    [
        ("sip", "608", {"flagged"}),
        ("twilio", "32017", {"flagged"}),
        ("retell", "marked_as_spam", {"flagged"}),
        ("sip", "402", {"auth"}),
        ("twilio", "20003", {"auth"}),
        ("telnyx", "D19", {"auth"}),
        ("elevenlabs.http", "quota_exceeded", {"auth"}),
        ("vapi", "call.start.error-subscription-insufficient-credits", {"auth"}),
        ("vapi", "pipeline-error-openai-401-unauthorized", {"auth", "mid-call"}),
        ("vapi", "pipeline-error-newvoice-429-exceeded-quota", {"auth", "mid-call"}),
        ("sip", "404", {"number"}),
        ("q850", "28", {"number"}),
        ("twilio", "21211", {"number"}),
        ("retell", "invalid_destination", {"number"}),
        ("retell", "error_asr", {"mid-call"}),
        ("vapi", "pipeline-error-openai-voice-failed", {"mid-call"}),
        ("vapi", "call.in-progress.error-sip-outbound-call-failed-to-connect", set()),
        ("sip", "603", set()),
        ("sip", "503", set()),
        ("vapi", "customer-ended-call", set()),
    ],
)
def test_the_kinds_of_a_reason(system: str, code: str, kinds: set[str]) -> None:
    """The gates of the verdict and the diagnosis ask these questions; each has one answer a code."""
    ruling = rule((system, code))
    found = {
        "flagged": is_caller_flagged(ruling),
        "auth": is_auth_or_balance(ruling),
        "number": is_invalid_number(ruling),
        "mid-call": is_mid_call_fault(ruling),
    }
    assert {kind for kind, is_so in found.items() if is_so} == kinds


def test_every_invalid_number_is_permanent() -> None:
    """No row that blames the number asks for a redial or a repair of the set-up."""
    invalid = [row for row in ROWS if is_invalid_number(rule((row["system"], row["code"])))]
    assert {row["disposition"] for row in invalid} == {"permanent"}


def test_every_account_fault_is_for_the_operator() -> None:
    """What the credentials or the money caused waits for a person."""
    found = [row for row in ROWS if is_auth_or_balance(rule((row["system"], row["code"])))]
    assert {row["disposition"] for row in found} == {"operator"}


SDKS = list(csv.DictReader((Path(__file__).parent / "sdk_reasons.csv").read_text("utf-8").splitlines()))
"""The reasons that the vendors' SDKs name, read in the wheel that each line tells; or their pages."""


@pytest.mark.parametrize("system", ["vapi", "retell"])
def test_the_table_knows_every_reason_of_the_vendors_sdk(system: str) -> None:
    """A reason that an SDK names has a row of its own, so that nothing new is left to a guess."""
    named = {row["code"].lower() for row in SDKS if row["system"] == system}
    assert len(named) > 30
    assert named <= {code for known, code in KEYS if known == system}


@pytest.mark.parametrize(
    ("system", "count"), [("vogent.dial", 8), ("vogent.result", 12), ("cartesia.end", 10)]
)
def test_the_table_knows_every_word_of_the_vendors_pages(system: str, count: int) -> None:
    """Where no SDK names the words, the enums of the reference do, and the table has just these."""
    named = {row["code"].lower() for row in SDKS if row["system"] == system}
    assert len(named) == count
    assert named == {code for known, code in KEYS if known == system}


def test_the_adapters_know_every_word_that_the_pages_list() -> None:
    """A word of the pages that an adapter does not know would hold people for nothing."""
    assert {code.lower() for code in STATUS} == {code for known, code in KEYS if known == "vogent.dial"}
    silent = {"api_cancelled", "client_disconnected", "error"}
    assert ANSWERED.keys() | silent == {code for known, code in KEYS if known == "cartesia.end"}


@pytest.mark.parametrize(
    ("system", "enum"),
    [
        ("call_result", types.CallResult),
        ("elevenlabs.recipient", types.BatchCallRecipientStatus),
        ("elevenlabs.conversation", types.GetConversationResponseModelStatus),
        (LEAD, types.TerminalDisposition),
        ("elevenlabs.error_type", types.ConversationErrorType),
        ("elevenlabs.error_type", types.ResponseConversationErrorType),
    ],
)
def test_the_table_knows_every_word_of_the_installed_sdk(system: str, enum: object) -> None:
    """The enums of the installed SDK are compared, so that an upgrade that adds a word is noticed."""
    words = {word for part in get_args(enum) for word in get_args(part)}
    assert words
    # Some ends of a lead say nothing of the person: its calls tell.
    words -= BY_CALLS if system == LEAD else set()
    assert words <= {code for known, code in KEYS if known == system}


@pytest.mark.parametrize(
    ("code", "disposition"),
    [
        ("user_requested_dnc", Disposition.DO_NOT_CONTACT),
        ("user_requested_callback", Disposition.AMBIGUOUS),
        ("credit_exhausted", Disposition.OPERATOR),
        ("budget_reached", Disposition.OPERATOR),
        ("network_blocked", Disposition.OPERATOR),
    ],
)
def test_the_newer_reasons_of_retell_never_redial(code: str, disposition: Disposition) -> None:
    """An opt-out suppresses, a callback waits for a person, money and a blocked caller id for a repair."""
    ruling = rule(("retell", code))
    assert ruling.disposition is disposition
    assert action_for(ruling.disposition, redial_later=True) is not Action.REDIAL
    assert is_caller_flagged(ruling) is (code == "network_blocked")


@pytest.mark.parametrize(
    "text",
    ["Forbidden", "Bearer capability not authorized", "Decline", "User not found", "Number not found", ""],
)
def test_an_ordinary_text_changes_no_code(text: str) -> None:
    """Only a text that says something else than its code is believed over it."""
    for code in ("403", "404", "603"):
        ruling = rule(("sip", code, text))
        assert (ruling.code, ruling.guessed) == (code, False)


def test_a_text_that_names_two_statuses_decides_nothing() -> None:
    """Where a gateway quotes two answers nobody knows which one holds, so the contact is held."""
    ruling = rule(("sip", "500", "sip status: 486 after sip status: 603"))
    assert not ruling.known


def test_the_workspaces_own_row_is_not_overruled_by_a_text() -> None:
    """What a workspace has said of a code holds, whatever the text beside it."""
    own = TABLE.with_overrides([Override("sip", "480", Disposition.OPERATOR)])
    ruling = own.look_up(Reason("sip", "480", "Channel capacity violation"))
    assert (ruling.disposition, ruling.overridden) == (Disposition.OPERATOR, True)
