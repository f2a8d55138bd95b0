"""From a disposition to an action: the rule itself, and the words for it."""

from models.enums import Action, Disposition

_ACTIONS = {
    Disposition.REACHED: Action.DROP,
    Disposition.IN_FLIGHT: Action.WAIT,
    Disposition.AMBIGUOUS: Action.HOLD,
    Disposition.UNDELIVERED: Action.REDIAL,
    Disposition.TRANSIENT: Action.REDIAL,
    Disposition.LATER: Action.DROP,
    Disposition.OPERATOR: Action.HOLD,
    Disposition.PERMANENT: Action.DROP,
    Disposition.DECLINED: Action.DROP,
    Disposition.DO_NOT_CONTACT: Action.DROP,
    Disposition.MALFORMED: Action.DROP,
    Disposition.DUPLICATE: Action.DROP,
    Disposition.UNKNOWN: Action.HOLD,
}

_WHY = {
    Disposition.REACHED: "the person was reached, so nobody calls again",
    Disposition.IN_FLIGHT: "the call may be in the air now, so it has to land first",
    Disposition.AMBIGUOUS: "the person may have been called, so a person has to look before anybody redials",
    Disposition.UNDELIVERED: "the person was never dialled, so the call is made after the fence",
    Disposition.TRANSIENT: "a passing fault kept the call from connecting, so it is tried again",
    Disposition.LATER: "the line was busy or nobody answered, and the policy asks for no other try",
    Disposition.OPERATOR: "something in the set-up has to be put right before anybody redials",
    Disposition.PERMANENT: "the number cannot be reached, and trying again does not change that",
    Disposition.DECLINED: "the person refused the call, so nobody calls again",
    Disposition.DO_NOT_CONTACT: "the person does not want to be called, so the number is suppressed",
    Disposition.MALFORMED: "the row holds no number that can be dialled",
    Disposition.DUPLICATE: "another row of the upload holds the same number",
    Disposition.UNKNOWN: "nobody knows yet what happened to the call, so a person has to decide",
}
_WHY_LATER = "the line was busy or nobody answered, and the policy asks for another try"


def action_for(disposition: Disposition, *, redial_later: bool) -> Action:
    """Return what a plan does with a contact; `redial_later` is the policy on busy and no answer."""
    if disposition is Disposition.LATER and redial_later:
        return Action.REDIAL
    return _ACTIONS[disposition]


def why_for(disposition: Disposition, *, redial_later: bool = False) -> str:
    """Return the action's reason in one plain clause."""
    if disposition is Disposition.LATER and redial_later:
        return _WHY_LATER
    return _WHY[disposition]
