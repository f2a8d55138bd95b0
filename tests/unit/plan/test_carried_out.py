"""How a plan carries out what people have decided: every rule that comes before a decision."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from models.contacts.phones.normalise import normalise
from models.disposition.carried_out import carry_out, news_of
from models.disposition.decision import Decided, ShownSince, answer_trace, call_trace, job_trace
from models.disposition.kept_back import groups, kept_back, not_kept_back, state_of
from models.disposition.strategy import Judged
from models.enums import Action, Choice, ContactStatus, Disposition
from models.plan.plan import make_plan
from models.platform import Contact
from models.policy.policy import Policy
from models.tables.ledger import Planned

AT = datetime(2030, 1, 1, 12, tzinfo=UTC)
POLICY = Policy.model_validate({"max_attempts": 3})
PHONE = "+61491570156"
ROW = Contact("c1", PHONE, ContactStatus.IN_DOUBT, "dispatched")
KEPT = Judged(
    1,
    ROW,
    normalise(PHONE, None),
    Disposition.AMBIGUOUS,
    Action.HOLD,
    "dispatched",
    "nothing tells its end",
    attempts=1,
    traces=frozenset({job_trace("rb-r_1-1")}),
)
MADE = Decided(
    7, "c1", PHONE, Choice.REDIAL, "Kim", "no call in the console", AT, Disposition.AMBIGUOUS, ROW,
    frozenset({job_trace("rb-r_1-1")}),
)  # fmt: skip


def allowed(one: Judged) -> Judged:
    """Stand for calling rules that allow it."""
    return one


def never_open(one: Judged) -> Judged:
    """Stand for calling rules by which nobody may ever be called there."""
    return replace(one, action=Action.HOLD, why="time zone unknown")


def carried(
    one: Judged = KEPT,
    made: Decided = MADE,
    shown: ShownSince | None = None,
    in_time: Callable[[Judged], Judged] = allowed,
    policy: Policy = POLICY,
) -> Judged:
    """Carry one decision out."""
    (found,) = carry_out([one], {"c1": made}, {"c1": shown} if shown else {}, policy, in_time)
    return found


def test_a_redial_goes_into_the_plan_with_who_and_why() -> None:
    """Whoever reads the plan reads who decided, when, why, and what had kept the person back."""
    found = carried()
    assert (found.action, found.disposition, found.decided) == (Action.REDIAL, Disposition.AMBIGUOUS, MADE)
    assert found.why == (
        "Kim decided redial on 2030-01-01 12:00 UTC: no call in the console (kept back before: nothing tells "
        "its end)"
    )


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"disposition": Disposition.UNKNOWN}, "something else keeps"),
        ({"disposition": Disposition.TRANSIENT, "why": "the budget is used up"}, "something else keeps"),
        ({"traces": MADE.known | {call_trace("k9")}}, "another call or job"),
        ({"traces": MADE.known | {job_trace("btcal_9")}}, "another call or job"),
        ({"attempts": 3}, "budget of 3 attempts is used up"),
        ({"contact": replace(ROW, problem="a placeholder is empty")}, "no decision overrides"),
        ({"contact": replace(ROW, channel="whatsapp")}, "no decision overrides"),
        ({"contact": replace(ROW, call_id="k1")}, "has called this person meanwhile"),
        ({"contact": replace(ROW, status=ContactStatus.LIVE)}, "has moved the row"),
    ],
)
def test_what_comes_before_a_redial(change: dict[str, Any], words: str) -> None:
    """Facts seen later, the budget and what no decision overrides keep the person back, and that is said."""
    found = carried(replace(KEPT, **change))
    assert (found.action, found.decided) == (Action.HOLD, None)
    assert "Kim decided redial, which is not carried out" in found.why
    assert words in found.why


def test_a_call_that_is_shown_keeps_the_person_back() -> None:
    """A wave that shows a call by now outranks the decision; how it ended is taken where it is known."""
    unknown = ShownSince(Disposition.AMBIGUOUS, "k2", "nothing tells")
    assert carried(shown=unknown).action is Action.HOLD
    assert carried(shown=replace(unknown, call_id=None)).action is Action.REDIAL
    ringing = ShownSince(Disposition.IN_FLIGHT, None, "the person is on the line")
    assert "on the line" in carried(shown=ringing).why
    reached = carried(shown=ShownSince(Disposition.REACHED, "k2", "the call was answered"))
    assert (reached.action, reached.disposition) == (Action.DROP, Disposition.REACHED)
    assert "which is not carried out" in reached.why


def test_a_wave_whose_call_the_carrier_has_heard_answered_is_news_once() -> None:
    """Nothing tells on the platform, and the carrier tells by now: news, but to who decided knowing it."""
    made = replace(MADE, known=MADE.known | {call_trace("k2")})
    heard = ShownSince(Disposition.AMBIGUOUS, "k2", "nothing tells", is_answered=True)
    assert news_of(made, replace(heard, is_answered=False)) is None
    assert news_of(made, heard) == "the carrier tells since then that the call was answered"
    assert carried(made=made, shown=heard).action is Action.HOLD
    knowing = replace(made, known=made.known | {answer_trace("k2")})
    assert news_of(knowing, heard) is None
    assert carried(made=knowing, shown=heard).action is Action.REDIAL


def test_a_decision_is_used_once() -> None:
    """Whom a wave has handed over since the decision is kept back again."""
    assert carried(made=replace(MADE, handed_since=True)).action is Action.HOLD
    assert news_of(replace(MADE, handed_since=True), None)
    assert news_of(MADE, None) is None


def test_calling_rules_hold() -> None:
    """Who may never be called by the clock is not redialled for anybody's word."""
    found = carried(in_time=never_open)
    assert (found.action, found.decided) == (Action.HOLD, None)
    assert "time zone unknown" in found.why


def test_a_flagged_caller_id_is_not_retried() -> None:
    """A person can repair the set-up, not what carriers think of a number."""
    set_up = replace(KEPT, disposition=Disposition.OPERATOR)
    made = replace(MADE, about=Disposition.OPERATOR)
    assert carried(set_up, made).action is Action.REDIAL
    assert "flagged" in carried(replace(set_up, caller_flagged=True), made).why


def test_another_number_in_the_row_is_another_person() -> None:
    """A decision is about a person, not about a row."""
    found = carried(replace(KEPT, number=normalise("+61491570157", None)))
    assert (found.action, found.decided) == (Action.HOLD, None)
    assert "another number" in found.why


@pytest.mark.parametrize("disposition", [Disposition.DO_NOT_CONTACT, Disposition.REACHED])
def test_what_is_known_for_good_needs_no_decision(disposition: Disposition) -> None:
    """Neither the suppression list nor an answered call gives way."""
    known = replace(KEPT, disposition=disposition, action=Action.DROP, why="known")
    assert carried(known).action is Action.DROP
    assert carried(known, replace(MADE, choice=Choice.REACHED)) == known


@pytest.mark.parametrize(
    ("choice", "disposition"),
    [(Choice.REACHED, Disposition.REACHED), (Choice.NEVER, Disposition.DO_NOT_CONTACT)],
)
def test_reached_and_never_leave_the_plan(choice: Choice, disposition: Disposition) -> None:
    """They are left out and said, also where a redial would be allowed by what is known."""
    for one in (KEPT, replace(KEPT, disposition=Disposition.TRANSIENT, action=Action.REDIAL)):
        found = carried(one, replace(MADE, choice=choice))
        assert (found.action, found.disposition) == (Action.DROP, disposition)
        assert found.why.startswith(f"Kim decided {choice}")


def test_a_redial_that_the_rules_allow_anyway_follows_no_decision() -> None:
    """Where nobody has to decide any more the plan says what it knows."""
    free = replace(KEPT, disposition=Disposition.UNDELIVERED, action=Action.REDIAL)
    assert carried(free) == free


def test_the_hash_of_a_plan_covers_who_decided_and_why() -> None:
    """The same people redialled for another reason are another plan; without decisions the hash stays."""
    job = ("shop", "fake", "job-1")

    def hash_of(one: Judged) -> str:
        return make_plan(job, [one], POLICY).hash

    plain = replace(KEPT, action=Action.REDIAL)
    other = replace(MADE, because="they asked for it")
    assert len({hash_of(plain), hash_of(carried()), hash_of(carried(made=other))}) == 3
    assert hash_of(carried()) == hash_of(
        carried(made=replace(MADE, id=8, known=frozenset({"more"} | MADE.known)))
    )


def planned(**change: Any) -> Planned:
    """Return a contact of an ended recovery."""
    fields: dict[str, Any] = {
        "recovery_id": "r_1", "row": 4, "contact_id": "c4", "phone": PHONE, "disposition": "undelivered",
        "action": "redial", "code": "pending", "why": "never dialled", "payload": {}, "seen": {},
    }  # fmt: skip
    return Planned(**(fields | change))


@pytest.mark.parametrize(
    ("change", "about", "words"),
    [
        ({"action": "hold", "disposition": "ambiguous", "why": "in doubt"}, "ambiguous", "in doubt"),
        ({"action": "wait", "disposition": "in_flight", "why": "ringing"}, "in_flight", "ringing"),
        ({"state": "unknown", "wave": 2}, "ambiguous", "whether the platform took that is not known"),
        ({"state": "accepted", "wave": 2}, "ambiguous", "what became of the call"),
        ({"state": "accepted", "wave": 2, "outcome": "operator", "outcome_why": "402"}, "operator", "402"),
        ({"state": "accepted", "wave": 2, "outcome": "reached"}, None, "ended reached"),
        ({"state": "accepted", "wave": 2, "outcome": "transient"}, None, "ended transient"),
        ({"state": "skipped", "outcome_why": "moved"}, None, "left out (moved)"),
        ({"state": "refused", "wave": 1}, None, "plans it anew"),
        ({"action": "drop", "disposition": "permanent", "why": "no such number"}, None, "no such number"),
    ],
)
def test_whom_a_recovery_keeps_back(change: dict[str, Any], about: str | None, words: str) -> None:
    """Held, in the air, handed over without an end: these wait for a person; of others it is said why not."""
    row = planned(**change)
    found = kept_back(row, POLICY)
    assert (found.about if found else None) == about
    assert words in (found.why if found else not_kept_back(row))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        ({"action": "hold", "disposition": "ambiguous"}, ""),
        ({"action": "hold", "disposition": "transient", "why": "time zone unknown"}, "time zone unknown"),
        ({"action": "hold", "disposition": "ambiguous", "attempts": 3}, "3 attempts is used up"),
        ({"state": "unknown", "wave": 1, "attempts": 2}, "3 attempts is used up"),
        ({"action": "hold", "disposition": "unknown", "phone": None}, "no phone number"),
    ],
)
def test_what_no_decision_overrides_is_known_at_once(change: dict[str, Any], rule: str) -> None:
    """Whoever decides is told then and there that a rule, not a doubt, keeps the person back."""
    found = kept_back(planned(**change), POLICY)
    assert found is not None
    assert rule in found.rule
    assert bool(rule) == bool(found.rule)


def test_the_state_of_a_list_is_what_is_shown() -> None:
    """Another reason, another person and a decision are another state; the order of decisions is none."""
    one = kept_back(planned(action="hold", disposition="ambiguous"), POLICY)
    assert one is not None
    other = replace(one, why="another reason")
    states = [
        state_of("r_1", people, made) for people, made in (([one], []), ([other], []), ([one], [3]), ([], []))
    ]
    assert len(set(states)) == 4
    assert state_of("r_1", [one], [3, 5]) == state_of("r_1", [one], [5, 3])
    assert groups([one, other, one]) == [("ambiguous", 2, one.why), ("ambiguous", 1, "another reason")]
