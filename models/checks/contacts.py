"""Level 1: the contacts themselves, malformed and repeated numbers."""

from collections import Counter
from collections.abc import Sequence

from models.findings import Finding, plural
from models.look import Look
from models.strategy import Judged
from models.words import Cause, Check, Disposition, Severity


def contacts(look: Look, judged: Sequence[Judged]) -> Finding:
    """Judge the numbers of the job and whether every expected row was seen."""
    bad = Counter(one.why for one in judged if one.disposition is Disposition.MALFORMED)
    doubtful = sum(1 for one in judged if one.number.warning)
    unseen = max(0, look.job.total - len(look.rows))
    evidence = {"rows": len(look.rows), "malformed": dict(bad), "doubtful": doubtful, "unseen": unseen}
    if unseen:
        words = (
            f"The platform counts {plural(unseen, 'contact')} more than it shows; nobody knows their fate."
        )
        return Finding(Check.CONTACTS, Severity.UNKNOWN, Cause.UNKNOWN, words, evidence)
    if bad:
        words = f"{plural(bad.total(), 'row')} hold nothing that may be dialled."
        return Finding(Check.CONTACTS, Severity.WARN, Cause.NONE, words, evidence)
    return Finding(Check.CONTACTS, Severity.OK, Cause.NONE, "Every row holds a number.", evidence)
