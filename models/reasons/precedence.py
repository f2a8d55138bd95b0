"""Which of several reasons for one call is believed."""

from collections.abc import Iterable, Sequence

from models.enums import Disposition
from models.reasons.kinds import is_caller_flagged
from models.reasons.ruling import NO_REASON, REDIALS, Ruling

STATUS_SYSTEMS = frozenset(
    {"elevenlabs.recipient", "elevenlabs.conversation", "vapi.contact", "vogent.dial", "synthflow.task"}
)
"""Systems whose codes are a platform's own statuses: a status alone proves little about a call."""

_CARRIERS = ("twilio", "twilio.call", "amd", "telnyx", "plivo", "livekit.disconnect")
_RANKS = {
    "carrier.text": 0,
    "q850": 1,
    "sip": 2,
    **dict.fromkeys(_CARRIERS, 3),
    **dict.fromkeys(STATUS_SYSTEMS, 5),
}
_PLATFORM = 4

_VAGUE = frozenset({("q850", "21"), ("q850", "31"), ("q850", "127")})
_FIRM = frozenset({Disposition.OPERATOR, Disposition.PERMANENT, Disposition.DECLINED})
_DROPPED = frozenset({Disposition.REACHED, Disposition.PERMANENT, Disposition.DECLINED})


def choose(rulings: Iterable[Ruling]) -> Ruling:
    """Return the ruling that holds for one call.

    The Q.850 cause goes before SIP, SIP before the carrier's code, that before the platform's own text, since
    each mapping loses something. Proof that nobody may be called again wins over any of them.
    """
    ordered = sorted(rulings, key=lambda ruling: (_rank(ruling), ruling.disposition in REDIALS))
    if not ordered:
        return NO_REASON
    unwanted = _first(ordered, Disposition.DO_NOT_CONTACT)
    top = unwanted or _by_precedence(ordered)
    if unwanted or top.disposition in _DROPPED:
        return top
    return _veto(top, ordered) or top


def _rank(ruling: Ruling) -> int:
    # An analytics block is told in the response beside a Q.850 21 that only says "rejected".
    if ruling.system == "sip" and is_caller_flagged(ruling):
        return 0
    return _RANKS.get(ruling.system, _PLATFORM)


def _by_precedence(ordered: Sequence[Ruling]) -> Ruling:
    known = [ruling for ruling in ordered if ruling.known]
    if not known:
        return ordered[0]
    top = _unless_vague(known)
    hides_something = not ordered[0].known and _rank(ordered[0]) < _rank(top)
    return ordered[0] if hides_something and top.disposition in REDIALS else top


def _unless_vague(known: Sequence[Ruling]) -> Ruling:
    # Switches fold 401, 402, 403, 407 and 608 into cause 21, and whatever they cannot map into 31 or 127
    # (FreeSWITCH mod_sofia; Oracle makes a 21 from the network a 403): there the SIP code knows more.
    top = known[0]
    if (top.system, top.code) not in _VAGUE:
        return top
    firm = (r for r in known if r.system == "sip" and r.disposition in _FIRM)
    return next(firm, top)


def _veto(top: Ruling, ordered: Sequence[Ruling]) -> Ruling | None:
    reached = next((ruling for ruling in ordered if ruling.reached == "yes"), None)
    if reached or top.disposition not in REDIALS:
        return reached
    flagged = next((ruling for ruling in ordered if is_caller_flagged(ruling)), None)
    # A carrier at its limit is told as "rejected" by switches: that is not the person's word.
    firm = [ruling for ruling in ordered if not (top.guessed and (ruling.system, ruling.code) in _VAGUE)]
    dead = _first(firm, Disposition.PERMANENT) if top.guessed else None
    return flagged or _first(firm, Disposition.DECLINED) or dead or _first(ordered, Disposition.IN_FLIGHT)


def _first(ordered: Sequence[Ruling], disposition: Disposition) -> Ruling | None:
    return next((ruling for ruling in ordered if ruling.disposition is disposition), None)
