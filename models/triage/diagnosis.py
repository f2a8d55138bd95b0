"""From findings to a diagnosis: the symptom, its cause, and where the ladder goes from here."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from models.disposition.strategy import Judged
from models.enums import Action, Cause, Check, Path, Severity, Symptom
from models.triage.findings import Finding, plural


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is wrong, why, and what follows."""

    symptom: Symptom
    cause: Cause
    path: Path
    message: str
    next_action: str

    def as_json(self) -> dict[str, Any]:
        """Return the diagnosis as the command line and the ledger show it."""
        return {
            "symptom": self.symptom.value,
            "cause": self.cause.value,
            "path": self.path.value,
            "words": self.message,
            "next_action": self.next_action,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Diagnosis":
        """Return the diagnosis that `as_json` wrote."""
        return cls(
            Symptom(data["symptom"]),
            Cause(data["cause"]),
            Path(data["path"]),
            data["words"],
            data["next_action"],
        )


ADVICE = {
    Cause.DUPLICATE_JOB: "Stop the second job by hand, then give the package to engineering.",
    Cause.DUPLICATE_DISPATCH: "Stop the job: it delivers repeatedly. Then give the package to engineering.",
    Cause.OTHER_LEDGER: "Go on with the ledger that sent those waves (another home, user or database), "
    "or put its newest copy back; nobody is called from this one.",
    Cause.CONFIG: "Repair the set-up named in the findings, then run recover again with --operator-fixed.",
    Cause.CALLER_FLAGGED: "Register the number and ask the carrier named in the call records for redress. "
    "Whom it blocked is not retried under this caller id: call them in a new job once it is cleared.",
    Cause.PROVIDER: "Ask the carrier what its answer means and test the set-up with one call of your own, "
    "then run recover again with --operator-fixed. Who got that answer is on no opt-out list.",
    Cause.CALLING_WINDOW: "Nothing to do: dialling goes on by itself when the window opens.",
    Cause.ALREADY_FINISHED: "Nothing to do: the job is finished.",
    Cause.NONE: "Nothing to do: the job is moving. Look again if it falls silent.",
}


def diagnose(findings: Sequence[Finding], judged: Sequence[Judged], listed: str = "") -> Diagnosis:
    """Weigh the findings in the order in which a mistake would hurt most: duplicates, set-up, then health.

    `listed` says where the contacts are listed that a person has to decide about.
    """
    by_check = {finding.check: finding for finding in findings}
    for rule in (_doubled, _misconfigured, _unreadable, _nothing_wrong):
        diagnosis = rule(by_check)
        if diagnosis and not _is_decided_otherwise(diagnosis, judged):
            return diagnosis
    return _recoverable(by_check, judged, listed)


def _is_decided_otherwise(diagnosis: Diagnosis, judged: Sequence[Judged]) -> bool:
    """Tell whether a finished job has somebody left whom a person has decided to redial."""
    finished = diagnosis.cause is Cause.ALREADY_FINISHED
    return finished and any(one.decided and one.action is Action.REDIAL for one in judged)


def _doubled(found: dict[Check, Finding]) -> Diagnosis | None:
    seen = found[Check.DUPLICATES]
    if seen.cause is Cause.OTHER_LEDGER:
        return Diagnosis(Symptom.DUPLICATES, seen.cause, Path.HOLD, seen.message, ADVICE[seen.cause])
    if seen.cause not in {Cause.DUPLICATE_JOB, Cause.DUPLICATE_DISPATCH}:
        return None
    return Diagnosis(Symptom.DUPLICATES, seen.cause, Path.ESCALATE, seen.message, ADVICE[seen.cause])


def _misconfigured(found: dict[Check, Finding]) -> Diagnosis | None:
    seen = found[Check.CONFIG]
    if seen.severity is not Severity.FAIL or found[Check.HEALTH].cause is Cause.CALLING_WINDOW:
        return None
    return Diagnosis(Symptom.SEGMENT_FAILS, seen.cause, Path.HOLD, seen.message, ADVICE[seen.cause])


def _unreadable(found: dict[Check, Finding]) -> Diagnosis | None:
    for check in (Check.HEALTH, Check.CONTACTS):
        seen = found[check]
        if seen.cause is Cause.UNKNOWN:
            return Diagnosis(Symptom.STUCK, _accused(found, seen), Path.HOLD, seen.message, _what_to_do(seen))
    return None


def _accused(found: dict[Check, Finding], seen: Finding) -> Cause:
    provider = found[Check.PERMITS].cause is Cause.PROVIDER
    return Cause.PROVIDER if provider and seen.evidence.get("contradictions") else Cause.UNKNOWN


def _what_to_do(seen: Finding) -> str:
    if asks := seen.evidence.get("asks"):
        return str(asks)
    if owner := seen.evidence.get("owner"):
        return (
            f"Nobody is redialled here: pause {owner} on the platform, or let it end, then run recover again."
        )
    if seen.evidence.get("contradictions"):
        return (
            "Compare the job's rows with its calls on the platform; then run recover again with "
            "--operator-fixed, which goes by the calls and holds what no call vouches for."
        )
    return "Look at the job on the platform and decide by hand; nothing was changed."


def _nothing_wrong(found: dict[Check, Finding]) -> Diagnosis | None:
    seen, provider = found[Check.HEALTH], found[Check.PERMITS]
    if seen.cause not in {Cause.NONE, Cause.CALLING_WINDOW, Cause.ALREADY_FINISHED}:
        return None
    if seen.cause is Cause.NONE and provider.cause is Cause.PROVIDER:
        advice = "Let the job end or pause it until the provider has recovered, then run recover."
        return Diagnosis(Symptom.SEGMENT_FAILS, Cause.PROVIDER, Path.HOLD, provider.message, advice)
    empty = seen.evidence.get("expected") == 0 and seen.evidence.get("rows") == 0
    advice = "Nothing to do: the job is empty." if empty else ADVICE[seen.cause]
    return Diagnosis(Symptom.NONE, seen.cause, Path.NOTHING, seen.message, advice)


def _recoverable(found: dict[Check, Finding], judged: Sequence[Judged], listed: str) -> Diagnosis:
    cause, words = _main_cause(found)
    symptom = Symptom.FELL_SHORT if found[Check.HEALTH].cause is Cause.FELL_SHORT else Symptom.STUCK
    if cause in {Cause.INVALID_NUMBERS, Cause.PROVIDER}:
        symptom = Symptom.SEGMENT_FAILS
    redial = sum(1 for one in judged if one.action is Action.REDIAL)
    kept = sum(1 for one in judged if one.action in {Action.HOLD, Action.WAIT})
    if redial:
        advice = f"Redial {plural(redial, 'contact')}, a small sample first."
        return Diagnosis(symptom, cause, Path.RECOVER, words, advice)
    if kept:
        advice = f"Nobody may be redialled safely; a person decides about {plural(kept, 'contact')}. {listed}"
        advice = advice.rstrip()
        return Diagnosis(symptom, cause, Path.HOLD, words, advice)
    advice = "Nothing to do: nobody of this job may or need be redialled."
    cause = Cause.ALREADY_FINISHED if cause is Cause.FELL_SHORT else cause
    symptom = Symptom.NONE if cause is Cause.ALREADY_FINISHED else symptom
    return Diagnosis(symptom, cause, Path.NOTHING, words, advice)


def _main_cause(found: dict[Check, Finding]) -> tuple[Cause, str]:
    upload, provider, segment = found[Check.DUPLICATES], found[Check.PERMITS], found[Check.STRATEGY]
    if upload.cause is Cause.DUPLICATE_UPLOAD and upload.severity is Severity.FAIL:
        return upload.cause, upload.message
    if provider.cause is Cause.PROVIDER:
        return provider.cause, provider.message
    if segment.cause is Cause.INVALID_NUMBERS and found[Check.HEALTH].cause is Cause.FELL_SHORT:
        return segment.cause, segment.message
    return found[Check.HEALTH].cause, found[Check.HEALTH].message
