"""Level 1: the job's configuration, as it is now and as its calls have found it."""

from collections import Counter
from collections.abc import Sequence

from models.disposition.strategy import Judged
from models.enums import Action, Cause, Check, Disposition, Severity
from models.policy.policy import Policy
from models.triage.findings import Finding, share
from models.triage.observation import Observation
from models.triage.one_answer import one_answer

FEWEST = 3
"""Below three equal failures a share says nothing."""


def config(look: Observation, judged: Sequence[Judged], policy: Policy, *, fixed: bool = False) -> Finding:
    """Judge whether agent and number still exist and whether one fault or one answer fails the calls.

    `fixed` is True where a person has said that what the calls ran into is put right.
    """
    missing = [
        name
        for name, exists in (("agent", look.config.agent_exists), ("phone number", look.config.number_exists))
        if exists is False
    ]
    dialled = [one for one in judged if one.dialled]
    # Where a person said that the fault is repaired, these are redials and accuse nothing any more.
    broken = [
        one for one in dialled if one.disposition is Disposition.OPERATOR and one.action is not Action.REDIAL
    ]
    codes = Counter(one.code for one in broken)
    evidence = {"missing": missing, "operator_codes": dict(codes.most_common(5)), "dialled": len(dialled)}
    if missing:
        words = f"The job's {' and '.join(missing)} no longer exists on the platform."
        return Finding(Check.CONFIG, Severity.FAIL, Cause.CONFIG, words, evidence)
    if len(broken) >= FEWEST and share(len(broken), len(dialled)) >= policy.shared_code:
        return _shared_fault(broken, codes, evidence, len(dialled))
    if (answer := one_answer(judged)) and not fixed:
        same = {"code": answer.code, "calls": answer.count, "of_the_latest": answer.latest}
        return Finding(
            Check.CONFIG, Severity.FAIL, answer.cause, answer.message, evidence | {"one_answer": same}
        )
    if notes := look.config.notes:
        words = f"What the job was set up with could not be read whole: {'; '.join(notes)}."
        return Finding(Check.CONFIG, Severity.UNKNOWN, Cause.NONE, words, evidence | {"notes": list(notes)})
    return Finding(Check.CONFIG, Severity.OK, Cause.NONE, "Agent and number are in place.", evidence)


def _shared_fault(
    broken: Sequence[Judged], codes: Counter[str], evidence: dict[str, object], dialled: int
) -> Finding:
    flagged = sum(1 for one in broken if one.caller_flagged)
    code, count = codes.most_common(1)[0]
    if flagged * 2 >= len(broken):
        words = (
            f"{flagged} of {dialled} calls were blocked because the caller's number is flagged; calling from "
            "another number to get round it is not an answer."
        )
        return Finding(Check.CONFIG, Severity.FAIL, Cause.CALLER_FLAGGED, words, evidence)
    words = (
        f"{len(broken)} of {dialled} calls failed for the same kind of set-up fault, mostly {code} ({count})."
    )
    return Finding(Check.CONFIG, Severity.FAIL, Cause.CONFIG, words, evidence)
