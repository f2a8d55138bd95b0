"""How a call ended, read from its raw SIP messages."""

from hypothesis import given
from hypothesis import strategies as st

from models.enums import Disposition
from models.platform import Reason
from models.reasons.sip import LONGEST_TEXT, final_response
from models.reasons.table import ReasonTable


def message(first: str, *headers: str, cseq: str | None = "1 INVITE", end: str = "\r\n") -> str:
    """Return a raw SIP message with a first line and some headers."""
    lines = [first, "Via: SIP/2.0/TLS 192.0.2.1;branch=z9hG4bK1", "Call-ID: a@example.com", *headers]
    if cseq:
        lines.append(f"CSeq: {cseq}")
    return end.join([*lines, "Content-Length: 0", "", ""])


INVITE = message("INVITE sip:agent@example.com SIP/2.0")
TRYING = message("SIP/2.0 100 Trying")
RINGING = message("SIP/2.0 180 Ringing")
CAUSE_38 = 'Reason: Q.850;cause=38;text="Network out of order"'


def test_the_final_response_comes_with_its_cause() -> None:
    """The status and the Q.850 cause behind it are both told."""
    failed = message("SIP/2.0 503 Service Unavailable", CAUSE_38)
    assert final_response([INVITE, TRYING, failed]) == (
        Reason("sip", "503", "Service Unavailable"),
        Reason("q850", "38", "Network out of order"),
    )


def test_the_last_final_response_counts() -> None:
    """A challenge that was answered is not how the call ended."""
    challenged = message("SIP/2.0 407 Proxy Authentication Required")
    busy = message("SIP/2.0 486 Busy Here", cseq="2 INVITE")
    assert final_response([INVITE, challenged, INVITE, RINGING, busy]) == (Reason("sip", "486", "Busy Here"),)


def test_an_answer_stands_whatever_follows() -> None:
    """A failure inside a call that is up never looks like a call that did not connect."""
    answered = message("SIP/2.0 200 OK")
    later = message("SIP/2.0 503 Service Unavailable", cseq="2 INVITE")
    assert final_response([INVITE, answered, later]) == (Reason("sip", "200", "OK"),)


def test_responses_to_other_requests_are_passed_over() -> None:
    """A success of BYE, OPTIONS or CANCEL is no answer, and their failures are no end of the call."""
    others = [
        message("SIP/2.0 200 OK", cseq="2 CANCEL"),
        message("SIP/2.0 481 Call Does Not Exist", cseq="3 BYE"),
        message("SIP/2.0 200 OK", cseq=None),
    ]
    ended = message("SIP/2.0 487 Request Terminated")
    assert final_response([INVITE, ended, *others]) == (Reason("sip", "487", "Request Terminated"),)


def test_no_final_response_tells_nothing() -> None:
    """A call that only rang has no end that could be guessed."""
    assert final_response([INVITE, TRYING, RINGING]) == ()
    assert final_response([]) == ()


def test_a_network_block_is_read_from_the_reason_header() -> None:
    """603+ is recognised whether the status line or the Reason header says it."""
    header = 'Reason: SIP;cause=603;text="Network Blocked", Q.850;cause=21;text="v=analytics1;loc=3, or so"'
    found = final_response([message("SIP/2.0 603 Decline", header)])
    assert found == (
        Reason("sip", "603", "Decline"),
        Reason("sip", "603", "Network Blocked"),
        Reason("q850", "21", "v=analytics1;loc=3, or so"),
    )
    assert ReasonTable.packaged().rule(found).disposition is Disposition.OPERATOR


def test_headers_are_read_in_every_legal_spelling() -> None:
    """Case, blanks, folded lines, bare line ends, several headers and other protocols do not matter."""
    failed = message(
        "SIP/2.0 500 Server Internal Error",
        "REASON :  q.850 ; CAUSE = 041 ;\n\ttext = Temporary",
        'reason: FreeSWITCH;cause=2;text="x", preemption;cause=1',
        "Reason: Q.850",
        "Reason: SIP;cause=none",
        end="\n",
    )
    assert final_response([failed]) == (
        Reason("sip", "500", "Server Internal Error"),
        Reason("q850", "41", "Temporary"),
    )


def test_a_quoted_text_keeps_its_commas_and_quotes() -> None:
    """What stands in quotes never starts another cause."""
    failed = message("SIP/2.0 404 Not Found", r'Reason: Q.850;cause=1;text="no \"such\", SIP;cause=200"')
    assert final_response([failed])[1:] == (Reason("q850", "1", 'no "such", SIP;cause=200'),)


def test_a_body_is_not_read() -> None:
    """A Reason line inside a body belongs to nobody."""
    assert final_response([message("SIP/2.0 486 Busy Here") + CAUSE_38]) == (
        Reason("sip", "486", "Busy Here"),
    )


def test_texts_are_short_and_without_numbers() -> None:
    """Carriers write the dialled number into their texts; it stays there."""
    text = "no route to +61 491 570 156 " + "x" * 900
    found = final_response([message(f"SIP/2.0 404 {text}", f'Reason: Q.850;cause=3;text="{text}"')])
    assert len(found) == 2
    for reason in found:
        assert "570" not in reason.text
        assert len(reason.text) <= LONGEST_TEXT


@given(st.lists(st.text() | st.binary().map(lambda raw: "SIP/2.0 " + raw.decode("latin-1")), max_size=5))
def test_junk_is_passed_over(junk: list[str]) -> None:
    """Whatever a log holds besides SIP, the call's end is still found."""
    busy = message("SIP/2.0 486 Busy Here")
    assert Reason("sip", "486", "Busy Here") in final_response([*junk, busy])
