"""Level 1: the contacts themselves, malformed and repeated numbers."""

from collections import Counter
from collections.abc import Sequence

from models.disposition.strategy import Judged, is_elsewhere
from models.enums import Action, Cause, Check, Disposition, Severity
from models.triage.findings import Finding, plural
from models.triage.observation import Observation


def contacts(look: Observation, judged: Sequence[Judged]) -> Finding:
    """Judge the numbers of the job and whether every expected row was seen."""
    bad = Counter(one.why for one in judged if one.disposition is Disposition.MALFORMED)
    doubtful = sum(1 for one in judged if one.number.warning)
    unseen = max(0, look.job.total - len(look.rows))
    other = [one for one in judged if is_elsewhere(one.contact)]
    evidence = {
        "rows": len(look.rows),
        "malformed": dict(bad),
        "doubtful": doubtful,
        "unseen": unseen,
        "without_phone": len(other),
    }
    if unseen:
        words = (
            f"The platform counts {plural(unseen, 'contact')} more than it shows; nobody knows their fate."
        )
        return Finding(Check.CONTACTS, Severity.UNKNOWN, Cause.UNKNOWN, words, evidence)
    if other and len(other) == len(judged):
        held = sum(1 for one in other if one.action is Action.HOLD)
        words = f"This is not a phone batch: nobody in it has a number to call, {_people(held)} held."
        return Finding(Check.CONTACTS, Severity.UNKNOWN, Cause.UNKNOWN, words, evidence)
    if other:
        held = sum(1 for one in other if one.action is Action.HOLD)
        words = (
            f"{plural(len(other), 'contact')} of the job cannot be reached by phone (this is not all a phone "
            f"batch): {_people(held)} held."
        )
        return Finding(Check.CONTACTS, Severity.WARN, Cause.NONE, words, evidence)
    if bad:
        words = f"{plural(bad.total(), 'row')} hold nothing that may be dialled."
        return Finding(Check.CONTACTS, Severity.WARN, Cause.NONE, words, evidence)
    return Finding(Check.CONTACTS, Severity.OK, Cause.NONE, "Every row holds a number.", evidence)


def _people(count: int) -> str:
    return "1 person is" if count == 1 else f"{count:,} people are"
