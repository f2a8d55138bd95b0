"""Check 4: what to redial, and what the failures have in common."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from models.disposition.strategy import Judged
from models.enums import Action, Cause, Check, Disposition, Severity
from models.triage.findings import Finding, share

SEGMENT = 0.2
"""A fifth of the dialled contacts failing for good is a bad segment of the upload."""
FEWEST = 5


def strategy(judged: Sequence[Judged], unheard: Sequence[str] = ()) -> Finding:
    """Count every contact's one action and name a segment that cannot succeed.

    `unheard` is what the carrier was asked and has not told: it is said, and loosens nothing.
    """
    actions = Counter(one.action.value for one in judged)
    kinds = Counter(one.disposition.value for one in judged)
    evidence: dict[str, Any] = {"actions": dict(actions), "dispositions": dict(kinds.most_common())}
    if told := Counter(one.carrier.status for one in judged if one.carrier):
        evidence["carrier"] = dict(told.most_common())
    if unheard:
        evidence["carrier_not_heard"] = list(unheard)
    dead = kinds[Disposition.PERMANENT.value]
    dialled = sum(1 for one in judged if one.dialled)
    words = (
        f"Redial {actions[Action.REDIAL.value]:,}, keep back {actions[Action.HOLD.value]:,}, wait for "
        f"{actions[Action.WAIT.value]:,}, never redial {actions[Action.DROP.value]:,}."
    )
    if unheard:
        words = f"{words} Not everything could be asked of the carrier: {'; '.join(unheard)}."
    if dead >= FEWEST and share(dead, dialled) >= SEGMENT:
        words = f"{dead} of {dialled} dialled numbers do not exist or cannot be reached. {words}"
        return Finding(Check.STRATEGY, Severity.FAIL, Cause.INVALID_NUMBERS, words, evidence)
    return Finding(Check.STRATEGY, Severity.OK, Cause.NONE, words, evidence)
