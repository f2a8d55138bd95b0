"""How a plan carries out what people have decided: facts seen later, the budget and every rule come first."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from models.calling.caps import is_spent
from models.contacts.phones.normalise import person_of
from models.disposition.decision import Decided, ShownSince, answer_trace, call_trace, is_answer
from models.disposition.strategy import Judged, is_elsewhere
from models.enums import Action, Choice, Disposition
from models.plan.fence import has_moved
from models.policy.policy import Policy

STANDS = frozenset(
    {
        Disposition.REACHED,
        Disposition.DECLINED,
        Disposition.DO_NOT_CONTACT,
        Disposition.PERMANENT,
        Disposition.MALFORMED,
        Disposition.DUPLICATE,
    }
)
"""What is known for good: no decision has to add to it."""
_NO_NEWS = frozenset(
    {Disposition.AMBIGUOUS, Disposition.UNKNOWN, Disposition.OPERATOR, Disposition.UNDELIVERED}
)
_ONCE = {Disposition.IN_FLIGHT: Disposition.AMBIGUOUS}
"""What was in the air when it was decided about has landed since, and nobody knows how."""
HEARD = "the carrier tells since then that the call was answered"
InTime = Callable[[Judged], Judged]
"""Asks the calling rules about somebody who is to be redialled."""


def carry_out(
    people: Sequence[Judged],
    decisions: Mapping[str, Decided],
    shown: Mapping[str, ShownSince],
    policy: Policy,
    in_time: InTime,
) -> tuple[Judged, ...]:
    """Return the judged rows with the decisions carried out, by contact; each says who decided and why.

    `shown` is what earlier waves show of these people by now. A redial takes place only where nothing is
    known of the person that was not known when it was decided, and where budget and calling rules allow it.
    """
    made = ((one, decisions.get(one.contact.id)) for one in people)
    return tuple(
        one if decided is None else _one(one, decided, shown.get(one.contact.id), policy, in_time)
        for one, decided in made
    )


def _one(one: Judged, decided: Decided, shown: ShownSince | None, policy: Policy, in_time: InTime) -> Judged:
    if one.number.person != person_of(decided.phone):
        return _not_carried(one, decided, "the row holds another number by now")
    if decided.choice is Choice.REDIAL:
        return _redialled(one, decided, shown, policy, in_time)
    if one.disposition in STANDS:
        return one
    gone = Disposition.REACHED if decided.choice is Choice.REACHED else Disposition.DO_NOT_CONTACT
    return replace(one, disposition=gone, action=Action.DROP, why=decided.message, decided=decided)


def _redialled(
    one: Judged, decided: Decided, shown: ShownSince | None, policy: Policy, in_time: InTime
) -> Judged:
    if one.action is Action.REDIAL:
        return one  # by what is known now nobody has to decide any more
    if shown is not None and shown.disposition in STANDS:
        known = replace(one, disposition=shown.disposition, action=Action.DROP, why=shown.why)
        return _not_carried(known, decided, "a wave shows by now how its call ended")
    if against := _against(one, decided, shown, policy):
        return _not_carried(one, decided, against)
    words = f"{decided.message} (kept back before: {one.why})"
    timed = in_time(replace(one, action=Action.REDIAL, why=words, decided=decided))
    if timed.action is Action.REDIAL:
        return timed
    return _not_carried(replace(one, calling=timed.calling), decided, timed.why)


def _against(one: Judged, decided: Decided, shown: ShownSince | None, policy: Policy) -> str | None:
    """Say what keeps a decided redial from taking place, None where nothing does."""
    if one.action is not Action.HOLD:
        return "that is known of this person by now"
    moved = has_moved(decided.before, one.contact)
    flagged = one.caller_flagged and one.disposition is Disposition.OPERATOR
    budget = policy.max_attempts
    new = one.traces - decided.known
    reasons = (
        (moved, f"since then {moved}"),
        (any(map(is_answer, new)), HEARD),
        (new, "another call or job of this person has become known since"),
        (
            one.disposition is not _ONCE.get(decided.about, decided.about),
            "something else keeps this person back by now",
        ),
        (flagged, "a flagged caller id is not retried"),
        (is_elsewhere(one.contact) or one.contact.problem, "no decision overrides that"),
        (is_spent(one.attempts, budget), f"the budget of {budget} attempts is used up"),
    )
    return news_of(decided, shown) or next((words for holds, words in reasons if holds), None)


def news_of(decided: Decided, shown: ShownSince | None) -> str | None:
    """Say what has become known of a person since a redial was decided, None where nothing has."""
    if decided.handed_since:
        return "a wave has handed this person over since"
    if shown is None:
        return None
    if shown.disposition not in _NO_NEWS:
        return f"the platform shows since then: {shown.why}"
    if shown.is_answered and shown.call_id and answer_trace(shown.call_id) not in decided.known:
        return HEARD
    if shown.call_id and call_trace(shown.call_id) not in decided.known:
        return "the platform shows a call to this person that was not known then"
    return None


def _not_carried(one: Judged, decided: Decided, why: str) -> Judged:
    said = f"{one.why}; {decided.by} decided {decided.choice.value}, which is not carried out: {why}"
    return replace(one, why=said)
