"""Reading the raw SIP messages of one call: how it ended, and the causes that came along."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from models.masking.quotes import plain_word
from models.platform import Reason

LONGEST_TEXT = 200
"""Characters kept of a reason's text."""

_STATUS_LINE = re.compile(r"SIP/2\.0[ \t]+(\d{3})(?!\d)[ \t]*([^\n]*)", re.IGNORECASE)
_CSEQ = re.compile(r"^CSeq[ \t]*:[ \t]*\d+[ \t]+(\w+)", re.IGNORECASE | re.MULTILINE)
_REASON = re.compile(r"^Reason[ \t]*:[ \t]*(.+)$", re.IGNORECASE | re.MULTILINE)
_FOLDED = re.compile(r"\n[ \t]+")
_VALUE = re.compile(r'(?:"(?:\\.|[^"\\])*"|[^,])+')
_PARAMETER = re.compile(r';[ \t]*(\w+)[ \t]*=[ \t]*("(?:\\.|[^"\\])*"|[^;]*)')
_SYSTEMS = {"q.850": "q850", "sip": "sip"}


@dataclass(frozen=True, slots=True)
class _Final:
    code: int
    phrase: str
    head: str


def final_response(raw_messages: Iterable[str]) -> tuple[Reason, ...]:
    """Return the last final response to the INVITE and the causes of its Reason headers, or nothing.

    An answer (2xx) stands whatever follows it: later failures belong to a call that was up. Provisional
    responses, requests, responses to other methods and what is no SIP are passed over. Texts come without
    phone numbers and are cut at 200 characters. Source: RFC 3261 section 17, RFC 3326, RFC 6432.
    """
    finals = [final for raw in raw_messages if (final := _final(raw))]
    if not finals:
        return ()
    chosen = next((final for final in finals if final.code < 300), finals[-1])  # noqa: PLR2004  2xx is an answer
    status = Reason("sip", str(chosen.code), _clean(chosen.phrase))
    return tuple(dict.fromkeys((status, *_causes(chosen.head))))


def _final(raw: str) -> _Final | None:
    plain = raw.replace("\r\n", "\n").replace("\r", "\n").lstrip()
    head = _FOLDED.sub(" ", plain.partition("\n\n")[0])
    status = _STATUS_LINE.match(head)
    if status is None:
        return None
    code, cseq = int(status[1]), _CSEQ.search(head)
    if cseq and cseq[1].upper() != "INVITE":
        return None
    # A success without its method may answer any request; a failure without it is still worth its reason.
    is_final = 300 <= code < 700 or (cseq is not None and 200 <= code < 300)  # noqa: PLR2004  classes of RFC 3261
    return _Final(code, status[2], head) if is_final else None


def _causes(head: str) -> Iterator[Reason]:
    for header in _REASON.finditer(head):
        for value in _VALUE.findall(header[1]):
            protocol, _, _ = value.partition(";")
            system = _SYSTEMS.get(protocol.strip().lower())
            parameters = {name.lower(): given for name, given in _PARAMETER.findall(value)}
            cause = parameters.get("cause", "").strip(' "')
            if system and cause.isdecimal():
                yield Reason(system, str(int(cause)), _clean(parameters.get("text", "")))


def _clean(text: str) -> str:
    unquoted = re.sub(r"\\(.)", r"\1", text.strip().removeprefix('"').removesuffix('"'))
    return plain_word(" ".join(unquoted.split()))[:LONGEST_TEXT]
